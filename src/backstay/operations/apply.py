"""Apply: bring databases to the desired state, one target after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from typing import Any

import msgspec

from backstay import urls
from backstay.dialects.dialect import Limits, Session, Statement
from backstay.dialects.registry import dialect_for, is_database
from backstay.engine.compare import compare, describe
from backstay.engine.containers import is_container
from backstay.engine.differences import differences, explain
from backstay.engine.execute import Execution, Watcher, execute
from backstay.engine.probe import probe
from backstay.errors import (
    BackstayError,
    ConfigError,
    DatabaseError,
    DifferenceError,
    LintError,
    ManyPlansError,
    NoChangesError,
    NotApprovedError,
)
from backstay.operations import planfile
from backstay.operations.deployments import report
from backstay.operations.observer import Observer
from backstay.operations.options import ApplyOptions
from backstay.operations.plan import default_name, result_of, reviewed
from backstay.operations.resolve import targets
from backstay.operations.results import (
    AppliedFile,
    AppliedStatement,
    ApplyResult,
    PlanFile,
    PlanResult,
    StatementError,
    Target,
)
from backstay.operations.settings import Settings
from backstay.operations.transition import Transition, current, live_transition, planned, transaction_mode

LOCK_NAME = "atlas_migrate_execute"
"""The lock that other tools of the declarative workflow take too, so that they exclude each other."""

REJECTED = "Rejected by review policy: errors or warnings were found"


def apply(options: ApplyOptions, observer: Observer) -> Iterator[ApplyResult]:
    """Apply to every target of the env; a target that fails is the last one, its result has `error`.

    Raises `BackstayError` for what stops a target before there is a result.
    """
    _check_options(options)
    found = targets(options, observer, url=options.url, src=options.to, repo=options.repo)
    observer.selected([_named(settings) for settings in found])
    for settings in found:
        _check_settings(options, settings)
        result = _apply_target(options, settings)
        observer.finished(result)
        report(settings, result, options.context)
        yield result
        if result.error:
            return


def _named(settings: Settings) -> Target:
    """The target by its URL, before it is connected to."""
    dialect = dialect_for(settings.address) if is_database(settings.address) else None
    return Target(driver=dialect.driver if dialect else "", url=urls.redact(settings.url))


def _check_options(options: ApplyOptions) -> None:
    if options.tx_mode not in {"", "file", "all", "none"}:
        raise ConfigError(f'unknown tx-mode "{options.tx_mode}"', hint='use "file" (the default) or "none"')
    if options.dry_run and options.auto_approve:
        raise ConfigError("--dry-run and --auto-approve exclude each other", hint="give one of them")


def _check_settings(options: ApplyOptions, settings: Settings) -> None:
    if not settings.url:
        raise ConfigError('required flag(s) "url" not set', hint="give --url, or set url in the env")
    if is_container(settings.url):
        raise ConfigError(
            "a docker:// database ends with the run, and so would what is applied to it",
            hint="give --url a database that stays; docker:// is for --dev-url",
        )
    if not settings.src:
        what = (
            "the desired state is needed to verify the plan"
            if options.plan
            else "the desired state is missing"
        )
        raise ConfigError(
            f'required flag(s) "to" not set: {what}', hint="give --to, or set schema.src in the env"
        )
    _check_rules(settings)
    if settings.lint.review and options.auto_approve:
        raise ConfigError(
            f"--auto-approve is refused: the project's review policy is {settings.lint.review}",
            hint="take lint { review } out of the project file, or leave the flag out",
        )


def _check_rules(settings: Settings) -> None:
    """The project's own checks before an apply: a rule to allow that holds overrules what denies."""
    for check in settings.checks:
        if check.command != "schema_apply" or any(r.effect == "allow" and r.holds for r in check.rules):
            continue
        for rule in check.rules:
            if rule.effect == "deny" and rule.holds:
                raise NotApprovedError(
                    f'check "{rule.name}" denies the apply: {rule.message}',
                    hint="nothing was applied; see the check in the project file",
                )


