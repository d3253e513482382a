"""Results as Markdown pages: the summary of a job, and what a comment will show.

Each function takes a result and gives a page that keeps GitHub's limits, and is safe to show whatever
names, SQL and messages hold (`render`).
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from markupsafe import Markup

from backstay.operations.results import ApplyResult, ApproveResult, PlanResult, PushResult
from backstay.report.markdown import page
from backstay.report.markdown.page import Fact, Origin
from backstay.report.markdown.sections import Section, fit
from backstay.report.statements import terminated
from backstay.report.text import count

__all__ = [
    "Origin",
    "apply_summary",
    "approve_summary",
    "fit",
    "notices_summary",
    "plan_sections",
    "plan_summary",
    "push_summary",
    "synced_summary",
]

_NEXT = {
    "APPROVED": "approved: the next apply of this transition runs it",
    "PENDING": "approval needed before apply",
    "": "not stored",
}


def plan_summary(plan: PlanResult, origin: Origin = Origin()) -> str:
    """The page of a plan."""
    return fit(plan_sections(plan, origin))


def plan_sections(plan: PlanResult, origin: Origin = Origin()) -> list[Section]:
    """The sections of a plan's page, for pages with limits of their own."""
    file = plan.file
    icon = page.WARNING if plan.destructive or (plan.analysis and plan.analysis.errors) else page.PLAN
    return [
        page.head(
            icon,
            "Migration plan",
            plan.repo,
            page.verdict(plan),
            next=_NEXT[file.status],
            sql=file.migration,
        ),
        page.changes(plan),
        page.code("SQL", file.migration, 7),
        page.analysis(plan.analysis),
        page.diagram(plan),
        page.facts(Fact("Planned on", plan.env.url if plan.env else ""), *page.plan_facts(file)),
        page.places(plan.targets),
        *_review_steps(plan),
        page.foot(origin),
    ]


def _review_steps(plan: PlanResult) -> list[Section]:
    if plan.file.status != "PENDING":
        return []
    url, name = shlex.quote(plan.file.url), shlex.quote(f"{plan.file.name}.plan.hcl")
    steps = (
        ("Approve it as it is:", f"backstay schema plan approve --url {url}"),
        ("Or fetch it, edit the SQL:", f"backstay schema plan pull --url {url} > {name}"),
        (
            "Store it again (it has to lead to the same desired state), and run this workflow once more:",
            f"backstay schema plan push --pending --file file://{name}",
        ),
        ("Or reject it:", f"backstay schema plan rm --url {url}"),
    )
    return [page.how_to("How to approve, edit or reject this plan", *steps)]


def synced_summary(message: str, origin: Origin = Origin()) -> str:
    """The page of a plan that is not needed."""
    return fit([page.head(page.OK, "Migration plan", "", message), page.foot(origin)])


def notices_summary(notices: Sequence[str]) -> str:
    """What the run went without, below the pages it is true of."""
    return fit([page.notices(notices)])


def push_summary(result: PushResult, origin: Origin = Origin()) -> str:
    """The page of a push."""
    missed = sum(bool(target.error) for target in result.targets)
    verdict = f"New version {result.version}" if result.created else f"Version {result.version}, unchanged"
    pinned = f'schema {{\n  src = "{result.url}"\n}}'
    return fit(
        [
            page.head(
                page.WARNING if missed else page.PUSH,
                "Schema push",
                result.repo,
                verdict,
                next=f"{count(missed, 'place')} did not take it" if missed else "",
            ),
            page.facts(
                Fact("Version", result.version, result.link),
                Fact("Tags", ", ".join(result.tags)),
                Fact("URL", result.url),
                Fact("Registry", result.registry),
            ),
            page.places(result.targets),
            page.code("How to use exactly this version", pinned, 5, language="hcl", collapsed=True),
            page.foot(origin),
        ]
    )


def approve_summary(result: ApproveResult, origin: Origin = Origin()) -> str:
    """The page of an approval."""
    return fit(
        [
            page.head(page.OK, "Plan approval", "", f"Status: {result.status}"),
            page.facts(Fact("Plan", result.url, result.link)),
            page.places(result.targets),
            page.foot(origin),
        ]
    )


def apply_summary(results: Sequence[ApplyResult], origin: Origin = Origin()) -> str:
    """The page of an apply: the databases, then for each what was and was not executed."""
    outcomes = [_outcome(result) for result in results]
    failed = sum(bool(result.error) for result in results)
    icon = page.FAILED if failed else outcomes[0][0]
    verdict = outcomes[0][1] if len(results) == 1 else _overall(len(results), failed)
    repo = next((result.plan.repo for result in results if result.plan), "")
    sql = "\n".join(result.plan.file.migration for result in results if result.plan)
    return fit(
        [
            page.head(icon, "Schema apply", repo, verdict, sql=sql),
            page.targets(results, outcomes),
            *(section for result in results for section in _target_sections(result, len(results) > 1)),
            page.foot(origin),
        ]
    )


def _overall(total: int, failed: int) -> str:
    if not failed:
        return f"{count(total, 'database')} in the desired state"
    return f"{failed} of {count(total, 'database')} failed"


def _outcome(result: ApplyResult) -> tuple[Markup, str]:
    done = len(result.applied.applied) if result.applied else 0
    if result.error:
        state = (
            "rolled back, nothing changed" if result.rolled_back else f"{count(done, 'statement')} applied"
        )
        return page.FAILED, f"Failed ({state})"
    if result.plan is None:
        return page.OK, "Already in the desired state"
    if result.dry_run:
        return page.DRY, f"Dry run: {count(len(result.pending), 'statement')} pending"
    return page.OK, f"{count(done, 'statement')} applied"


def _target_sections(result: ApplyResult, one_of_several: bool) -> list[Section]:
    plan, file = result.plan, result.applied
    sections = [page.heading(result.target.url)] if one_of_several and (plan or result.error) else []
    if result.error:
        failed = file.error if file and file.error else None
        message, statement = (failed.text, failed.statement) if failed else (result.error, "")
        sections.append(page.failure(f"Failed on {result.target.url}", message, statement))
    if plan is not None:
        label = "pre-planned" if plan.file.url else "planned now"
        sections += [page.changes(plan), page.code(f"SQL ({label})", plan.file.migration, 7)]
        sections += [page.analysis(plan.analysis), page.facts(*page.plan_facts(plan.file))]
    if file is not None:
        sections.append(page.timings(file))
    if result.error and result.pending:
        pending = "\n".join(terminated(sql) for sql in result.pending)
        sections.append(page.code("Not executed", pending, 8, collapsed=True))
    return sections
