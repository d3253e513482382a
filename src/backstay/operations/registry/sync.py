"""Sync: bring the targets to agreement, as far as that loses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from backstay.decoding import decode
from backstay.errors import BackstayError, ConfigError
from backstay.operations.observer import Observer
from backstay.operations.options import SyncOptions
from backstay.operations.registry.results import RepairResult, StepResult
from backstay.operations.registry.targets import Targets
from backstay.registry import layout
from backstay.registry.repair import Repair, carry_out, repairs
from backstay.registry.replicated import ReplicatedRegistry
from backstay.registry.survey import Problem
from backstay.registry.survey_history import Agreement, agree, problems
from backstay.schema.state import State


def sync(options: SyncOptions, observer: Observer) -> RepairResult:
    """Bring every target that can be read to the history that counts.

    A fork is settled only where `keep` says which target wins: the others put what is theirs alone aside.
    Afterwards everything is verified again, and what is still wrong is part of the result. Nothing gets a
    signature by being copied: that takes `countersign`, for which a key or a server that signs is needed.
    """
    targets = Targets(options, observer)
    targets.require("read" if options.dry_run else "push")
    keep = targets.replica(options.keep).url if options.keep else ""
    if options.branch:
        layout.branch("repo", options.branch)
    steps: list[StepResult] = []
    left: list[Problem] = []
    if options.countersign:
        _require_signer(targets)
    for repo in targets.repositories:
        surveys = targets.survey(repo)
        agreement = agree(repo, surveys, keep=keep)
        planned = repairs(agreement, targets.replicas, settle=bool(keep), branch=options.branch)
        steps += results(repo, planned, observer, dry_run=options.dry_run)
        signed = _countersigned(repo, agreement, targets, options) if options.countersign else ()
        steps += signed
        if (planned or signed) and not options.dry_run:
            surveys = targets.survey(repo)
            agreement = agree(repo, surveys)
        left += problems(agreement, surveys)
    return RepairResult(steps=tuple(steps), problems=tuple(left), dry_run=options.dry_run)


def _require_signer(targets: Targets) -> None:
    """Raises `ConfigError` where a signature could not be had, or would mean nothing."""
    if not targets.trust.demanded:
        raise ConfigError(
            "no keys are trusted, so nobody asks for signatures", hint="name trusted keys, or go without"
        )
    if not targets.signer and not targets.replicas[0].signs():
        raise ConfigError(
            f"{targets.replicas[0].url} signs nothing, and there is no key here to sign with",
            hint="give the key in BACKSTAY_SIGNING_KEY",
        )


def _countersigned(
    repo: str, agreement: Agreement, targets: Targets, options: SyncOptions
) -> tuple[StepResult, ...]:
    """Push the newest version again with its tags, where nobody has signed it.

    What has a signature that does not count stays as it is: somebody has to look at that.
    """
    primary, *backups = targets.replicas
    held = [entry for entry in agreement.history if not targets.trust.accepts(entry)]
    if not held or held[-1] != agreement.history[-1] or held[-1].record.signatures:
        return ()
    newest = held[-1].record
    pointing = agreement.index
    same = [entry.record for entry in held if entry.record.state == newest.state]
    tags = [tag for each in same for tag in each.tags if pointing[layout.tag(repo, tag)] == each.sequence]
    step = StepResult(repo=repo, url=primary.url, text=f"push version {newest.version} again, to be signed")
    if options.dry_run:
        return (step,)
    registry = ReplicatedRegistry(primary, backups, trust=targets.trust, signer=targets.signer)
    try:
        state = decode(_state(agreement, targets, newest.state), State)
        registry.push(repo, state, tags=tags, version=newest.version, context=newest.context)
    except BackstayError as error:
        return (replace(step, error=error.message),)
    return (step,)


def _state(agreement: Agreement, targets: Targets, digest: str) -> bytes:
    """The bytes of a state, from the first copy that has it whole."""
    urls = [standing.url for standing in agreement.standings if digest in standing.survey.states]
    return targets.replica(urls[0]).state(agreement.repo, digest)


def results(
    repo: str, planned: Sequence[Repair], observer: Observer, *, dry_run: bool
) -> tuple[StepResult, ...]:
    """The steps, taken unless it is a dry run."""
    if dry_run:
        tried = tuple(step for repair in planned for step in repair.steps)
    else:
        tried = carry_out(planned, partial(observer.progress, f"{repo}: repair"))
    return tuple(StepResult(repo=repo, url=step.url, text=step.text, error=step.error) for step in tried)
