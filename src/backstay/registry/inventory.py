"""What a copy holds of a repository, by name. Nothing of it has been read."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from backstay.registry import layout
from backstay.registry.names import unescape
from backstay.registry.records import PlanKey

_DIGEST = re.compile(r"([0-9a-f]{64})\.json")


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """The objects of a repository. `strays` are keys that nothing of ours has.

    `states` is `None` where the copy does not list them. `prunings` are digests; `branches` names.
    """

    sequences: frozenset[int] = frozenset()
    tags: frozenset[str] = frozenset()
    versions: frozenset[str] = frozenset()
    states: frozenset[str] | None = None
    plans: frozenset[PlanKey] = frozenset()
    prunings: frozenset[str] = frozenset()
    branches: frozenset[str] = frozenset()
    strays: tuple[str, ...] = ()


def take(repo: str, keys: Iterable[str]) -> Inventory:
    """The inventory of a listing, whichever order it comes in.

    A key that comes twice counts once, and one that ends in `/` is no object: some tools make them to
    show a folder.
    """
    found: dict[str, set[object]] = {kind: set() for kind in _NAMES}
    strays = []
    for key in sorted(set(keys)):
        kind = key.removeprefix(f"{layout.repository(repo)}/").partition("/")[0]
        name = _NAMES[kind](key) if kind in _NAMES else None
        if name is not None:
            found[kind].add(name)
        elif not key.endswith("/") and kind != "deployments":
            strays.append(key)
    fields = {field: frozenset(found[kind]) for kind, field in _FIELDS.items()}
    return Inventory(strays=tuple(strays), **fields)  # type: ignore[arg-type]


def repositories(keys: Iterable[str]) -> tuple[str, ...]:
    """The repositories that a listing of a whole store is of."""
    segments = {key.partition("/")[0] for key in keys if re.match(r"[^/]+/(log|plans|states)/", key)}
    return tuple(sorted(_unescaped(segment) for segment in segments if _unescaped(segment)))


def _unescaped(segment: str) -> str:
    try:
        return unescape(segment)
    except ValueError:
        return ""


def _digest(key: str) -> str | None:
    match = _DIGEST.fullmatch(key.rpartition("/")[2])
    return match[1] if match else None


def _branch(key: str) -> str | None:
    return _unescaped(key.split("/")[2]) or None


_NAMES = {
    "log": layout.sequence,
    "tags": layout.name,
    "versions": layout.name,
    "states": _digest,
    "plans": layout.plan_key,
    "pruned": _digest,
    "branches": _branch,
}
"""The directories of a repository, and how the name of an object is read from its key."""

_FIELDS = {
    "log": "sequences",
    "tags": "tags",
    "versions": "versions",
    "states": "states",
    "plans": "plans",
    "pruned": "prunings",
    "branches": "branches",
}
