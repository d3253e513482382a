"""Writing to several copies, so that all of them end up with one history.

1. Ask every copy for its newest entry; while at it, give it the bulk of the write, all at once.
2. The copy that counts (`fallback.rank`) is the reference: what a copy misses is copied from there.
3. The first living copy in order takes the new entry: that decides who of two writers comes first.
4. The others take it after that, all at once. One that refuses or is gone is a result, not a failure.

A writer that loses at step 3 begins again on top of the winner's entry. The entry is the same, byte for
byte, whoever takes it, and so is a copied one: whatever is done twice is done once.

Signatures (`trust`) say which copy counts, not what belongs to the history: an entry that nobody vouches for
keeps its place, is built upon, and is used by no reader. Plans that do not count are not copied.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import msgspec

from backstay.errors import (
    BackstayError,
    ConfigError,
    ConflictError,
    ForkError,
    NetworkError,
    RefusedError,
    UntrustedError,
)
from backstay.registry import plans
from backstay.registry.catching_up import CatchUp, Copy
from backstay.registry.chain import Entry
from backstay.registry.copies import Budget, EntryHistories
from backstay.registry.fallback import Answer, nobody, rank
from backstay.registry.parallel import ask
from backstay.registry.records import PlanEntry, TargetResult
from backstay.registry.replica import Replica
from backstay.registry.trust import Trust

T = TypeVar("T")

PAUSE = 0.2
"""Seconds, give or take a half, before a primary that failed is asked once more."""

IGNORES_CONDITIONS = "ignores conditional writes, so two writers at once could overwrite each other"


class NamedPlans(msgspec.Struct, frozen=True):
    """The plans of a name: those that count, merged, and those that do not, with what they are to us.

    `unfinished` are those of the first that a copy has, and not as far on.
    """

    counted: tuple[PlanEntry, ...]
    refused: tuple[tuple[PlanEntry, UntrustedError], ...]
    unfinished: tuple[PlanEntry, ...]


class Stored(msgspec.Struct, frozen=True):
    """What a write left behind: the entry and the plan as stored, which a server may have signed."""

    entry: Entry | None
    plan: PlanEntry | None
    targets: tuple[TargetResult, ...] = ()


class Writer:
    """One write to a repository, from asking the copies (`open`) to each one's result (`commit`).

    A primary that ignores conditional writes is refused, unless it is only there as a backup (not `strict`).
    """

    reference: Copy
    _bulk: Callable[[Replica], None]

    def __init__(
        self,
        repo: str,
        replicas: Sequence[Replica],
        budget: Budget,
        *,
        strict: bool = True,
        trust: Trust = Trust(),
    ) -> None:
        self._repo = repo
        self._trust = trust
        self._strict = strict
        self._replicas = replicas
        self._budget = budget
        self._copies: list[Copy] = []
        self._errors: dict[int, BackstayError] = {}
        self._notices: dict[int, list[str]] = {}

    def open(self, bulk: Callable[[Replica], None] = lambda replica: None) -> None:
        """Steps 1 and 2. Raises the primary's error if it refuses us, and if no copy can be written to."""
        self._bulk = bulk
        questions = [
            partial(self._insist, index, partial(self._ready, index, bulk))
            for index in range(len(self._replicas))
        ]
        for index, found in enumerate(ask(questions, seconds=self._budget.write)):
            if index == 0 and isinstance(found, ConfigError | RefusedError):
                raise found
            if isinstance(found, BackstayError):
                self._errors[index] = found
            else:
                self._copies.append(found)
        self._raise_if_all_failed()
        self.reference = self._choose_reference()

    @property
    def missed(self) -> tuple[str, ...]:
        """The targets that are not there for this write."""
        return tuple(self._replicas[index].url for index in sorted(self._errors))

    def signs(self) -> bool:
        """Does the copy that is to take the new entry sign it?"""
        return self._copies[0].replica.signs()

    def plans(self, name: str) -> NamedPlans:
        """The plans of this name as the copies have them; a copy that fails here is out."""

        def fetch(copy: Copy) -> tuple[tuple[PlanEntry, UntrustedError | None], ...]:
            keys = sorted(key for key in copy.plan_keys if key.name == name)
            return tuple(self._judged(copy.replica.plan(self._repo, key), copy) for key in keys)

        found = self._each(self._copies, fetch)
        self._copies = [copy for copy in self._copies if copy.index not in self._errors]
        self._raise_if_all_failed()
        judged = [each for several in found for each in several]
        counted = [entry for entry, error in judged if not error]
        merged, _ = plans.union(counted)
        return NamedPlans(
            counted=merged,
            refused=tuple((entry, error) for entry, error in judged if error),
            unfinished=tuple(m for m in merged if any(e.key == m.key and e != m for e in counted)),
        )

    def commit(self, *, entry: Entry | None = None, plan: PlanEntry | None = None) -> Stored:
        """Steps 3 and 4: every copy gets what it missed, then the new entry or plan.

        Raises `ConflictError` if another writer was faster, the primary's error if nobody took it; also if
        the primary is a server that refuses it, for what it refuses goes nowhere else.
        """

        catch_up = CatchUp(self._repo, self.reference, self._copies, self._trust, self._note)

        def lead(copy: Copy) -> Stored:
            stored = entry and copy.replica.append(self._repo, entry)
            self._keep_state(copy, stored)
            return Stored(stored, plan and copy.replica.advance_plan(plan))

        def follow(stored: Stored, copy: Copy) -> None:
            catch_up(copy)
            if stored.entry:
                copy.replica.copy(self._repo, stored.entry)
                self._keep_state(copy, stored.entry)
            if stored.plan:
                copy.replica.merge_plan(stored.plan)

        waiting = list(self._copies)
        taken: list[Stored] = []
        while waiting and not taken:
            first = [waiting.pop(0)]
            if self._each(first, catch_up, decisive=(ConflictError,)):
                taken = self._each(first, lead, decisive=(ConflictError, RefusedError))
        for stored in taken:
            self._each(waiting, partial(follow, stored))
        self._raise_if_all_failed()
        return msgspec.structs.replace(taken[0], targets=self._results())

    def _insist(self, index: int, step: Callable[[], T]) -> T:
        """A step with a copy. The primary is asked twice before a backup takes its place.

        Who goes on without it for one lost connection forks the history from what others push there now.
        """
        patience = self._replicas[index].patience
        try:
            return patience.ask(step)
        except NetworkError as error:
            if index > 0 or len(self._replicas) == 1:
                raise
            first = error
        time.sleep(PAUSE * random.uniform(0.5, 1.5))
        try:
            return patience.ask(step)
        except NetworkError:
            raise first from None

    def _keep_state(self, copy: Copy, entry: Entry | None) -> None:
        """Bring the state again where a prune removed it before it had seen the entry that needs it."""
        if entry and not copy.replica.has_state(self._repo, entry.record.state):
            self._bulk(copy.replica)

    def _ready(self, index: int, bulk: Callable[[Replica], None]) -> Copy:
        replica = self._replicas[index]
        if not replica.keeps_conditions():
            if index == 0 and self._strict:
                raise ConfigError(
                    f"{replica.url} {IGNORES_CONDITIONS}",
                    hint="use it as a backup, or add ?conditional=off if there is never more than one writer",
                )
            self._note(index, IGNORES_CONDITIONS)
        bulk(replica)
        copy = Copy(index, replica, replica.head(self._repo), replica.plan_keys(self._repo))
        if doubt := self._doubt(copy):
            self._note(index, doubt)
        return copy

    def _doubt(self, copy: Copy) -> str:
        """Why the newest entry of a copy does not count; empty where it does."""
        try:
            return self._trust.check_entry(copy.head, copy.replica.url) if copy.head else ""
        except UntrustedError as error:
            return error.message

    def _choose_reference(self) -> Copy:
        """The copy that counts. One whose newest entry does not can only continue the history of another."""
        copies = sorted(self._copies, key=lambda copy: bool(self._doubt(copy)))
        answers = [Answer(copy.replica.url, head=copy.head) for copy in copies]
        if not any(answer.head for answer in answers):
            return copies[0]
        histories = EntryHistories(self._repo, [copy.replica for copy in copies], answers)
        return copies[rank(answers, histories).index]

    def _judged(self, entry: PlanEntry, copy: Copy) -> tuple[PlanEntry, UntrustedError | None]:
        """The plan as far as it counts; or as it is, with what is wrong with it."""
        try:
            return self._trust.check_plan(entry, copy.replica.url)[0], None
        except UntrustedError as error:
            return entry, error

    def _each(
        self,
        copies: Sequence[Copy],
        step: Callable[[Copy], T],
        *,
        decisive: tuple[type[BackstayError], ...] = (),
    ) -> list[T]:
        """Take a step with each copy, all at once; what failed is noted, the rest is the answer.

        `decisive` errors are not noted but raised: a lost race, after which everything begins again, and
        the refusal of the primary.
        """
        questions = [partial(self._insist, copy.index, partial(step, copy)) for copy in copies]
        answers = ask(questions, seconds=self._budget.write)
        succeeded = []
        for copy, answer in zip(copies, answers, strict=True):
            if not isinstance(answer, BackstayError):
                succeeded.append(answer)
            elif isinstance(answer, decisive) and _decides(answer, copy):
                raise answer
            else:
                self._errors[copy.index] = answer
        return succeeded

    def _note(self, index: int, notice: str) -> None:
        notices = self._notices.setdefault(index, [])
        if notice not in notices:
            notices.append(notice)

    def _raise_if_all_failed(self) -> None:
        if len(self._errors) == len(self._replicas):
            answers = [Answer(r.url, error=self._errors[i]) for i, r in enumerate(self._replicas)]
            raise nobody(answers, "no target took the write")

    def _results(self) -> tuple[TargetResult, ...]:
        return tuple(
            TargetResult(
                url=replica.url,
                primary=index == 0,
                error=self._errors[index].message if index in self._errors else "",
                notice="; ".join(self._notices.get(index, ())),
            )
            for index, replica in enumerate(self._replicas)
        )


def _decides(error: BackstayError, copy: Copy) -> bool:
    """A fork is the copy's own trouble, and so is what a backup refuses."""
    return not isinstance(error, ForkError) and (copy.index == 0 or not isinstance(error, RefusedError))
