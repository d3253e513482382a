"""The action `schema/apply`: a database is migrated, where asked for only after a human approved.

A review is asked for with `lint-review`. It begins with the plans that exist for the transition:

| plans | `ALWAYS` | `WARNING`, `ERROR` |
|---|---|---|
| several | the engine decides | the engine decides |
| one | wait for it, apply it | wait for it, apply it |
| none | make one, wait, apply it | the same if the analysis finds something, else apply at once |
"""

from __future__ import annotations

from msgspec.structs import replace

from backstay.action import comment
from backstay.action.documents import TargetOutput, output_plan, output_targets
from backstay.action.failure import failure_reason
from backstay.action.signals import Interrupted
from backstay.action.step import Step
from backstay.action.verdict import reaches
from backstay.engine.differences import explain
from backstay.errors import (
    BackstayError,
    CancelledError,
    DatabaseError,
    NoChangesError,
    NotApprovedError,
    NotFoundError,
)
from backstay.operations.addresses import repository_of
from backstay.operations.options import ApplyOptions, PlanListOptions, PlanOptions, PlanURLOptions
from backstay.operations.results import ApplyResult, PlanFile, PlanResult
from backstay.report import markdown
from backstay.report.markdown import TargetRow, page

_ICONS = {"failed": page.FAILED, "skipped": page.SKIPPED}
_SKIPPED = "Not reached: an earlier one failed"


class ApprovalTimeoutError(NotApprovedError):
    """Nobody approved the plan within `wait-timeout`."""

    reason = "approval-timeout"


def apply(step: Step) -> None:
    """Migrate the target, or each target of the env until one fails."""
    options = step.options(
        ApplyOptions,
        plan=step.inputs.text("plan") or (_reviewed(step) if _needs_review(step) else ""),
        auto_approve=step.inputs.flag("auto-approve") and not step.inputs.flag("dry-run"),
    )
    step.observer.plans.clear()  # those made for the review
    step.observer.review = step.inputs.text("lint-review")
    step.observer.fail_on = step.inputs.text("fail-on")
    results: list[ApplyResult] = []
    try:
        results.extend(step.operations.apply(options, step.observer))
    except BackstayError as error:
        _tell(step, results, error)
        raise
    except Interrupted:
        stopped = [result for result in step.observer.results if result not in results]
        _tell(step, [*results, *stopped], CancelledError("the run was cancelled"))
        raise
    _tell(step, results)
    for result in results:
        if result.error:
            step.failure_shown = True
            details = explain(result.differences)
            reason = result.reason or DatabaseError.reason
            raise BackstayError(result.error, reason=reason, details=details)


def _tell(step: Step, results: list[ApplyResult], stopped: BackstayError | None = None) -> None:
    """Outputs and pages of the targets that were reached, and of those that were not."""
    unreached = _unreached(step, len(results), stopped)
    output_targets(step, results, unreached)
    plans = step.observer.plans
    if plans:
        output_plan(step, plans[0])
    if results or len(unreached) > 1:
        rows = [TargetRow(icon=_ICONS[t.status], url=t.url, outcome=t.error or _SKIPPED) for t in unreached]
        step.pages.append(markdown.apply_page(results, step.origin(), rows))
    if len(plans) > sum(result.plan is not None for result in results):
        step.pages.append(markdown.plan_page(plans[-1], step.origin()))


def _unreached(step: Step, reached: int, stopped: BackstayError | None) -> list[TargetOutput]:
    """The target that stopped the run before it had a result, and those that come after the last one."""
    found = [
        TargetOutput(driver=target.driver, url=target.url, schema=target.schema, status="skipped")
        for target in step.observer.targets[reached:]
    ]
    if found and stopped is not None:
        reason = failure_reason(stopped.reason_code)
        found[0] = replace(found[0], status="failed", error=stopped.message, reason=reason)
    return found


def _needs_review(step: Step) -> bool:
    return step.inputs.given("lint-review") and not (
        step.inputs.flag("auto-approve") or step.inputs.flag("dry-run")
    )


def _reviewed(step: Step) -> str:
    """The URL of a plan that was approved; empty where the apply itself decides.

    Raises `ApprovalTimeoutError`, and `NotFoundError` where the plan goes away meanwhile.
    """
    found = _plans(step)
    if len(found) > 1:
        return ""
    try:
        plan = _of_file(found[0]) if found else _pending_plan(step)
    except NoChangesError:
        return ""
    if plan is None:
        return ""
    _wait(step, plan)
    return plan.file.url


def _of_file(file: PlanFile) -> PlanResult:
    """A stored plan, of which nothing more is known than its text."""
    return PlanResult(repo=repository_of(file.url), file=file)


def _plans(step: Step) -> tuple[PlanFile, ...]:
    return step.operations.list_plans(step.options(PlanListOptions, **_transition(step)), step.observer)


def _pending_plan(step: Step) -> PlanResult | None:
    """Make a plan that waits for approval, if the review asks for one."""
    review = step.inputs.text("lint-review")
    if review != "ALWAYS":
        options = step.options(PlanOptions, mode="dry-run", **_transition(step))
        if not reaches(step.operations.plan(options, step.observer).analysis, review):
            return None
    options = step.options(
        PlanOptions,
        mode="pending",
        auto_approve=True,
        namer=step.plan_namer("commit"),
        **_transition(step),
    )
    return step.operations.plan(options, step.observer)


def _wait(step: Step, plan: PlanResult) -> None:
    """Until the plan is approved. With no timeout this looks once, and the apply says what is missing.

    Only the plan is looked at: what the states are is found out once, by the apply.
    """
    timeout = step.inputs.seconds("wait-timeout")
    deadline = step.clock.now() + timeout
    status: str = plan.file.status
    look = step.options(PlanURLOptions, url=plan.file.url)
    while status != "APPROVED":
        if not step.pages:
            _announce(step, plan, waits=timeout > 0)
        left = deadline - step.clock.now()
        if timeout == 0:
            return
        if left <= 0:
            raise ApprovalTimeoutError(
                f"the plan {plan.file.link or plan.file.url} was not approved in time",
                hint=f"approve it with `backstay schema plan approve --url {plan.file.url}`, "
                "and run the step again",
            )
        step.clock.sleep(min(step.inputs.seconds("wait-interval"), left))
        status = _status(step, look)
    step.pages.clear()


def _status(step: Step, look: PlanURLOptions) -> str:
    try:
        return step.operations.read_plan(look, step.observer).status
    except NotFoundError as error:
        raise NotFoundError(
            f"the plan {look.url} is gone", hint="run the step again to make a new plan"
        ) from error


def _announce(step: Step, plan: PlanResult, *, waits: bool) -> None:
    """Say that somebody has to approve; at once, where the step waits for it."""
    where = plan.file.link or plan.file.url
    step.platform.annotate("warning", f"approve {where}", title="A plan waits for approval")
    step.pages.append(markdown.waiting_page(plan, step.origin()))
    if waits:
        comment.write(step, step.pages)


def _transition(step: Step) -> dict[str, object]:
    """From the target database to the desired state, as the plan operations name it."""
    url, to = step.inputs.text("url"), step.inputs.items("to")
    repo = step.inputs.text("schema-name")
    if not repo and len(to) == 1 and to[0].startswith("atlas://"):
        repo = repository_of(to[0])
    return {"from_": (url,) if url else (), "repo": repo}
