"""What the copies of a repository say together: one history, who has it, and who has another. Pure.

1. An entry names the one before it by its digest. All entries of all copies make one pool, and the *line* of
   a copy is what its newest entry descends from, whoever has those entries.
2. A copy whose line begins another's is *behind* it. Two lines that part are *forked*.
3. The first copy in order decides, and among those that continue its line the longest: as for reads
   (`fallback`). A line whose newest entry no trusted key vouches for comes last.
4. Where one copy is chosen to be kept, it comes first of all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from backstay.errors import ConflictError
from backstay.registry import layout, plans
from backstay.registry.chain import Entry, follows
from backstay.registry.records import PlanEntry, PlanKey, Pruning
from backstay.registry.survey import Kind, Problem, Survey

Line = tuple[Entry, ...]


class Standing(msgspec.Struct, frozen=True):
    """How a copy stands to the history that counts: the first `common` entries of its `line` are the same."""

    survey: Survey
    line: Line
    common: int
    forked: bool

    @property
    def url(self) -> str:
        return self.survey.url


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """The history that counts, what belongs to it, and how each copy that can be read stands to it.

    `first` is the place of the copy that decided, among the standings. `plans` are merged over all copies;
    of two that contradict each other it is the deciding copy's, and `conflicts` names it.
    """

    repo: str
    history: Line
    first: int
    standings: tuple[Standing, ...]
    plans: Mapping[PlanKey, PlanEntry]
    conflicts: frozenset[PlanKey]
    prunings: Mapping[str, Pruning]

    @property
    def forked(self) -> tuple[Standing, ...]:
        return tuple(standing for standing in self.standings if standing.forked)

    @property
    def index(self) -> dict[str, int]:
        """The pointers that the history asks for, by key, and the sequence of each."""
        return pointers(self.repo, self.history)

    @property
    def kept(self) -> Sequence[Entry]:
        """The entries whose state has to be there."""
        notes = self.prunings.values()
        return [each for each in self.history if not any(note.covers(each.record) for note in notes)]


def agree(repo: str, surveys: Sequence[Survey], *, keep: str = "") -> Agreement:
    """What these copies agree on. `keep` is the URL of the copy that is to win a fork."""
    readable = [survey for survey in surveys if survey.error is None]
    pool = {entry.digest: entry for survey in readable for entry in survey.entries.values()}
    whole = _whole(pool)
    lines = [_line(survey, pool, whole) for survey in readable]
    order = sorted(
        range(len(readable)), key=lambda i: (readable[i].url != keep, _rank(readable[i], lines[i]))
    )
    first = order[0] if order else 0
    history: Line = ()
    for index in order:
        if len(lines[index]) > len(history) and lines[index][: len(history)] == history:
            history, first = lines[index], first if history else index
    standings = tuple(_stand(survey, line, history) for survey, line in zip(readable, lines, strict=True))
    merged, conflicts = _merge_plans([readable[index] for index in order])
    return Agreement(
        repo=repo,
        history=history,
        first=first,
        standings=standings,
        plans=merged,
        conflicts=conflicts,
        prunings={digest: note for survey in readable for digest, note in survey.prunings.items()},
    )


def pointers(repo: str, line: Line) -> dict[str, int]:
    """Which entry each tag and version of a history points at: the newest that names it."""
    found = {}
    for entry in line:
        record = entry.record
        for key in (layout.version(repo, record.version), *(layout.tag(repo, tag) for tag in record.tags)):
            found[key] = entry.sequence
    return found


def pointed(repo: str, survey: Survey) -> dict[str, int]:
    """Which entry each tag and version of a copy points at, by key."""
    tags = {layout.tag(repo, tag): sequence for tag, sequence in survey.tags.items()}
    return {layout.version(repo, name): sequence for name, sequence in survey.versions.items()} | tags


def problems(agreement: Agreement, surveys: Sequence[Survey]) -> tuple[Problem, ...]:
    """Everything that is wrong, copy by copy: the objects by themselves, and what they say together."""
    standings = {standing.url: standing for standing in agreement.standings}
    found: list[Problem] = []
    for survey in surveys:
        if survey.error:
            found.append(Problem(survey.url, "unreachable", "", survey.error.message))
        else:
            found += survey.problems
            found += _judge(agreement, standings[survey.url])
    return tuple(dict.fromkeys(found))


def _whole(pool: Mapping[str, Entry]) -> frozenset[str]:
    """The digests of entries that descend, link by link, from a first one (rule 1)."""
    whole: set[str] = set()
    for entry in sorted(pool.values(), key=lambda entry: entry.sequence):
        parent = pool.get(entry.record.parent)
        if follows(entry, parent) and (parent is None or parent.digest in whole):
            whole.add(entry.digest)
    return frozenset(whole)


def _line(survey: Survey, pool: Mapping[str, Entry], whole: frozenset[str]) -> Line:
    """The line of a copy: of its newest entry that descends from a first one."""
    tips = sorted(survey.entries.values(), key=lambda entry: -entry.sequence)
    tip = next((entry for entry in tips if entry.digest in whole), None)
    line = []
    while tip:
        line.append(tip)
        tip = pool.get(tip.record.parent)
    return tuple(reversed(line))


def _rank(survey: Survey, line: Line) -> bool:
    """Does the line come last (rule 3)?"""
    return not line or line[-1].sequence in survey.doubtful


def _stand(survey: Survey, line: Line, history: Line) -> Standing:
    common = 0
    for ours, theirs in zip(line, history, strict=False):
        if ours.digest != theirs.digest:
            break
        common += 1
    return Standing(survey, line, common, forked=common < len(line))


def _merge_plans(surveys: Sequence[Survey]) -> tuple[dict[PlanKey, PlanEntry], frozenset[PlanKey]]:
    merged: dict[PlanKey, PlanEntry] = {}
    conflicts = set()
    for survey in surveys:
        for key, plan in survey.plans.items():
            try:
                merged[key] = plans.merge(merged[key], plan) if key in merged else plan
            except ConflictError:
                conflicts.add(key)
    return merged, frozenset(conflicts)


def _judge(agreement: Agreement, standing: Standing) -> Iterator[Problem]:
    """What is wrong with a copy beside its objects by themselves."""
    line, survey, history = standing.line, standing.survey, agreement.history
    if standing.forked:
        decided = agreement.standings[agreement.first].url
        yield _of(survey, "forked", "", _fork_text(standing, history, decided))
    elif len(line) < len(history):
        yield _of(survey, "behind", "", f"ends with entry {len(line)}, and the history has {len(history)}")
    yield from _judge_entries(agreement.repo, survey, line)
    yield from _judge_states(agreement, survey, line)
    yield from _judge_pointers(agreement.repo, survey, line)
    for key in sorted(agreement.plans):
        yield from _judge_plan(agreement, survey, key)


def _judge_entries(repo: str, survey: Survey, line: Line) -> Iterator[Problem]:
    for entry in line:
        there = survey.entries.get(entry.sequence)
        if there is None and entry.sequence not in survey.inventory.sequences:
            yield _of(survey, "missing", _relative(repo, layout.entry(repo, entry.sequence)), "is not there")
        elif there and there != entry:
            text = "is not the entry that the one after it names: it was altered"
            yield _of(survey, "corrupt", _relative(repo, layout.entry(repo, entry.sequence)), text)
    for sequence in sorted(survey.entries):
        if sequence > len(line):
            text = "does not descend from a first entry: what it continues is nowhere"
            yield _of(survey, "corrupt", _relative(repo, layout.entry(repo, sequence)), text)


def _judge_states(agreement: Agreement, survey: Survey, line: Line) -> Iterator[Problem]:
    there = survey.inventory.states
    needed = {entry.record.state: entry for entry in line if not survey.pruned(entry)}
    for digest, entry in needed.items():
        if there is not None and digest not in there:
            text = f"is not there, and entry {entry.sequence} needs it"
            yield _of(survey, "missing", f"states/{digest}.json", text)


def _judge_pointers(repo: str, survey: Survey, line: Line) -> Iterator[Problem]:
    wanted, there = pointers(repo, line), pointed(repo, survey)
    held = {layout.tag(repo, tag) for tag in survey.inventory.tags}
    held |= {layout.version(repo, version) for version in survey.inventory.versions}
    for key in sorted(wanted.keys() - held):
        yield _of(survey, "pointer", _relative(repo, key), f"is not there; entry {wanted[key]} has this name")
    for key in sorted(there.keys() & wanted.keys()):
        if there[key] != wanted[key]:
            text = f"points at entry {there[key]}, and entry {wanted[key]} has this name"
            yield _of(survey, "pointer", _relative(repo, key), text)
    for key in sorted(there.keys() - wanted.keys()):
        yield _of(survey, "pointer", _relative(repo, key), "is the name of no entry of the history")


def _judge_plan(agreement: Agreement, survey: Survey, key: PlanKey) -> Iterator[Problem]:
    there, place = survey.plans.get(key), _relative(agreement.repo, layout.plan(agreement.repo, key))
    if key in agreement.conflicts:
        if there and not plans.same_plan(there.plan, agreement.plans[key].plan):
            yield _of(survey, "conflict", place, "is another plan than that of the copies before it")
    elif there is None and key not in survey.inventory.plans:
        yield _of(survey, "behind", place, "is not there, and another copy has it")
    elif there and there != agreement.plans[key]:
        yield _of(survey, "behind", place, "is not as far on as in another copy")


def _fork_text(standing: Standing, history: Line, decided: str) -> str:
    ours, theirs = standing.line[-1], history[-1]
    return (
        f"is forked after entry {standing.common}: here entry {ours.sequence} of {ours.record.time}, digest "
        f"{ours.digest[:12]}; in {decided} entry {theirs.sequence} of {theirs.record.time}, digest "
        f"{theirs.digest[:12]}"
    )


def _relative(repo: str, key: str) -> str:
    return key.removeprefix(f"{layout.repository(repo)}/")


def _of(survey: Survey, kind: Kind, object: str, text: str) -> Problem:
    return Problem(survey.url, kind, object, text)
