"""Verify: is every object of every target what it should be, and do the targets agree?"""

from __future__ import annotations

from collections.abc import Sequence

from backstay.operations.observer import Observer
from backstay.operations.options import RegistryOptions
from backstay.operations.registry.results import CopyReport, RepositoryReport, Status, VerifyResult
from backstay.operations.registry.targets import Targets
from backstay.registry.survey import Kind, Problem, Survey
from backstay.registry.survey_history import Agreement, Standing, agree, problems


def verify(options: RegistryOptions, observer: Observer) -> VerifyResult:
    """Read and judge everything. Changes nothing; what is wrong is in the result, and raises nothing."""
    targets = Targets(options, observer)
    targets.require("read")
    return VerifyResult(
        repositories=tuple(report(repo, targets.survey(repo)) for repo in targets.repositories)
    )


def report(repo: str, surveys: Sequence[Survey]) -> RepositoryReport:
    """What surveys of all copies of a repository say."""
    agreement = agree(repo, surveys)
    found = problems(agreement, surveys)
    history = agreement.history
    standings = {standing.url: standing for standing in agreement.standings}
    return RepositoryReport(
        repo=repo,
        head=len(history),
        version=history[-1].record.version if history else "",
        copies=tuple(
            _copy(survey, standings.get(survey.url), agreement, found, primary=index == 0)
            for index, survey in enumerate(surveys)
        ),
        problems=found,
        pruned=len(frozenset(state for note in agreement.prunings.values() for state in note.states)),
    )


def _copy(
    survey: Survey,
    standing: Standing | None,
    agreement: Agreement,
    found: Sequence[Problem],
    *,
    primary: bool,
) -> CopyReport:
    line = standing.line if standing else ()
    kinds = {problem.kind for problem in found if problem.url == survey.url}
    return CopyReport(
        url=survey.url,
        primary=primary,
        status=_status(standing, agreement, kinds),
        head=len(line),
        digest=line[-1].digest if line else "",
        entries=len(survey.entries),
        states=len(survey.states),
        tags=len(survey.tags),
        versions=len(survey.versions),
        plans=len(survey.plans),
        branches=tuple(sorted(survey.branches)),
    )


def _status(standing: Standing | None, agreement: Agreement, kinds: set[Kind]) -> Status:
    """The gravest that can be said of a copy."""
    if standing is None:
        return "unreachable"
    if standing.forked:
        return "forked"
    if kinds - {"behind"}:
        return "damaged"
    if not standing.line and agreement.history:
        return "empty"
    return "behind" if kinds else "ok"
