"""Plan: work a migration out, prove it, and do with it what was asked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from backstay import urls
from backstay.engine import migration
from backstay.errors import ConfigError, NotApprovedError
from backstay.operations import planfile
from backstay.operations.addresses import plan_url
from backstay.operations.observer import Observer
from backstay.operations.options import PlanOptions, TransitionOptions
from backstay.operations.resolve import single
from backstay.operations.results import PlanFile, PlanResult, Target
from backstay.operations.settings import Settings
from backstay.operations.transition import Planned, Transition, checked, planned, statements_of, transition
from backstay.registry.records import PlanRecord, PlanStatus, RunContext

STATUS: dict[str, PlanStatus] = {"push": "APPROVED", "pending": "PENDING"}
"""Modes that store the plan, and the status they store it with."""

MODES = frozenset({"dry-run", "save", *STATUS})


def plan(options: PlanOptions, observer: Observer) -> PlanResult:
    """Plan the transition, and do with it what `options.mode` says.

    Raises `NoChangesError` when both states agree, `NotApprovedError` when a person said no.
    """
    if options.mode not in MODES:
        raise ConfigError(f'unknown mode "{options.mode}" of plan', hint=f"use one of {sorted(MODES)}")
    settings = settings_of(options, observer)
    if options.mode in STATUS:
        settings.repository()
    step = transition(settings, options.from_)
    name = options.name or options.namer(step.before.state.hash, step.after.state.hash) or default_name()
    made = planned(settings, step, name, options.directives, lint=not options.skip_lint, edit=options.edit)
    result = result_of(settings, step, made)
    observer.planned(target_of(settings, step), result)
    if options.mode == "dry-run":
        return result
    if not options.auto_approve and not observer.approve(result):
        raise NotApprovedError("the plan was not approved", hint="nothing was stored")
    if options.mode == "save":
        return save(options, result)
    return store(settings, step, result, STATUS[options.mode], options.context)


def settings_of(options: TransitionOptions, observer: Observer) -> Settings:
    """The one target of a command that names a transition."""
    return single(options, observer, src=options.to, repo=options.repo)


def reviewed(settings: Settings, step: Transition, file: PlanFile) -> PlanResult:
    """A plan that a person may have edited: it must fit the transition, and lead to its end."""
    planfile.match(file, step.before.state, step.after.state)
    fragments = step.dialect.split(file.migration)
    file = msgspec.structs.replace(
        file,
        statements=fragments,
        from_desc=file.from_desc or step.before.description,
        to_desc=file.to_desc or step.after.description,
    )
    statements = migration.adopt(fragments, statements_of(settings, step))
    file = msgspec.structs.replace(file, effects=planfile.effects(fragments, statements))
    return result_of(settings, step, checked(settings, step, Planned(file=file, statements=statements)))


def result_of(settings: Settings, step: Transition, made: Planned) -> PlanResult:
    """A checked plan as a result."""
    return PlanResult(
        repo=settings.repo,
        file=made.file,
        env=target_of(settings, step),
        planned=made.statements,
        analysis=made.analysis,
        before=step.before.state.realm,
        after=step.after.state.realm,
        sources=step.after.state.sources,
        rows=step.rows,
    )


def target_of(settings: Settings, step: Transition) -> Target:
    """The database that reports name for a transition: the dev database, where plans are made."""
    return Target(
        driver=step.dialect.driver,
        url=urls.redact(settings.dev or settings.url),
        schema=step.before.state.schema,
    )


def save(options: PlanOptions, result: PlanResult) -> PlanResult:
    """Write the plan file: to `output`, or to `<name>.plan.hcl` in the working directory."""
    name = result.file.name
    if not options.output and Path(name).name != name:
        raise ConfigError(f'"{name}" is no file name', hint="say with --output where the plan goes")
    path = Path(options.output.removeprefix("file://") or f"{name}.plan.hcl")
    planfile.write(result.file, path)
    return msgspec.structs.replace(result, file=msgspec.structs.replace(result.file, url=f"file://{path}"))


def store(
    settings: Settings, step: Transition, result: PlanResult, status: PlanStatus, context: RunContext
) -> PlanResult:
    """Store the plan in the registry and every backup; one of them is enough."""
    file, repo = result.file, settings.repository()
    record = PlanRecord(
        repo=repo,
        name=file.name,
        from_hash=file.from_hash,
        to_hash=file.to_hash,
        from_desc=file.from_desc,
        to_desc=file.to_desc,
        migration=file.migration,
        effects=file.effects,
        status=status,
        dialect=step.dialect.family,
        time=now(),
        context=context,
    )
    written = settings.open_registry().create_plan(record)
    stored = msgspec.structs.replace(file, url=plan_url(repo, file.name), status=written.plan.status)
    return msgspec.structs.replace(result, file=stored, targets=settings.told(written.targets))


def default_name() -> str:
    """A name for a plan that was given none: UTC `YYYYMMDDHHMMSS`."""
    return datetime.now(UTC).strftime("%Y%m%d%H%M%S")


def now() -> str:
    """This moment, RFC 3339 in UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
