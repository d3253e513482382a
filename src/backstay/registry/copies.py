"""The copies of a registry while one operation looks at them: what is common to reading and writing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from backstay.errors import BackstayError
from backstay.registry.chain import Entry, follows
from backstay.registry.fallback import Answer
from backstay.registry.parallel import ask
from backstay.registry.replica import Replica


class Budget(msgspec.Struct, frozen=True):
    """How many seconds a copy has.

    `answer` for its first answer, `grace` for a backup's once the primary has answered, `read` for a read
    as a whole, `write` for each step of a write.
    """

    answer: float = 6.0
    grace: float = 2.0
    read: float = 10.0
    write: float = 60.0


def heads(repo: str, replicas: Sequence[Replica], *, seconds: float, grace: float | None) -> list[Answer]:
    """What each copy says about a repository, all asked at once."""
    answers = ask([partial(_head, replica, repo) for replica in replicas], seconds=seconds, grace=grace)
    return [to_answer(replica, found) for replica, found in zip(replicas, answers, strict=True)]


def _head(replica: Replica, repo: str) -> Entry | None:
    def ask_head() -> Entry | None:
        found = replica.head(repo)
        if found is None:
            replica.check_present()
        return found

    return replica.patience.ask(ask_head)


def to_answer(replica: Replica, found: Entry | BackstayError | None) -> Answer:
    """The replica's newest entry, or the error it ended in, under its URL."""
    if isinstance(found, BackstayError):
        return Answer(replica.url, error=found)
    return Answer(replica.url, head=found)


class EntryHistories:
    """The questions of `fallback.Histories`, answered with the copies' own entries."""

    def __init__(self, repo: str, replicas: Sequence[Replica], answers: Sequence[Answer]) -> None:
        self._repo = repo
        self._replicas = replicas
        self._answers = answers

    def continues(self, newer: int, older: int) -> bool:
        tip, previous = self._answers[newer].head, self._answers[older].head
        for sequence in range(_length(previous) + 1, _length(tip) + 1):
            entry = self._entry(newer, sequence)
            if not follows(entry, previous):
                return False
            previous = entry
        return previous == tip

    def contains(self, newer: int, older: int) -> bool:
        base = self._answers[older].head
        return follows(self._entry(newer, _length(base) + 1), base)

    def began_without(self, index: int, absent: int) -> bool:
        return self._answers[absent].url in self._entry(index, 1).record.missed

    def _entry(self, index: int, sequence: int) -> Entry:
        """An entry of a copy; its newest is at hand, and must be the very one that is compared."""
        head = self._answers[index].head
        if head and head.sequence == sequence:
            return head
        return self._replicas[index].entry(self._repo, sequence)


def _length(head: Entry | None) -> int:
    return head.sequence if head else 0