def _apply_target(options: ApplyOptions, settings: Settings) -> ApplyResult:
    start = datetime.now(UTC)
    dialect = dialect_for(settings.address)
    with closing(dialect.connect(settings.address)) as session:
        target = Target(driver=dialect.driver, url=urls.redact(settings.url), schema=session.schema)
        step = live_transition(settings, dialect, session)
        draft = ApplyResult(target=target, start=start, end=start, source=step.after.source)
        if not step.changes:
            return _ended(draft)
        try:
            plan = _plan(options, settings, step)
        except NoChangesError:
            return _ended(draft)
        except DifferenceError as error:
            return _ended(draft, **_told(error))
        settings.observer.planned(target, plan)
        draft = msgspec.structs.replace(draft, plan=plan)
        pending = _texts(plan.planned)
        if options.dry_run:
            return _ended(draft, pending=pending, dry_run=True)
        refusal = _refusal(options, settings, plan)
        if refusal is not None:
            return _ended(draft, pending=pending, **_told(refusal))
        return _run(options, settings, session, step, draft)


def _plan(options: ApplyOptions, settings: Settings, step: Transition) -> PlanResult:
    """The plan to run: the one asked for, the approved one of this transition, or one made now."""
    file = _asked(options, settings) if options.plan else _approved(settings, step)
    if file is not None:
        return reviewed(settings, step, file)
    made = planned(settings, step, default_name(), lint=not options.skip_lint, edit=options.edit)
    return result_of(settings, step, made)


def _asked(options: ApplyOptions, settings: Settings) -> PlanFile:
    file = planfile.load(settings, options.plan)
    if file.status == "PENDING":
        raise NotApprovedError(
            f"cannot apply a migration plan in a PENDING state: {file.url}",
            hint=f"approve it first: atlas schema plan approve --url {file.url}",
        )
    return file


def _approved(settings: Settings, step: Transition) -> PlanFile | None:
    repo = settings.repo or step.after.repo
    if not repo:
        return None
    stored = settings.open_registry().plans(repo, step.before.state.hash, step.after.state.hash)
    approved = [planfile.file_of(record) for record in stored if record.status == "APPROVED"]
    if len({file.migration for file in approved}) > 1:
        found = ", ".join(file.url for file in approved)
        raise ManyPlansError(
            "multiple pre-planned migrations were found in the registry for this schema transition "
            f"(from {step.before.state.hash} to {step.after.state.hash}): {found}",
            hint="choose one with --plan, or remove the others: schema plan rm --url …",
        )
    return approved[0] if approved else None


def _refusal(options: ApplyOptions, settings: Settings, plan: PlanResult) -> BackstayError | None:
    """Why the plan may not run; nothing where somebody or the review policy approved it."""
    review, analysis = settings.lint.review, plan.analysis
    if plan.file.status == "APPROVED" or (not review and options.auto_approve):
        return None
    if review == "WARNING" and analysis is not None and not analysis.diagnostics:
        return None
    if review == "ERROR" and analysis is not None and not analysis.errors:
        return None
    if settings.observer.approve(plan):
        return None
    if review in {"WARNING", "ERROR"}:
        return LintError(REJECTED)
    return NotApprovedError(
        "the migration was not approved and was not applied",
        hint="approve it at the prompt, give --auto-approve, or approve a stored plan",
    )


def _run(
    options: ApplyOptions, settings: Settings, session: Session, step: Transition, draft: ApplyResult
) -> ApplyResult:
    """Lock, see that nothing moved, run, and see that the database is where it should be."""
    plan = draft.plan
    assert plan is not None
    name = options.lock_name or settings.lock_name or LOCK_NAME
    timeout = options.lock_timeout if settings.lock_timeout is None else settings.lock_timeout
    lock = nullcontext() if options.skip_lock else session.lock(name, timeout)
    with session.migrating(_limits(settings)), lock:
        if _is_done_meanwhile(settings, session, step):
            return _ended(msgspec.structs.replace(draft, plan=None))
        obstacle = probe(session, plan.planned, settings.observer.notice) if settings.diff.probe else None
        if obstacle is not None:
            return _ended(draft, pending=_texts(plan.planned), **_told(obstacle))
        settings.observer.started(draft.target, plan)
        begin = datetime.now(UTC)

        def stopped(outcome: Execution) -> None:
            settings.observer.finished(_result(draft, begin, outcome, _failure(outcome)))

        outcome = execute(
            session,
            plan.planned,
            mode=transaction_mode(plan.file.migration, plan.planned, options.tx_mode),
            watcher=Watcher(
                executing=settings.observer.executing,
                executed=settings.observer.executed,
                failed=settings.observer.failed,
                notice=settings.observer.notice,
                interrupted=stopped,
            ),
        )
        error = _failure(outcome) if outcome.error else _difference(settings, session, step)
    return _result(draft, begin, outcome, error)


