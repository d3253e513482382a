"""Is a state missing because it was removed on purpose? Asked only when it is missing."""

from __future__ import annotations

from backstay.errors import NotFoundError, UntrustedError
from backstay.registry.chain import Entry
from backstay.registry.records import Pruning
from backstay.registry.replica import Replica
from backstay.registry.trust import Trust


def note_of(replica: Replica, entry: Entry, trust: Trust) -> Pruning | None:
    """The note that covers the state of an entry, if there is one that counts."""
    try:
        notes = replica.prunings(entry.record.repo)
    except NotFoundError:
        return None
    return next((note for note in notes if note.covers(entry.record) and _counts(note, trust)), None)


def _counts(note: Pruning, trust: Trust) -> bool:
    try:
        trust.check_pruning(note, "")
    except UntrustedError:
        return False
    return True
