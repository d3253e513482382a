"""Restore: build a registry again from one of its backups."""

from __future__ import annotations

from backstay.errors import ConfigError, CorruptError, ForkError, NotFoundError
from backstay.operations.observer import Observer
from backstay.operations.options import RestoreOptions
from backstay.operations.registry.results import RepairResult, StepResult
from backstay.operations.registry.sync import results
from backstay.operations.registry.targets import Targets
from backstay.registry.repair import Repair, repairs
from backstay.registry.survey import Problem
from backstay.registry.survey_history import agree, problems


def restore(options: RestoreOptions, observer: Observer) -> RepairResult:
    """Copy everything that is missing at the destination from the source.

    All repositories are looked at before anything is written. Raises `CorruptError` for a source that is
    not whole, `ForkError` for a destination whose history is not a beginning of the source's.
    """
    targets = Targets(options, observer, given=(options.source, options.destination))
    if len(targets.replicas) < 2:
        raise ConfigError(
            "source and destination are the same place", hint="name two different ones with --from and --to"
        )
    targets.require("read" if options.dry_run else "push")
    planned = {repo: _plan(repo, targets) for repo in targets.repositories}
    steps: list[StepResult] = []
    left: list[Problem] = []
    for repo, repair in planned.items():
        steps += results(repo, repair, observer, dry_run=options.dry_run)
        if not options.dry_run:
            surveys = targets.survey(repo)
            left += problems(agree(repo, surveys), surveys)
    return RepairResult(steps=tuple(steps), problems=tuple(left), dry_run=options.dry_run)


def _plan(repo: str, targets: Targets) -> tuple[Repair, ...]:
    source, destination = targets.survey(repo)
    for survey in (source, destination):
        if survey.error:
            raise survey.error
    if not source.entries and not source.plans:
        raise NotFoundError(f"{source.url} has no repository {repo}", hint="check --from, and the name")
    own = problems(agree(repo, [source]), [source])
    if own:
        raise CorruptError(
            f"{source.url} is not whole: {len(own)} problems, the first: {own[0].object} {own[0].text}",
            hint="see them with registry verify; mend it with registry sync, or restore from another copy",
        )
    agreement = agree(repo, [source, destination], keep=source.url)
    second = agreement.standings[1]
    if second.forked or len(agreement.history) > len(agreement.standings[0].line) or agreement.conflicts:
        raise ForkError(
            f"{destination.url} holds something of {repo} that {source.url} does not have",
            hint="restore to an empty place; or let registry sync --keep decide, which loses nothing",
        )
    return tuple(each for each in repairs(agreement, targets.replicas) if each.url == destination.url)
