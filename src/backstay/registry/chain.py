"""The history of a repository as a chain: bytes in, verified values out. No store is touched here.

1. A state is what its digest says: the SHA-256 of its bytes.
2. An entry names its repository and its sequence: it counts nowhere else.
3. An entry names the digest of the entry before it: equal digests mean equal histories.
"""

from __future__ import annotations

import hashlib
from typing import TypeVar

import msgspec

from backstay.decoding import decode
from backstay.errors import CorruptError, UnsupportedError
from backstay.registry.records import PlanEntry, PlanKey, Pointer, Pruning, VersionRecord
from backstay.schema.canonical import encode
from backstay.schema.state import State

T = TypeVar("T")


class Entry(msgspec.Struct, frozen=True):
    """An entry as it is stored, and what it says. `digest` is the SHA-256 (hex) of `data`."""

    record: VersionRecord
    data: bytes
    digest: str

    @property
    def sequence(self) -> int:
        return self.record.sequence


def digest(data: bytes) -> str:
    """The name of a content: its SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def seal(record: VersionRecord) -> Entry:
    """An entry made of a new record."""
    data = encode(record)
    return Entry(record, data, digest(data))


def open_entry(data: bytes, repo: str, sequence: int, source: str) -> Entry:
    """The entry in these bytes (rule 2). Raises `CorruptError`; `source` says where they came from."""
    record = _decode(data, VersionRecord, f"{source}: entry {sequence} of {repo}")
    if (record.repo, record.sequence) != (repo, sequence):
        raise CorruptError(
            f"{source}: entry {sequence} of {repo} is entry {record.sequence} of {record.repo}",
            hint="somebody moved the object; restore it from another copy",
        )
    return Entry(record, data, digest(data))


def follows(entry: Entry, previous: Entry | None) -> bool:
    """Is this the next entry of the history that ends in `previous` (rule 3)?"""
    if previous is None:
        return entry.sequence == 1 and not entry.record.parent
    return entry.sequence == previous.sequence + 1 and entry.record.parent == previous.digest


def check_state(data: bytes, expected: str, source: str) -> bytes:
    """The bytes of a state, if they have their digest (rule 1). Raises `CorruptError`."""
    if digest(data) != expected:
        raise CorruptError(
            f"{source}: state {expected[:12]} does not have its digest",
            hint="push the schema again, or restore the object from another copy",
        )
    return data


def open_state(data: bytes, source: str) -> State:
    """The state in bytes that have been checked.

    They are what was written, so what cannot be read, or would be lost on the way, is of another version
    of Backstay: an `UnsupportedError`.
    """
    try:
        state = decode(data, State)
    except msgspec.DecodeError:
        state = None
    if state is None or not _is_whole(state, data):
        raise UnsupportedError(
            f"{source}: the state was written by another version of Backstay, with parts unknown to this one",
            hint="use the version of Backstay that pushed it, or a newer one",
        )
    return state


def _is_whole(state: State, data: bytes) -> bool:
    """Did everything in `data` become part of the state?

    What was absent there msgspec leaves out again, so that its own encoder, which is many times faster than
    the canonical one, nearly always says yes.
    """
    return msgspec.json.encode(state, order="sorted") == data or encode(state) == data


def open_pointer(data: bytes, source: str) -> Pointer:
    """The pointer in these bytes. Raises `CorruptError`; `source` says what it is and where."""
    return _decode(data, Pointer, source)


def open_plan(data: bytes, repo: str, key: PlanKey, source: str) -> PlanEntry:
    """The plan in these bytes, if it is the one that belongs here."""
    entry = _decode(data, PlanEntry, f"{source}: plan {key.name} of {repo}")
    if (entry.plan.repo, entry.key) != (repo, key):
        raise CorruptError(
            f"{source}: plan {key.name} of {repo} is another plan, {entry.plan.name} of {entry.plan.repo}",
            hint="somebody moved the object; restore it from another copy",
        )
    return entry


def open_pruning(data: bytes, repo: str, expected: str, source: str) -> Pruning:
    """The note of removed states in these bytes, if they have the digest that names it and are of `repo`."""
    what = f"{source}: note {expected[:12]} of removed states of {repo}"
    pruning = _decode(data, Pruning, what)
    if digest(data) != expected or pruning.repo != repo:
        raise CorruptError(f"{what} was altered", hint="restore the object from another copy")
    return pruning


def _decode(data: bytes, kind: type[T], what: str) -> T:
    try:
        return decode(data, kind)
    except msgspec.DecodeError:
        raise CorruptError(
            f"{what} cannot be read: it was cut short or altered", hint="restore the object from another copy"
        ) from None
