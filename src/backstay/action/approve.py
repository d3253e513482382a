"""The action `schema/plan/approve`: after the merge, the reviewed plan may be applied."""

from __future__ import annotations

from backstay.action.plan import the_pending_plan
from backstay.action.step import Step
from backstay.errors import ConfigError, NoChangesError
from backstay.operations.options import PlanListOptions, PlanOptions, PlanURLOptions
from backstay.report import markdown


def approve(step: Step) -> None:
    """Approve the plan given, else the pending one of the transition; succeed where there is none."""
    if step.trigger.pull_request is not None:
        raise ConfigError(
            "a plan cannot be approved in the run of a pull request",
            hint="run this action on the branch, after the pull request was merged",
        )
    url = step.inputs.text("plan") or _pending_url(step)
    if not url:
        return
    result = step.operations.approve_plan(step.options(PlanURLOptions, url=url), step.observer)
    step.output(plan=result.url, link=result.link, status=result.status)
    step.warn_of_missed_targets(result.targets)
    step.platform.log(f"{result.url}: {result.status}")
    actor = step.trigger.context.username
    step.pages.append(markdown.approve_page(result, step.origin(), actor))


def _pending_url(step: Step) -> str:
    try:
        pending = the_pending_plan(step)
        if pending is not None:
            return pending.url
        _explain_absence(step)
    except NoChangesError:
        message = (
            "the current state is the desired state already "
            "(if it is the registry's, did schema/push run before this step? approve first, then push)"
        )
        step.platform.annotate("warning", f"nothing to approve: {message}", title="Nothing to approve")
        step.pages.append(markdown.unneeded_page(message, step.origin()))
    return ""


def _explain_absence(step: Step) -> None:
    """No plan is pending: say whether one is approved already, or missing.

    Raises `NoChangesError` where none is needed, which is found out by planning again without saving.
    """
    plans = step.operations.list_plans(step.options(PlanListOptions), step.observer)
    if plans:
        message = f"{plans[0].url} is {plans[0].status} already"
        step.platform.log(message)
        step.pages.append(markdown.unneeded_page(message, step.origin()))
        return
    plan = step.operations.plan(step.options(PlanOptions, mode="dry-run"), step.observer).file
    step.platform.annotate(
        "warning",
        f"no plan is pending from {plan.from_hash} to {plan.to_hash}: "
        "nothing was approved, and applying this change will need a review",
        title="No plan for this schema transition",
    )
    step.pages.append(markdown.stale_page(plan, step.origin()))
