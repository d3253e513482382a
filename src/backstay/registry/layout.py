"""Where things lie: the keys of a repository's objects. See docs/registry.md.

    <repo>/states/<sha256>.json               a state, under the digest of its bytes
    <repo>/log/<10-digit sequence>.json       an entry of the history
    <repo>/versions/<version>.json            version -> newest entry of it
    <repo>/tags/<tag>.json                    tag -> entry
    <repo>/plans/<from>/<to>/<name>.json      a plan of that transition
    <repo>/deployments/<id>.json              an apply that was reported to a server
    <repo>/pruned/<sha256>.json               a note of states that were removed on purpose
    <repo>/branches/<name>/…                  what a repair put aside, under the key it had in <repo>

The log is the truth; versions and tags are an index that can be made from it.
"""

from __future__ import annotations

import re

from backstay.registry.names import escape, unescape
from backstay.registry.records import PlanKey

_DIGITS = 10
_SEQUENCE = re.compile(rf"([0-9]{{{_DIGITS}}})\.json")

_BLOCK_DIGITS = 3
BLOCK = 10**_BLOCK_DIGITS
"""Entries that one page of a listing has, in every store."""


def repository(repo: str) -> str:
    return escape(repo, "repository name")


def state(repo: str, digest: str) -> str:
    return f"{repository(repo)}/states/{digest}.json"


def log(repo: str) -> str:
    """Prefix of all entries."""
    return f"{repository(repo)}/log/"


def entry(repo: str, sequence: int) -> str:
    return f"{log(repo)}{sequence:0{_DIGITS}d}.json"


def block(repo: str, number: int) -> str:
    """Prefix of the `BLOCK` entries from `number * BLOCK` on."""
    return f"{log(repo)}{number:0{_DIGITS - _BLOCK_DIGITS}d}"


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


def prunings(repo: str) -> str:
    """Prefix of all notes of removed states."""
    return f"{repository(repo)}/pruned/"


def pruning(repo: str, digest: str) -> str:
    return f"{prunings(repo)}{digest}.json"


def branches(repo: str) -> str:
    """Prefix of all that was put aside."""
    return f"{repository(repo)}/branches/"


def branch(repo: str, branch: str) -> str:
    """Prefix of what was put aside under one name."""
    return f"{branches(repo)}{escape(branch, 'branch name')}/"


def aside(repo: str, name: str, key: str) -> str:
    """Where the object of a key is kept once it is put aside."""
    return branch(repo, name) + key.removeprefix(f"{repository(repo)}/")


def branch_entry(repo: str, name: str, sequence: int) -> str:
    return aside(repo, name, entry(repo, sequence))


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
