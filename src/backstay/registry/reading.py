"""Reading from several copies: ask all, decide (`fallback`), fetch from the one that counts.

What fails on the way takes that copy out, and the decision is made again among the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from backstay.errors import AuthError, BackstayError, UntrustedError
from backstay.registry import chain, plans
from backstay.registry.chain import Entry
from backstay.registry.copies import Budget, EntryHistories, heads
from backstay.registry.fallback import Answer, check_age, choose, failures, is_eligible, nobody
from backstay.registry.lookup import Lookup
from backstay.registry.memory import Memory
from backstay.registry.parallel import ask
from backstay.registry.records import PlanEntry, ReadVersion
from backstay.registry.replica import Replica
from backstay.registry.trust import Trust
from backstay.schema.state import State

T = TypeVar("T")


class Reader:
    """Reads of one registry. The first replica is the primary; what `trust` does not count, nobody gets."""

    def __init__(
        self,
        replicas: Sequence[Replica],
        *,
        memory: Memory,
        budget: Budget,
        allow_stale: bool,
        trust: Trust = Trust(),
    ) -> None:
        self._replicas = replicas
        self._registry = replicas[0].url
        self._memory = memory
        self._budget = budget
        self._allow_stale = allow_stale
        self._trust = trust

    def read(self, repo: str, tag: str, version: str) -> ReadVersion:
        """The version and its state. Raises what `Registry.read` raises."""
        deadline = time.monotonic() + self._budget.read
        answers = [
            self._trusted(answer)
            for answer in heads(repo, self._replicas, seconds=self._budget.answer, grace=self._budget.grace)
        ]
        while True:
            histories = EntryHistories(repo, self._replicas, answers)
            choice = self._in_time(deadline, partial(choose, repo, answers, histories))
            index = choice.index
            age = self._check_age(repo, index, answers[index])
            try:
                entry, state, doubts = self._in_time(
                    deadline, partial(self._fetch, repo, index, answers[index], tag, version)
                )
            except BackstayError as error:
                if not (is_eligible(error) or (index > 0 and isinstance(error, AuthError))):
                    raise
                answers[index] = Answer(answers[index].url, error=error)
                continue
            instead = _instead(answers, index, entry) if index else ""
            notices = (*choice.notices, *filter(None, (instead, age)), *doubts)
            return ReadVersion(entry.record, state, answers[index].url, notices)

    def plans(
        self, repo: str, *, from_hash: str = "", to_hash: str = "", name: str = ""
    ) -> tuple[tuple[PlanEntry, ...], tuple[str, ...]]:
        """The plans of all copies merged, removed ones too, and what is worth telling about the copies."""

        def fetch(replica: Replica) -> tuple[tuple[PlanEntry, tuple[str, ...]], ...]:
            keys = replica.plan_keys(repo, from_hash, to_hash)
            entries = (replica.plan(repo, key) for key in sorted(keys) if name in ("", key.name))
            return tuple(self._trust.check_plan(entry, replica.url) for entry in entries)

        questions = [partial(fetch, replica) for replica in self._replicas]
        found = ask(questions, seconds=self._budget.answer, grace=self._budget.grace)
        failed = [
            Answer(replica.url, error=answer if isinstance(answer, BackstayError) else None)
            for replica, answer in zip(self._replicas, found, strict=True)
        ]
        primary = failed[0].error
        if primary and not is_eligible(primary):
            raise primary
        if all(answer.error for answer in failed):
            raise nobody(failed, "no copy of the registry could be read")
        counted = [each for answer in found if isinstance(answer, tuple) for each in answer]
        merged, conflicts = plans.union(entry for entry, _ in counted)
        doubts = dict.fromkeys(doubt for _, several in counted for doubt in several)
        return merged, (*failures(failed), *doubts, *conflicts)

    def _check_age(self, repo: str, index: int, answer: Answer) -> str:
        seen = self._memory.highest(self._registry, repo)
        age = check_age(
            repo,
            answer,
            seen=seen,
            strict=index > 0 or self._trust.demanded,
            allow_stale=self._allow_stale,
        )
        if answer.head:
            self._memory.remember(self._registry, repo, answer.head.sequence)
        return age

    def _trusted(self, answer: Answer) -> Answer:
        """The answer, if its entry counts; else the error that it is to us."""
        try:
            if answer.head:
                self._trust.check_entry(answer.head, answer.url)
        except UntrustedError as error:
            return Answer(answer.url, error=error)
        return answer

    def _fetch(
        self, repo: str, index: int, answer: Answer, tag: str, version: str
    ) -> tuple[Entry, State, tuple[str, ...]]:
        replica, head = self._replicas[index], answer.head
        assert head is not None
        lookup = Lookup(replica, head, self._trust, seconds=self._budget.answer)
        entry, notices = lookup.find(tag, version)
        return entry, chain.open_state(replica.state(repo, entry.record.state), replica.url), notices

    def _in_time(self, deadline: float, question: Callable[[], T]) -> T:
        """The answer, if it comes within the budget. Raises its error, or `NetworkError`."""
        seconds = min(self._budget.answer, deadline - time.monotonic())
        (answer,) = ask([question], seconds=max(0.0, seconds))
        if isinstance(answer, BackstayError):
            raise answer
        return answer


def _instead(answers: Sequence[Answer], index: int, entry: Entry) -> str:
    """Which backup was read in place of the primary, and how old what it has is."""
    record = entry.record
    return f"read from {answers[index].url}: version {record.version} of {record.time}"
