"""Reading from several copies: ask all, decide (`fallback`), fetch from the one that counts.

What fails on the way takes that copy out, and the decision is made again among the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from backstay.errors import AuthError, BackstayError, CorruptError, PrunedError, UntrustedError
from backstay.registry import chain, plans
from backstay.registry.chain import Entry
from backstay.registry.copies import Budget, EntryHistories, heads
from backstay.registry.fallback import Answer, check_age, choose, failures, is_eligible, nobody
from backstay.registry.lookup import Lookup
from backstay.registry.memory import Memory
from backstay.registry.parallel import ask
from backstay.registry.pruned import note_of
from backstay.registry.records import PlanEntry, ReadLog, ReadVersion, VersionRecord
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

        def fetch(lookup: Lookup, replica: Replica) -> tuple[Entry, State, tuple[str, ...]]:
            entry, notices = lookup.find(tag, version)
            return entry, chain.open_state(self._state(replica, entry), replica.url), notices

        (entry, state, doubts), source, notices = self._from_the_best(repo, fetch)
        if source != self._registry:
            record = entry.record
            notices = (*notices, f"read from {source}: version {record.version} of {record.time}")
        return ReadVersion(entry.record, state, source, (*notices, *doubts))

    def log(self, repo: str, limit: int) -> ReadLog:
        """The newest entries, the newest first, each verified to be its follower's ancestor."""

        def fetch(lookup: Lookup, replica: Replica) -> tuple[VersionRecord, ...]:
            oldest = max(lookup.head.sequence - limit + 1, 1)
            return tuple(entry.record for entry in (lookup.head, *lookup.back_to(oldest)))

        return ReadLog(*self._from_the_best(repo, fetch))

    def _from_the_best(
        self, repo: str, fetch: Callable[[Lookup, Replica], T]
    ) -> tuple[T, str, tuple[str, ...]]:
        """What the copy that counts gives, its URL, and what is worth telling about the copies."""
        deadline = time.monotonic() + self._budget.read
        answers = [
            self._trusted(answer)
            for answer in heads(repo, self._replicas, seconds=self._budget.answer, grace=self._budget.grace)
        ]
        while True:
            histories = EntryHistories(repo, self._replicas, answers)
            choice = self._in_time(deadline, partial(choose, repo, answers, histories))
            index = choice.index
            replica, head = self._replicas[index], answers[index].head
            assert head is not None
            age = self._check_age(repo, index, answers[index])
            lookup = Lookup(replica, head, self._trust, seconds=self._budget.answer)
            try:
                found = self._in_time(
                    deadline, partial(replica.patience.ask, partial(fetch, lookup, replica))
                )
            except BackstayError as error:
                if not (is_eligible(error) or (index > 0 and isinstance(error, AuthError))):
                    raise
                answers[index] = Answer(answers[index].url, error=error)
                continue
            return found, replica.url, (*choice.notices, *filter(None, [age]))

    def plans(
        self, repo: str, *, from_hash: str = "", to_hash: str = "", name: str = ""
    ) -> tuple[tuple[PlanEntry, ...], tuple[str, ...]]:
        """The plans of all copies merged, removed ones too, and what is worth telling about the copies."""

        def fetch(replica: Replica) -> tuple[tuple[PlanEntry, tuple[str, ...]], ...]:
            keys = replica.plan_keys(repo, from_hash, to_hash)
            entries = (replica.plan(repo, key) for key in sorted(keys) if name in ("", key.name))
            return tuple(self._trust.check_plan(entry, replica.url) for entry in entries)

        questions = [partial(replica.patience.ask, partial(fetch, replica)) for replica in self._replicas]
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

    def _state(self, replica: Replica, entry: Entry) -> bytes:
        """The bytes of its state. Raises `PrunedError` where they were removed on purpose."""
        record = entry.record
        try:
            return replica.state(record.repo, record.state)
        except CorruptError:
            note = note_of(replica, entry, self._trust)
            if note is None:
                raise
        raise PrunedError(
            f"{replica.url}: version {record.version} of {record.repo} was pruned at {note.time}"
        )

    def _in_time(self, deadline: float, question: Callable[[], T]) -> T:
        """The answer, if it comes within the budget. Raises its error, or `NetworkError`."""
        seconds = min(self._budget.answer, deadline - time.monotonic())
        (answer,) = ask([question], seconds=max(0.0, seconds))
        if isinstance(answer, BackstayError):
            raise answer
        return answer