def _result(
    draft: ApplyResult, begin: datetime, outcome: Execution, error: BackstayError | None
) -> ApplyResult:
    plan = draft.plan
    assert plan is not None
    return _ended(
        draft,
        applied=_applied_file(plan.file.name, begin, outcome),
        pending=_texts(plan.planned[len(outcome.applied) :]),
        rolled_back=outcome.rolled_back,
        **(_told(error) if error else {}),
    )


def _limits(settings: Settings) -> Limits:
    policy = settings.diff
    return Limits(lock_timeout=policy.lock_timeout, statement_timeout=policy.statement_timeout)


def _told(error: BackstayError) -> dict[str, Any]:
    """An error in the fields of a result."""
    found = error.differences if isinstance(error, DifferenceError) else ()
    return {
        "error": error.message,
        "hint": error.hint,
        "reason": error.reason_code,
        "differences": found,
    }


def _is_done_meanwhile(settings: Settings, session: Session, step: Transition) -> bool:
    """Under the lock: has another run brought the database to the desired state already?

    Raises `PlanError` where it is in another state than the one that the plan starts from.
    """
    now = current(settings, step.dialect, session)
    if now.hash == step.before.state.hash:
        return False
    if not compare(step.dialect, now, step.after.state, settings.diff.skip):
        settings.observer.notice("another run has brought the database to the desired state meanwhile")
        return True
    moved = compare(step.dialect, step.before.state, now)
    found = differences(moved)
    raise DifferenceError(
        f"the database changed while this migration was prepared: {describe(moved)}",
        differences=found,
        details=explain(found),
        hint="nothing was applied; run again to plan from the new state",
    )


def _failure(outcome: Execution) -> BackstayError | None:
    error = outcome.error
    if error is None or outcome.failed is None:
        return error
    message = f'executing statement "{outcome.failed.sql}": {error.message}'
    return BackstayError(message, hint=error.hint, reason=error.reason_code)


def _difference(settings: Settings, session: Session, step: Transition) -> BackstayError | None:
    """What the database still lacks after a migration that went through; normally nothing."""
    after = current(settings, step.dialect, session)
    remaining = compare(step.dialect, after, step.after.state, settings.diff.skip)
    if not remaining:
        return None
    found = differences(remaining)
    return DifferenceError(
        f"the migration was applied, and the database still differs: {describe(remaining)}",
        differences=found,
        details=explain(found),
        reason=DatabaseError.reason,
        hint="something beside this run changes the database, or rewrites what is executed: apply again",
    )


def _applied_file(name: str, begin: datetime, outcome: Execution) -> AppliedFile:
    error = None
    if outcome.error is not None:
        failed = outcome.failed.sql if outcome.failed else "COMMIT"
        error = StatementError(statement=failed, text=outcome.error.message)
    return AppliedFile(
        name=f"{name}.sql",
        version=name,
        start=begin,
        end=datetime.now(UTC),
        applied=tuple(
            AppliedStatement(comment=statement.comment, sql=f"{statement.sql};", duration=seconds)
            for statement, seconds in outcome.applied
        ),
        error=error,
    )


def _texts(statements: Sequence[Statement]) -> tuple[str, ...]:
    """Statements as results list them, with their terminator."""
    return tuple(f"{statement.sql};" for statement in statements)


def _ended(draft: ApplyResult, **fields: object) -> ApplyResult:
    return msgspec.structs.replace(draft, end=datetime.now(UTC), **fields)
