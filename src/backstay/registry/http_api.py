"""What a registry server and its client say to each other: paths, pages, problems. See docs/server.md.

Names in a path are written as in the keys of a bucket (`names.escape`), which is plain ASCII without `/`, `%`
or a leading dot: no proxy in between can decode or shorten them into another name.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from backstay.registry.names import escape
from backstay.registry.records import PlanKey, Pruning, RunContext
from backstay.schema.model import Model

JSON: Final = "application/json"
PROBLEM_JSON: Final = "application/problem+json"
"""RFC 9457."""

GRANT: Final = "/v1/grant"
KEYS: Final = "/.well-known/jwks.json"
"""Where a server names the key it signs with (RFC 7517, RFC 8037)."""
WHOAMI: Final = "/v1/whoami"
NO_GRANTS: Final = "no-grants"
"""The reason of a server that has no key to sign grants with."""

MAX_PAGE: Final = 100
"""Items of a page, at most."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error as the server words it (RFC 9457). `reason` is that of `backstay.errors`."""

    type: str
    title: str
    status: int
    detail: str
    hint: str = ""
    reason: str = ""


class IssuedGrant(msgspec.Struct, frozen=True):
    """A grant, and the public keys that sign grants and artefacts of this server."""

    grant: str
    keys: tuple[str, ...]


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whose token it is and what it allows. `expires` is RFC 3339 in UTC, empty for never."""

    organization: str
    token: str
    name: str
    scopes: tuple[str, ...]
    repos: tuple[str, ...]
    expires: str = ""


class PlanName(msgspec.Struct, frozen=True, rename={"from_hash": "from", "to_hash": "to"}):
    """What tells the plans of a repository apart, as JSON."""

    from_hash: str
    to_hash: str
    name: str

    @property
    def key(self) -> PlanKey:
        return PlanKey(self.from_hash, self.to_hash, self.name)


class PlanPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Plans in a stable order; `next` is the cursor of the next page, empty on the last one."""

    items: tuple[PlanName, ...]
    next: str = ""


class NamePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Names in the order of their escaped form; `next` is the cursor of the next page."""

    items: tuple[str, ...]
    next: str = ""


class PruningPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Notes of removed states; `next` is the cursor of the next page."""

    items: tuple[Pruning, ...]
    next: str = ""


class Deployment(Model, frozen=True):
    """One apply, as it was reported: what it brought to where, and how that ended.

    `target` names the database as the project does, `address` says where it is, without credentials;
    `reason` is why it failed (`backstay.errors`). `id`, `time` and `token` (the name of the token that
    reported it) are the server's own.
    """

    target: str
    from_hash: str
    to_hash: str
    result: Literal["APPLIED", "FAILED"]
    address: str = ""
    plan: str = ""
    reason: str = ""
    context: RunContext = RunContext()
    id: str = ""
    time: str = ""
    token: str = ""


def repository(repo: str) -> str:
    return f"/v1/repos/{escape(repo, 'repository name')}"


def head(repo: str) -> str:
    return f"{repository(repo)}/head"


def log(repo: str) -> str:
    return f"{repository(repo)}/log"


def entry(repo: str, sequence: int) -> str:
    return f"{log(repo)}/{sequence}"


def state(repo: str, digest: str) -> str:
    return f"{repository(repo)}/states/{digest}"


def tag(repo: str, tag: str) -> str:
    return f"{repository(repo)}/tags/{escape(tag, 'tag')}"


def tags(repo: str) -> str:
    return f"{repository(repo)}/tags"


def versions(repo: str) -> str:
    return f"{repository(repo)}/versions"


def version(repo: str, version: str) -> str:
    return f"{repository(repo)}/versions/{escape(version, 'version')}"


def plans(repo: str) -> str:
    return f"{repository(repo)}/plans"


def plan(repo: str, key: PlanKey) -> str:
    hashes = (escape(text, "state hash") for text in (key.from_hash, key.to_hash))
    return f"{plans(repo)}/{'/'.join(hashes)}/{escape(key.name, 'plan name')}"


def prunings(repo: str) -> str:
    return f"{repository(repo)}/prunings"


def deployments(repo: str) -> str:
    return f"{repository(repo)}/deployments"


def etag(digest: str) -> str:
    """A strong entity tag (RFC 9110, 8.8.3)."""
    return f'"{digest}"'
