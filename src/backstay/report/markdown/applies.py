"""Pages about what was done: databases that were migrated, or not; versions that were pushed; failures."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from backstay.operations.results import ApplyResult, PlanResult, PushResult, VersionChanges
from backstay.report.markdown import page
from backstay.report.markdown.changes import changes
from backstay.report.markdown.page import Fact, Note, Origin, TargetRow
from backstay.report.markdown.plans import plan_sections
from backstay.report.markdown.sections import Section
from backstay.report.markdown.whole import Occasion, Page
from backstay.report.statements import terminated
from backstay.report.text import count


def apply_page(
    results: Sequence[ApplyResult], origin: Origin = Origin(), unreached: Sequence[TargetRow] = ()
) -> Page:
    """The databases, then for each what was and was not executed.

    `unreached` are those that the run did not get to, or could not reach.
    """
    rows = [*map(_row, results), *unreached]
    failed = [row for row in rows if row.icon in (page.FAILED, page.PARTLY)]
    icon = failed[0].icon if failed else rows[0].icon
    verdict = rows[0].outcome if len(rows) == 1 else _overall(rows, len(failed))
    repo = next((result.plan.repo for result in results if result.plan), "")
    sql = "\n".join(result.plan.file.migration for result in results if result.plan)
    head = page.head(icon, "apply", origin, verdict, repo=repo, next=_next(results), sql=sql)
    state = next((result.plan.file.from_hash for result in results if result.plan), "")
    return Page(
        occasion=_occasion(results, bool(failed)),
        icon=icon,
        verdict=verdict,
        state=state,
        sections=(head, page.targets(rows), *_details(results, origin, several=len(rows) > 1)),
    )


def _occasion(results: Sequence[ApplyResult], failed: bool) -> Occasion:
    if failed:
        return "failure"
    return "changes" if any(result.plan for result in results) else "nothing"


def _row(result: ApplyResult) -> TargetRow:
    icon, outcome = _outcome(result)
    return TargetRow(
        icon=icon,
        url=result.target.url,
        outcome=outcome,
        statements=0 if result.rolled_back else _done(result) or len(result.pending) * result.dry_run,
        seconds=(result.end - result.start).total_seconds(),
    )


def _done(result: ApplyResult) -> int:
    return len(result.applied.applied) if result.applied else 0


def _outcome(result: ApplyResult) -> tuple[Markup, str]:
    done = _done(result)
    if result.error and result.rolled_back:
        return page.FAILED, "Failed and rolled back: nothing changed"
    if result.error and done:
        return page.PARTLY, f"Partly applied: {done} of {count(done + len(result.pending), 'statement')}"
    if result.error:
        return page.FAILED, "Failed: nothing was executed"
    if result.plan is None:
        return page.OK, "Already in the desired state"
    if result.dry_run:
        return page.DRY, f"Dry run: {count(len(result.pending), 'statement')} pending"
    return page.OK, f"{count(done, 'statement')} applied"


def _overall(rows: Sequence[TargetRow], failed: int) -> str:
    fine = sum(row.icon == page.OK for row in rows)
    if fine == len(rows):
        return f"{count(len(rows), 'database')} in the desired state"
    if failed:
        rest = len(rows) - fine - failed
        parts = [f"{failed} of {count(len(rows), 'database')} failed", f"{fine} in the desired state"]
        return ", ".join([*parts, *([f"{rest} not reached"] if rest else [])])
    return f"{count(len(rows), 'database')}: nothing executed"


def _next(results: Sequence[ApplyResult]) -> str:
    """What is to be done now."""
    last = results[-1] if results else None
    if last is None or not last.error:
        return ""
    if _done(last) and not last.rolled_back:
        return "the database is between two states: correct the cause, and apply again to do what is left"
    return last.hint


def _details(results: Sequence[ApplyResult], origin: Origin, *, several: bool) -> list[Section]:
    """The sections of each database, of one that failed first.

    Of those on which the same migration went well, one stands for all; its SQL is shown once.
    """
    sections: list[Section] = []
    shown: set[str] = set()
    succeeded: set[str] = set()
    for result in sorted(results, key=lambda result: not result.error):
        migration = result.plan.file.migration if result.plan else ""
        if not result.error:
            if result.plan is None or migration in succeeded:
                continue
            succeeded.add(migration)
        sections += [page.heading("Database", result.target.url)] if several else []
        sections += _execution(result)
        if result.plan is not None and migration not in shown:
            sections += _migration(result.plan, origin, folded=bool(result.error))
        shown.add(migration)
    return sections


def _execution(result: ApplyResult) -> list[Section]:
    """What failed, what was executed, what was not."""
    file = result.applied
    sections: list[Section] = []
    if result.error:
        failed = file.error if file and file.error else None
        message, statement = (failed.text, failed.statement) if failed else (result.error, "")
        sections.append(page.failure("Failed statement" if statement else "Failure", message, statement))
    if file is not None:
        sections.append(page.timings(file, rolled_back=result.rolled_back))
    if result.error and result.pending and file is not None:
        pending = "\n".join(terminated(sql) for sql in result.pending)
        title = f"Not executed: {count(len(result.pending), 'statement')}"
        sections.append(page.code(title, pending, 8, collapsed=True))
    return sections


def _migration(plan: PlanResult, origin: Origin, *, folded: bool) -> list[Section]:
    """The plan that was, or was to be, executed."""
    title = f"SQL ({'approved plan' if plan.file.url else 'planned in this run'})"
    return [*plan_sections(plan, origin, title, folded=folded), page.facts(*page.plan_facts(plan.file))]


def push_page(result: PushResult, origin: Origin = Origin()) -> Page:
    """A version that was pushed, and where it is."""
    notes = page.missed(result.targets)
    icon = page.WARNING if notes else page.PUSH
    verdict = f"New version {result.version}" if result.created else f"Version {result.version}, unchanged"
    head = page.head(icon, "push", origin, verdict, repo=result.repo, notes=notes)
    pinned = f'schema {{\n  src = "{result.url}"\n}}'
    return Page(
        occasion="changes" if result.created or notes else "nothing",
        icon=icon,
        verdict=verdict,
        sections=(
            head,
            *_since(result.changes),
            page.facts(
                Fact("Version", result.version, result.link),
                Fact("Tags", ", ".join(result.tags)),
                Fact("URL", result.url),
                Fact("Registry", result.registry),
            ),
            page.places(result.targets),
            page.code("How to use exactly this version", pinned, 5, language="hcl", collapsed=True),
        ),
    )


def _since(found: VersionChanges | None) -> list[Section]:
    """What a version changes, for databases that have the one before."""
    if found is None:
        return []
    return [
        page.heading("Changes since version", found.since),
        changes(found.planned)
        if found.planned
        else page.note(Note("No database that has it needs a migration.")),
        page.diagram(found.planned, found.before, found.after),
    ]


def failure_page(
    title: str, message: str, hint: str, origin: Origin = Origin(), *, cancelled: bool = False
) -> Page:
    """A step that ended before it had anything else to show."""
    icon = page.CANCELLED if cancelled else page.FAILED
    return Page(
        occasion="cancelled" if cancelled else "failure",
        icon=icon,
        verdict=message,
        sections=(page.head(icon, title, origin, message, next=hint),),
    )
