"""The action `schema/plan`: the migration to the desired schema, stored for approval."""

from __future__ import annotations

import re

from backstay.action.documents import output_plan
from backstay.action.step import Step
from backstay.action.verdict import refuse
from backstay.ci.base import Location
from backstay.errors import ManyPlansError, NoChangesError
from backstay.operations.options import PlanLintOptions, PlanListOptions, PlanOptions
from backstay.operations.results import PlanFile, PlanResult
from backstay.report import markdown
from backstay.report.markdown.places import place_of_finding

DIRECTIVE = re.compile(r"/(?:atlas|backstay):((?:nolint|txmode)\b.*)")
"""Directives that a pull request's description may give: a line that begins with one."""


def plan(step: Step) -> None:
    """Use the pending plan of this transition, or make one; succeed where there is nothing to change."""
    try:
        result = _pending_or_new(step)
    except NoChangesError as synced:
        step.platform.log(synced.message)
        step.output(
            has_changes=False, destructive=False, statements_count=0, errors_count=0, warnings_count=0
        )
        step.pages.append(markdown.synced_page(synced.message, step.origin()))
        return
    step.output(link=result.file.link, plan=result.file.url, status=result.file.status)
    output_plan(step, result)
    analysis = result.analysis
    step.output(
        has_changes=True,
        destructive=result.destructive,
        statements_count=len(result.file.statements),
        errors_count=analysis.errors if analysis else 0,
        warnings_count=analysis.warnings if analysis else 0,
    )
    step.warn_of_missed_targets(result.targets)
    active = [(text, _has(result, text)) for text in directives(step)]
    step.pages.append(markdown.plan_page(result, step.origin(), active))
    _annotate(step, result)
    refuse(result, step.inputs.text("fail-on"))


def the_pending_plan(step: Step) -> PlanFile | None:
    """The one pending plan of the transition; none is no error, several are a `ManyPlansError`."""
    found = step.operations.list_plans(step.options(PlanListOptions, pending=True), step.observer)
    if len(found) > 1:
        listed = ", ".join(plan.url for plan in found)
        step.pages.append(markdown.many_plans_page(found, step.action.operation, step.origin()))
        step.failure_shown = True
        raise ManyPlansError(
            f"{len(found)} plans are pending for this schema transition: {listed}",
            hint="approve one of them by its URL, or remove those that are not wanted",
        )
    return found[0] if found else None


def _pending_or_new(step: Step) -> PlanResult:
    pending = the_pending_plan(step)
    if pending is not None:
        step.platform.log(f"using the pending plan {pending.url}")
        result = step.operations.lint_plan(step.options(PlanLintOptions, file=pending.url), step.observer)
        step.observer.show(result)
        return result
    options = step.options(
        PlanOptions,
        mode="pending",
        auto_approve=True,
        namer=step.plan_namer("ref"),
        directives=directives(step),
    )
    return step.operations.plan(options, step.observer)


def _annotate(step: Step, plan: PlanResult) -> None:
    """One annotation for each finding, errors first: the CI system shows only so many.

    Each at the line of the schema files that it is about, where that is known.
    """
    found = [(d, f.text) for f in (plan.analysis.findings if plan.analysis else ()) for d in f.diagnostics]
    for diagnostic, title in sorted(found, key=lambda item: item[0].severity):
        code = f" ({diagnostic.code})" if diagnostic.code else ""
        at = _location(step, place_of_finding(plan, diagnostic))
        step.platform.annotate(diagnostic.severity, diagnostic.text + code, title=title, at=at)


def _location(step: Step, place: tuple[str, int] | None) -> Location | None:
    file = step.in_checkout(place[0]) if place else ""
    return Location(file=file, line=place[1]) if place and file else None


def _has(plan: PlanResult, directive: str) -> bool:
    """Is the directive in force in this plan, as a line of its SQL?"""
    return any(line.strip() == f"-- {directive}" for line in plan.file.migration.splitlines())


def directives(step: Step) -> tuple[str, ...]:
    """Directives in the description of the pull request; those of a fork's author do not count."""
    request = step.trigger.pull_request
    if request is None or request.fork:
        return ()
    lines = (DIRECTIVE.fullmatch(line.strip()) for line in request.body.splitlines())
    found = tuple(f"atlas:{match[1]}" for match in lines if match)
    for directive in found:
        step.observer.notice(f"the description of the pull request sets {directive}")
    return found
