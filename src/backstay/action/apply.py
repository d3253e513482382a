"""The action `schema/apply`: a database is migrated, where asked for only after a human approved.

A review is asked for with `lint-review`. It begins with the plans that exist for the transition:

| plans | `ALWAYS` | `WARNING`, `ERROR` |
|---|---|---|
| several | the engine decides | the engine decides |
| one | wait for it, apply it | wait for it, apply it |
| none | make one, wait, apply it | the same if the analysis finds something, else apply at once |
"""

from __future__ import annotations

from backstay.action.documents import output_plan, output_targets
from backstay.action.step import Step
from backstay.action.verdict import reaches
from backstay.engine.differences import explain
from backstay.errors import BackstayError, DatabaseError, NoChangesError, NotApprovedError, NotFoundError
from backstay.operations.addresses import repository_of
from backstay.operations.options import ApplyOptions, PlanListOptions, PlanOptions
from backstay.operations.results import ApplyResult, PlanFile
from backstay.report import markdown


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
    finally:
        _tell(step, results)
    for result in results:
        if result.error:
            step.failure_shown = True
            details = explain(result.differences)
            reason = result.reason or DatabaseError.reason
            raise BackstayError(result.error, reason=reason, details=details)


def _tell(step: Step, results: list[ApplyResult]) -> None:
    """Outputs and summary of the targets that were reached, also when something failed on the way."""
    output_targets(step, results)
    plans = step.observer.plans
    if plans:
        output_plan(step, plans[0])
    if results:
        step.summary.append(markdown.apply_summary(results, step.origin()))
    if len(plans) > sum(result.plan is not None for result in results):
        step.summary.append(markdown.plan_summary(plans[-1], step.origin()))


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
        url = found[0].url if found else _pending_plan(step)
    except NoChangesError:
        return ""
    if url:
        _wait(step, url)
    return url


def _plans(step: Step) -> tuple[PlanFile, ...]:
    return step.operations.list_plans(step.options(PlanListOptions, **_transition(step)), step.observer)


def _pending_plan(step: Step) -> str:
    """Make a plan that waits for approval, if the review asks for one."""
    review = step.inputs.text("lint-review")
    if review != "ALWAYS":
        options = step.options(PlanOptions, mode="dry-run", **_transition(step))
        if not reaches(step.operations.plan(options, step.observer).analysis, review):
            return ""
    options = step.options(
        PlanOptions,
        mode="pending",
        auto_approve=True,
        namer=step.plan_namer("commit"),
        **_transition(step),
    )
    return step.operations.plan(options, step.observer).file.url


def _wait(step: Step, url: str) -> None:
    """Until the plan is approved. With no timeout this looks once, and the apply says what is missing."""
    timeout = step.inputs.seconds("wait-timeout")
    deadline = step.clock.now() + timeout
    told = False
    while True:
        plan = next((plan for plan in _plans(step) if plan.url == url), None)
        if plan is None:
            raise NotFoundError(f"the plan {url} is gone", hint="run the step again to make a new plan")
        if plan.status == "APPROVED":
            return
        if not told:
            step.platform.annotate(
                "warning", f"approve {plan.link or url}", title="A plan waits for approval"
            )
            told = True
        left = deadline - step.clock.now()
        if timeout == 0:
            return
        if left <= 0:
            raise ApprovalTimeoutError(
                f"the plan {plan.link or url} was not approved in time",
                hint=f"approve it with `backstay schema plan approve --url {url}`, and run the step again",
            )
        step.clock.sleep(min(step.inputs.seconds("wait-interval"), left))


def _transition(step: Step) -> dict[str, object]:
    """From the target database to the desired state, as the plan operations name it."""
    url, to = step.inputs.text("url"), step.inputs.items("to")
    repo = step.inputs.text("schema-name")
    if not repo and len(to) == 1 and to[0].startswith("atlas://"):
        repo = repository_of(to[0])
    return {"from_": (url,) if url else (), "repo": repo}
