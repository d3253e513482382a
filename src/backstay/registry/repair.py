"""Bring the copies of a repository to agreement: which steps that takes, and taking them.

Nothing is lost on the way. What a step replaces or removes is first put aside, under `branches/<name>/` of
the same copy, where `registry log --branch` reads it. A forked copy is not touched unless another one was
chosen to be kept. States go before the entries that need them, and entries before the names that point at
them, so that a repair that ends half-way leaves a copy that is behind, and not one that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import msgspec

from backstay.errors import BackstayError, ConflictError, CorruptError, UnsupportedError
from backstay.registry import layout
from backstay.registry.records import PlanEntry, PlanKey
from backstay.registry.replica import Replica
from backstay.registry.store_replica import StoreReplica
from backstay.registry.survey_history import Agreement, Standing, pointed
from backstay.schema.canonical import encode
from backstay.storage.store import Store

Act = Callable[[], object]


class Step(msgspec.Struct, frozen=True):
    """One change of one copy: what it is in words, and doing it. `error` is why it was not done."""

    url: str
    text: str
    act: Act
    error: str = ""


class Repair(msgspec.Struct, frozen=True):
    """The steps of one copy, in order. `check` raises where the copy is not as it was surveyed any more."""

    url: str
    check: Act
    steps: tuple[Step, ...]


def repairs(
    agreement: Agreement, replicas: Sequence[Replica], *, settle: bool = False, branch: str = ""
) -> tuple[Repair, ...]:
    """What brings each copy to the history that counts.

    With `settle` forked copies too: what is theirs alone is put aside under the name `branch`, by default
    one that its newest entry gives it.
    """
    by_url = {replica.url: replica for replica in replicas}
    planners = [
        _Planner(agreement, standing, by_url, settle=settle, branch=branch or _branch_name(standing))
        for standing in agreement.standings
        if settle or not standing.forked
    ]
    return tuple(repair for planner in planners if (repair := planner.repair()).steps)


def carry_out(
    planned: Sequence[Repair], progress: Callable[[int, int], None] = lambda done, total: None
) -> tuple[Step, ...]:
    """Take the steps; answers those that were tried. After one that failed the copy is left as it is."""
    total = sum(len(repair.steps) for repair in planned)
    tried: list[Step] = []
    for repair in planned:
        try:
            repair.check()
        except BackstayError as error:
            tried.append(Step(repair.url, "look whether it is as it was", repair.check, error.message))
            continue
        for step in repair.steps:
            try:
                step.act()
            except BackstayError as error:
                tried.append(msgspec.structs.replace(step, error=error.message))
                break
            tried.append(step)
            progress(len(tried), total)
    return tuple(tried)


def _branch_name(standing: Standing) -> str:
    entries = standing.survey.entries
    return f"fork-{entries[max(entries)].digest[:12]}" if entries else "damaged"


class _Planner:
    """Plans the repair of one copy."""

    def __init__(
        self,
        agreement: Agreement,
        standing: Standing,
        replicas: Mapping[str, Replica],
        *,
        settle: bool,
        branch: str,
    ) -> None:
        self._agreement = agreement
        self._repo = agreement.repo
        self._survey = standing.survey
        self._replica = replicas[standing.url]
        self._others = [replica for url, replica in replicas.items() if url != standing.url]
        self._settle = settle
        self._branch = branch
        self._shared = standing.common if standing.forked else len(agreement.history)
        self._known = frozenset(d for each in agreement.standings for d in each.survey.states)

    def repair(self) -> Repair:
        steps = (
            *self._set_aside(),
            *self._states(),
            *self._notes(),
            *self._entries(),
            *self._names(),
            *self._plans(),
        )
        return Repair(self._replica.url, self._check_unchanged, steps)

    def _set_aside(self) -> Iterator[Step]:
        """Entries that are not those of the history. All are kept before any is removed.

        The newest is removed first, so that what is left is a whole history at any time.
        """
        wrong = [sequence for sequence in self._survey.inventory.sequences if not self._is_right(sequence)]
        for sequence in sorted(wrong):
            yield self._keep(layout.entry(self._repo, sequence), f"entry {sequence}")
        for sequence in sorted(wrong, reverse=True):
            if sequence > self._shared:
                yield self._remove(layout.entry(self._repo, sequence), f"entry {sequence}")

    def _is_right(self, sequence: int) -> bool:
        history = self._agreement.history
        return sequence <= len(history) and self._survey.entries.get(sequence) == history[sequence - 1]

    def _states(self) -> Iterator[Step]:
        for digest in dict.fromkeys(entry.record.state for entry in self._agreement.kept):
            if digest in self._known and digest not in self._survey.states:
                yield self._step(f"copy state {digest[:12]}", partial(self._copy_state, digest))

    def _notes(self) -> Iterator[Step]:
        for digest, note in sorted(self._agreement.prunings.items()):
            if digest not in self._survey.prunings:
                text = f"copy the note of {note.time} about removed states"
                yield self._step(text, partial(self._replica.put_pruning, note))

    def _entries(self) -> Iterator[Step]:
        """Those that are not there, up to the first whose state no copy has: a name needs its content."""
        kept = {entry.sequence for entry in self._agreement.kept}
        for entry in self._agreement.history:
            if self._is_right(entry.sequence):
                continue
            if entry.sequence in kept and entry.record.state not in self._known:
                return
            if entry.sequence in self._survey.inventory.sequences and entry.sequence <= self._shared:
                key = layout.entry(self._repo, entry.sequence)
                yield self._put(key, entry.data, f"entry {entry.sequence}")
            else:
                copy = partial(self._replica.copy, self._repo, entry)
                yield self._step(f"copy entry {entry.sequence}", copy)

    def _names(self) -> Iterator[Step]:
        """Tags and versions that point elsewhere. Those of an entry that is copied come with it."""
        wanted, there = self._agreement.index, pointed(self._repo, self._survey)
        wrong = {wanted[key] for key in wanted if there.get(key) != wanted[key]}
        for sequence in sorted(wrong):
            if self._is_right(sequence):
                index = partial(self._replica.index, self._repo, self._agreement.history[sequence - 1])
                yield self._step(f"point the tags and the version of entry {sequence} at it", index)
        held = self._survey.inventory
        names = {layout.tag(self._repo, name): f"tag {name}" for name in held.tags}
        names |= {layout.version(self._repo, name): f"version {name}" for name in held.versions}
        for key in sorted(names.keys() - wanted.keys()):
            yield self._remove(key, names[key])

    def _plans(self) -> Iterator[Step]:
        for key, plan in sorted(self._agreement.plans.items()):
            there = self._survey.plans.get(key)
            is_damaged = there is None and key in self._survey.inventory.plans
            if there == plan or (key in self._agreement.conflicts and not self._settle):
                continue
            if is_damaged or key in self._agreement.conflicts:
                yield from self._replace_plan(key, plan)
            else:
                merge = partial(self._replica.merge_plan, plan)
                yield self._step(f"{'update' if there else 'copy'} plan {key.name}", merge)

    def _replace_plan(self, key: PlanKey, plan: PlanEntry) -> Iterator[Step]:
        place = layout.plan(self._repo, key)
        if key in self._survey.inventory.plans:
            yield self._keep(place, f"plan {key.name}")
        yield self._put(place, encode(plan), f"plan {key.name}")

    def _check_unchanged(self) -> None:
        """Raises `ConflictError` where entries came or went since the survey."""
        self._replica.keeps_conditions()
        if self._replica.inventory(self._repo).sequences != self._survey.inventory.sequences:
            raise ConflictError(
                f"{self._replica.url} was written to in the meantime", hint="let no push run meanwhile"
            )

    def _copy_state(self, digest: str) -> None:
        errors: list[BackstayError] = []
        for other in self._others:
            try:
                self._replica.put_state(self._repo, digest, other.state(self._repo, digest))
            except CorruptError as error:
                errors.append(error)
            else:
                return
        raise errors[0]

    def _step(self, text: str, act: Act) -> Step:
        return Step(self._replica.url, text, act)

    def _keep(self, key: str, what: str) -> Step:
        def keep() -> None:
            store = self._store()
            store.create(layout.aside(self._repo, self._branch, key), store.get(key).data)

        return self._step(f"keep {what} on branch {self._branch}", keep)

    def _remove(self, key: str, what: str) -> Step:
        return self._step(f"remove {what}", lambda: self._store().delete(key))

    def _put(self, key: str, data: bytes, what: str) -> Step:
        return self._step(f"replace {what}", lambda: self._store().put(key, data))

    def _store(self) -> Store:
        """The objects of the copy. Raises `UnsupportedError` for a server: it keeps what it has."""
        if isinstance(self._replica, StoreReplica):
            return self._replica.store
        raise UnsupportedError(
            f"{self._replica.url} is a registry server, which removes and replaces nothing",
            hint="run this on the storage behind it: give its URL instead of the server's",
        )
