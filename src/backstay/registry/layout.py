"""Where things lie: the keys of a repository's objects. See docs/registry.md.

    <repo>/states/<sha256>.json               a state, under the digest of its bytes
    <repo>/log/<10-digit sequence>.json       an entry of the history
    <repo>/versions/<version>.json            version -> newest entry of it
    <repo>/tags/<tag>.json                    tag -> entry
    <repo>/plans/<from>/<to>/<name>.json      a plan of that transition
    <repo>/deployments/<id>.json              an apply that was reported to a server

The log is the truth; versions and tags are an index that can be made from it.
"""

from __future__ import annotations

import re

from backstay.registry.names import escape, unescape
from backstay.registry.records import PlanKey

_SEQUENCE = re.compile(r"(\d{10})\.json")


def repository(repo: str) -> str:
    return escape(repo, "repository name")


def state(repo: str, digest: str) -> str:
    return f"{repository(repo)}/states/{digest}.json"


def log(repo: str) -> str:
    """Prefix of all entries."""
    return f"{repository(repo)}/log/"


def entry(repo: str, sequence: int) -> str:
    return f"{log(repo)}{sequence:010d}.json"


def sequence(key: str) -> int | None:
    """The sequence of an entry's key; `None` for the key of something else."""
    match = _SEQUENCE.fullmatch(key.rpartition("/")[2])
    return int(match[1]) if match else None


def version(repo: str, version: str) -> str:
    return f"{versions(repo)}{escape(version, 'version')}.json"


def tag(repo: str, tag: str) -> str:
    return f"{tags(repo)}{escape(tag, 'tag')}.json"


def versions(repo: str) -> str:
    """Prefix of all versions."""
    return f"{repository(repo)}/versions/"


def tags(repo: str) -> str:
    """Prefix of all tags."""
    return f"{repository(repo)}/tags/"


def name(key: str) -> str | None:
    """The name at the end of a key; `None` where it is none that was escaped."""
    try:
        return unescape(key.rpartition("/")[2].removesuffix(".json"))
    except ValueError:
        return None


def deployments(repo: str) -> str:
    """Prefix of all deployments."""
    return f"{repository(repo)}/deployments/"


def plans(repo: str, from_hash: str = "", to_hash: str = "") -> str:
    """Prefix of all plans, of those that begin at a state, or of those of one transition."""
    prefix = f"{repository(repo)}/plans/"
    if not from_hash:
        return prefix
    prefix += f"{escape(from_hash, 'state hash')}/"
    return f"{prefix}{escape(to_hash, 'state hash')}/" if to_hash else prefix


def plan(repo: str, key: PlanKey) -> str:
    return f"{plans(repo, key.from_hash, key.to_hash)}{escape(key.name, 'plan name')}.json"


def plan_key(path: str) -> PlanKey | None:
    """What the key of a plan stands for; `None` for the key of something else."""
    segments = path.split("/")
    if len(segments) != 5 or not path.endswith(".json"):
        return None
    try:
        return PlanKey(*(unescape(part) for part in (*segments[2:4], segments[4].removesuffix(".json"))))
    except ValueError:
        return None
