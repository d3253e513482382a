"""Bring a copy of a repository to where another one is, by what can be checked: digests and signatures.

What is done twice is done once, so whoever dies on the way is followed by another who finishes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from backstay.errors import AuthError, BackstayError, ConflictError, CorruptError, ForkError
from backstay.registry.chain import Entry, follows
from backstay.registry.fallback import entries
from backstay.registry.pruned import note_of
from backstay.registry.records import PlanKey
from backstay.registry.replica import Replica
from backstay.registry.trust import Trust


class Copy(msgspec.Struct, frozen=True):
    """A copy that can be written to: where its history ends, and the plans it has."""

    index: int
    replica: Replica
    head: Entry | None
    plan_keys: frozenset[PlanKey]

    @property
    def sequence(self) -> int:
        return self.head.sequence if self.head else 0


class CatchUp:
    """Where copies are brought: to `reference`, from it and the other `copies`.

    `note` hears what is worth telling of a copy, by its index.
    """

    def __init__(
        self,
        repo: str,
        reference: Copy,
        copies: Sequence[Copy],
        trust: Trust,
        note: Callable[[int, str], None],
    ) -> None:
        self._repo = repo
        self._reference = reference
        self._copies = copies
        self._trust = trust
        self._note = note

    def __call__(self, copy: Copy) -> None:
        """Give a copy the entries, states and plans that it missed. Raises `ForkError`."""
        reference = self._reference
        if copy.sequence > reference.sequence or (
            copy.sequence == reference.sequence and copy.head != reference.head
        ):
            raise self._fork(copy)
        if copy.head:  # Its writer may have died before the names pointed at it.
            copy.replica.index(self._repo, copy.head)
        previous = copy.head
        for sequence in range(copy.sequence + 1, reference.sequence + 1):
            entry = reference.replica.entry(self._repo, sequence)
            self._copy_entry(copy, entry, previous)
            previous = entry
        self._copy_plans(copy)
        missed = reference.sequence - copy.sequence
        if missed:
            self._note(copy.index, f"caught up {entries(missed)}")

    def _copy_entry(self, copy: Copy, entry: Entry, previous: Entry | None) -> None:
        if not follows(entry, previous):
            raise self._fork(copy)
        if not previous or previous.record.state != entry.record.state:
            self._copy_state(copy, entry)
        try:
            copy.replica.copy(self._repo, entry)
        except ConflictError:
            raise self._fork(copy) from None

    def _copy_state(self, copy: Copy, entry: Entry) -> None:
        """The state of an entry; or the note that says that it was removed on purpose."""
        digest = entry.record.state
        try:
            copy.replica.put_state(self._repo, digest, self._state(digest, copy))
        except CorruptError:
            note = note_of(self._reference.replica, entry, self._trust)
            if note is None:
                raise
            copy.replica.put_pruning(note)

    def _state(self, digest: str, wanting: Copy) -> bytes:
        """The bytes of a state from whoever has them whole, the reference first."""
        errors = []
        for source in (self._reference, *self._copies):
            if source.index != wanting.index:
                try:
                    return source.replica.state(self._repo, digest)
                except BackstayError as error:
                    errors.append(error)
        raise errors[0]

    def _copy_plans(self, copy: Copy) -> None:
        """The plans it does not have; all of them, if it missed part of the history too.

        A server may want a scope for one that is approved which this writer has not: it is left to another.
        """
        for other in self._copies:
            lacks = other.plan_keys - copy.plan_keys
            for key in sorted(other.plan_keys if copy.sequence < self._reference.sequence else lacks):
                plan = other.replica.plan(self._repo, key)
                if self._trust.accepts_plan(plan):
                    try:
                        copy.replica.merge_plan(plan)
                    except AuthError as error:
                        self._note(copy.index, f'plan "{key.name}" was not copied: {error.message}')

    def _fork(self, copy: Copy) -> ForkError:
        return ForkError(
            f"{copy.replica.url} is forked: its history is not that of {self._reference.replica.url}",
            hint="nothing was written there; keep one of the two histories and move the other away",
        )
