"""Sync: bring the targets to agreement, as far as that loses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from backstay.operations.observer import Observer
from backstay.operations.options import SyncOptions
from backstay.operations.registry.results import RepairResult, StepResult
from backstay.operations.registry.targets import Targets
from backstay.registry import layout
from backstay.registry.repair import Repair, carry_out, repairs
from backstay.registry.survey import Problem
from backstay.registry.survey_history import agree, problems


def sync(options: SyncOptions, observer: Observer) -> RepairResult:
    """Bring every target that can be read to the history that counts.

    A fork is settled only where `keep` says which target wins: the others put what is theirs alone aside.
    Afterwards everything is verified again, and what is still wrong is part of the result.
    """
    targets = Targets(options, observer)
    targets.require("read" if options.dry_run else "push")
    keep = targets.replica(options.keep).url if options.keep else ""
    if options.branch:
        layout.branch("repo", options.branch)
    steps: list[StepResult] = []
    left: list[Problem] = []
    for repo in targets.repositories:
        surveys = targets.survey(repo)
        agreement = agree(repo, surveys, keep=keep)
        planned = repairs(agreement, targets.replicas, settle=bool(keep), branch=options.branch)
        steps += results(repo, planned, observer, dry_run=options.dry_run)
        if planned and not options.dry_run:
            surveys = targets.survey(repo)
            agreement = agree(repo, surveys)
        left += problems(agreement, surveys)
    return RepairResult(steps=tuple(steps), problems=tuple(left), dry_run=options.dry_run)


def results(
    repo: str, planned: Sequence[Repair], observer: Observer, *, dry_run: bool
) -> tuple[StepResult, ...]:
    """The steps, taken unless it is a dry run."""
    if dry_run:
        tried = tuple(step for repair in planned for step in repair.steps)
    else:
        tried = carry_out(planned, partial(observer.progress, f"{repo}: repair"))
    return tuple(StepResult(repo=repo, url=step.url, text=step.text, error=step.error) for step in tried)
