"""From a tag or a version to the entry that it stands for.

Tags and versions are only an index of the log, and whoever can write to the storage can point them anywhere.
With trusted keys the log itself is asked: from the newest entry back to the one that a tag points at, each
entry must be the one that its follower names, and none in between that counts may carry the tag.

That costs a look at each entry in between. The newest entry answers at once for the tags that it carries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from backstay.errors import BackstayError, CorruptError, NotFoundError, RollbackError
from backstay.registry.chain import Entry, follows
from backstay.registry.parallel import ask
from backstay.registry.records import LATEST
from backstay.registry.replica import Replica
from backstay.registry.trust import Trust

AT_ONCE: Final = 16
"""Entries that are asked for at the same time."""


class Lookup:
    """Looks names up in one copy of a repository, whose newest entry was read, and counts.

    `seconds` is how long each answer may take.
    """

    def __init__(self, replica: Replica, head: Entry, trust: Trust, *, seconds: float) -> None:
        self._replica = replica
        self.head = head
        self._repo = head.record.repo
        self._trust = trust
        self._seconds = seconds

    def find(self, tag: str, version: str) -> tuple[Entry, tuple[str, ...]]:
        """The entry of a tag or version, that of `latest` if neither is given; and notices.

        A repository where nothing was ever pushed as `latest` has its newest entry under that name. Raises
        `NotFoundError`, and `UntrustedError` for an entry that does not count or is not the newest of a tag.
        """
        if version:
            return self._counted(self._versioned(version))
        tag = tag or LATEST
        if tag in self.head.record.tags:
            return self._counted(self.head)
        try:
            entry = self._replica.tagged(self._repo, tag)
        except NotFoundError:
            if tag != LATEST:
                raise
            entry = None
        found, doubts = self._counted(entry or self.head)
        return found, (*doubts, *self._check_newest(tag, entry))

    def _versioned(self, version: str) -> Entry:
        if version == self.head.record.version:
            return self.head
        return self._replica.versioned(self._repo, version)

    def _counted(self, entry: Entry) -> tuple[Entry, tuple[str, ...]]:
        doubt = self._trust.check_entry(entry, self._replica.url)
        return entry, (doubt,) if doubt else ()

    def _check_newest(self, tag: str, entry: Entry | None) -> tuple[str, ...]:
        """Notices of entries that do not count and claim the tag. Raises `RollbackError` for one that does.

        `entry` is where the tag points; nothing, where it points nowhere.
        """
        if not self._trust.demanded:
            return ()
        notices = []
        for each in self.back_to(entry.sequence if entry else 1):
            if entry and each.sequence == entry.sequence:
                self._check_same(each, entry, tag)
            elif tag in each.record.tags:
                if self._trust.accepts(each):
                    raise self._rollback(tag, each, entry)
                notices.append(
                    f"{self._replica.url}: entry {each.sequence} of {self._repo} moves tag {tag}, and is not "
                    "signed by a trusted key: it is left out"
                )
        return tuple(notices)

    def back_to(self, oldest: int) -> Iterator[Entry]:
        """The entries before the newest one, backwards, each verified to be its follower's ancestor."""
        follower = self.head
        for start in range(self.head.sequence - 1, oldest - 1, -AT_ONCE):
            wanted = range(start, max(start - AT_ONCE, oldest - 1), -1)
            for entry in self._entries(wanted):
                if not follows(follower, entry):
                    raise CorruptError(
                        f"{self._replica.url}: entry {entry.sequence} of {self._repo} is not the one that "
                        f"entry {follower.sequence} names"
                    )
                yield entry
                follower = entry

    def _entries(self, wanted: Sequence[int]) -> list[Entry]:
        questions = [partial(self._replica.entry, self._repo, sequence) for sequence in wanted]
        found = []
        for sequence, answer in zip(wanted, ask(questions, seconds=self._seconds), strict=True):
            if isinstance(answer, NotFoundError):
                raise CorruptError(
                    f"{self._replica.url}: entry {sequence} of {self._repo} is not there, so nobody can tell "
                    "whether the tag was moved since",
                    hint="restore the entry from another copy, or push the tag again",
                )
            if isinstance(answer, BackstayError):
                raise answer
            found.append(answer)
        return found

    def _check_same(self, inherited: Entry, pointed: Entry, tag: str) -> None:
        if inherited != pointed:
            raise CorruptError(f"{self._replica.url}: tag {tag} of {self._repo} points out of the history")

    def _rollback(self, tag: str, newest: Entry, entry: Entry | None) -> RollbackError:
        what = f"points at entry {entry.sequence} of {entry.record.time}" if entry else "is not there"
        return RollbackError(
            f"{self._replica.url}: tag {tag} of {self._repo} {what}, and entry {newest.sequence} of "
            f"{newest.record.time} moved it: it was moved back"
        )
