"""Pages about plans: made, not needed, waiting, too many of them, approved, stale."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Final

import msgspec

from backstay.operations.results import ApproveResult, PlanFile, PlanResult
from backstay.report.markdown import page
from backstay.report.markdown.changes import changes
from backstay.report.markdown.page import Fact, Origin
from backstay.report.markdown.sections import Section
from backstay.report.markdown.whole import Page
from backstay.report.text import count

NEXT: Final = {
    "APPROVED": "approved: the next apply of this transition runs it",
    "PENDING": "approval needed before apply",
    "": "not stored",
}


def plan_page(
    plan: PlanResult, origin: Origin = Origin(), directives: Sequence[tuple[str, bool]] = ()
) -> Page:
    """A plan; `directives` are those of the pull request, and whether the plan has them."""
    worrying = plan.destructive or (plan.analysis and plan.analysis.errors)
    icon, verdict = page.WARNING if worrying else page.PLAN, page.verdict(plan)
    file = plan.file
    head = page.head(
        icon,
        "plan",
        origin,
        verdict,
        repo=plan.repo,
        next=NEXT[file.status],
        sql=file.migration,
        notes=page.missed(plan.targets),
    )
    return Page(
        occasion="changes",
        icon=icon,
        verdict=verdict,
        state=file.from_hash,
        sections=(
            head,
            *plan_sections(plan, origin),
            page.directives(directives, origin),
            page.facts(Fact("Planned on", plan.env.url if plan.env else ""), *page.plan_facts(file)),
            page.places(plan.targets),
            *review_steps(file, origin),
        ),
    )


def plan_sections(
    plan: PlanResult, origin: Origin, title: str = "SQL", *, folded: bool = False
) -> list[Section]:
    """What a plan does, how, and what there is to say about it."""
    return [
        changes(plan.planned, plan.rows),
        page.code(title, plan.file.migration, 7, collapsed=folded),
        page.analysis(plan, origin),
        page.diagram(plan.planned, plan.before, plan.after),
    ]


def review_steps(file: PlanFile, origin: Origin) -> list[Section]:
    """How to approve, edit or reject a plan that waits."""
    if file.status != "PENDING":
        return []
    url, name = shlex.quote(file.url), shlex.quote(f"{file.name}.plan.hcl")
    page_of_run, _, run = origin.run_url.rpartition("/")
    on_github = page_of_run.endswith("/actions/runs") and run.isdigit()
    again = ("Have the edited plan checked, and shown here:", f"gh run rerun {run}")
    steps: tuple[tuple[str, str], ...] = (
        (
            "Approve it as it is (the action <code>schema/plan/approve</code> does after the merge):",
            f"backstay schema plan approve --url {url}",
        ),
        ("Or fetch it, and edit the SQL:", f"backstay schema plan pull --url {url} > {name}"),
        (
            "Store it again; it has to lead to the same desired state:",
            f"backstay schema plan push --pending --file file://{name}",
        ),
        *([again] if on_github else []),
        ("Or reject it:", f"backstay schema plan rm --url {url}"),
    )
    return [page.how_to("How to approve, edit or reject this plan", *steps)]


def synced_page(message: str, origin: Origin = Origin()) -> Page:
    """There is nothing to change."""
    verdict = "No changes"
    head = page.head(page.OK, "plan", origin, verdict, next=message)
    return Page(occasion="nothing", icon=page.OK, verdict=verdict, sections=(head,))


def waiting_page(plan: PlanResult, origin: Origin = Origin()) -> Page:
    """An apply that waits until somebody approves its plan."""
    verdict = f"Waiting for approval: {page.verdict(plan)}"
    head = page.head(
        page.WAITING,
        "apply",
        origin,
        verdict,
        repo=plan.repo,
        next="nothing is executed before somebody approves this plan",
        sql=plan.file.migration,
    )
    return Page(
        occasion="changes",
        icon=page.WAITING,
        verdict=verdict,
        state=plan.file.from_hash,
        sections=(
            head,
            *plan_sections(plan, origin),
            page.facts(*page.plan_facts(plan.file)),
            *review_steps(plan.file, origin),
        ),
    )


def many_plans_page(found: Sequence[PlanFile], title: str, origin: Origin = Origin()) -> Page:
    """Several plans wait for the same transition, and somebody has to choose."""
    verdict = f"{count(len(found), 'plan')} are pending for this schema transition"
    head = page.head(
        page.FAILED, title, origin, verdict, next="approve one of them, and remove those that are not wanted"
    )
    steps = [
        (f"Plan {number}:", f"backstay schema plan approve --url {shlex.quote(plan.url)}")
        for number, plan in enumerate(found[: page.MAX_ROWS], 1)
    ]
    return Page(
        occasion="failure",
        icon=page.FAILED,
        verdict=verdict,
        sections=(head, page.plans(found), page.how_to("How to approve one of them", *steps)),
    )


def approve_page(result: ApproveResult, origin: Origin = Origin(), actor: str = "") -> Page:
    """An approval, and who gave it."""
    notes = page.missed(result.targets)
    icon = page.WARNING if notes else page.OK
    verdict = f"Plan {result.status.lower()}"
    head = page.head(
        icon, "approve", origin, verdict, next="the next apply of this transition runs it", notes=notes
    )
    facts = page.facts(
        Fact("Plan", result.url, result.link),
        Fact("Status", result.status),
        Fact("Approved by", actor),
    )
    return Page(
        occasion="changes",
        icon=icon,
        verdict=verdict,
        sections=(head, facts, page.places(result.targets)),
    )


def unneeded_page(message: str, origin: Origin = Origin()) -> Page:
    """There is nothing to approve, and that is as it should be."""
    verdict = "Nothing to approve"
    head = page.head(page.OK, "approve", origin, verdict, next=message)
    return Page(occasion="nothing", icon=page.OK, verdict=verdict, sections=(head,))


def stale_page(plan: PlanFile, origin: Origin = Origin()) -> Page:
    """No plan leads from the state that there is now: what was reviewed started from another one."""
    verdict = "Nothing approved: no plan is pending for this schema transition"
    head = page.head(
        page.STALE,
        "approve",
        origin,
        verdict,
        next="the base has moved since the review, or no plan was made; applying this change needs a review",
        sql=plan.migration,
    )
    wanted = msgspec.structs.replace(plan, url="", name="", status="")
    return Page(
        occasion="failure",
        icon=page.STALE,
        verdict=verdict,
        sections=(
            head,
            page.facts(*page.plan_facts(wanted)),
            page.code("SQL of the change", plan.migration, 7, collapsed=True),
        ),
    )
