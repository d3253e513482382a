"""The sections that pages are made of: what a plan changes, its SQL, its analysis, where it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from markupsafe import Markup

from backstay import __version__
from backstay.dialects.dialect import Statement
from backstay.operations.results import Analysis, AppliedFile, ApplyResult, PlanFile, PlanResult
from backstay.registry.records import TargetResult
from backstay.report.duration import short_duration
from backstay.report.markdown.render import href, render
from backstay.report.markdown.sections import Section
from backstay.report.mermaid import mermaid
from backstay.report.statements import terminated
from backstay.report.text import count
from backstay.report.visible import hides
from backstay.schema.model import Realm, Schema, Table

MAX_ROWS: Final = 100
OPEN_LINES: Final = 30
"""Up to this length code is shown at once, a longer one when it is asked for."""

MAX_DIAGRAM_TABLES: Final = 20

OK: Final = Markup("✅")
FAILED: Final = Markup("❌")
WARNING: Final = Markup("⚠️")
PLAN: Final = Markup("📋")
PUSH: Final = Markup("📦")
DRY: Final = Markup("📝")
ACTIONS: Final = {
    "add": Markup("🟢"),
    "modify": Markup("🟡"),
    "rename": Markup("🔁"),
    "drop": Markup("🔴"),
}


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What a page came from: commit, address of the run, time. Everything may be absent."""

    sha: str = ""
    run_url: str = ""
    time: datetime | None = None


class Fact(msgspec.Struct, frozen=True):
    """A line of a table of facts."""

    name: str
    value: str
    link: str = ""


def head(
    icon: Markup,
    title: str,
    repo: str,
    verdict: str,
    *,
    next: str = "",
    sql: str = "",
) -> Section:
    """Title and verdict; `next` is what happens now, `sql` what is searched for hidden characters."""
    return Section(
        "title",
        render(
            "head",
            icon=icon,
            title=title,
            repo=repo,
            verdict=verdict,
            next=next,
            hidden=hides(sql.replace("\r\n", "\n")),
        ),
    )


def notices(texts: Sequence[str]) -> Section:
    """What went on without a service, or in a way worth knowing."""
    return Section("notices", render("notices", notices=texts[:MAX_ROWS]))


def heading(database: str) -> Section:
    """What follows is about this database."""
    return Section("database", render("heading", database=database), 1)


def foot(origin: Origin) -> Section:
    """The small print."""
    time = origin.time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if origin.time else ""
    return Section(
        "small print",
        render("foot", sha=origin.sha[:8], run=href(origin.run_url), time=time, version=__version__),
    )


def verdict(plan: PlanResult) -> str:
    """`2 statements · 1 destructive · 1 error · 2 warnings`: what is not there is not said."""
    destructive = sum(
        any(hazard.code.startswith("DS") for hazard in statement.hazards) for statement in plan.planned
    )
    parts = [count(len(plan.planned or plan.file.statements), "statement")]
    parts += [f"{destructive} destructive"] if destructive else []
    if plan.analysis:
        parts += [count(plan.analysis.errors, "error")] if plan.analysis.errors else []
        parts += [count(plan.analysis.warnings, "warning")] if plan.analysis.warnings else []
    return " · ".join(parts)


def changes(plan: PlanResult) -> Section:
    """One row for each planned statement: what it does, its risks, its lock."""
    if not plan.planned:
        return Section("changes", "", 3)
    rows = [_change_row(statement) for statement in plan.planned[:MAX_ROWS]]
    return Section("changes", render("changes", rows=rows, more=max(0, len(plan.planned) - MAX_ROWS)), 3)


def _change_row(statement: Statement) -> dict[str, object]:
    actions = {change.action for change in statement.changes}
    action = "modify" if len(actions) > 1 else next(iter(actions), "modify")
    return {
        "icon": ACTIONS[action],
        "what": statement.comment or statement.sql,
        "hazards": statement.hazards,
        "lock": statement.lock,
        "reversible": bool(statement.reverse),
    }


def code(title: str, text: str, rank: int, *, language: str = "sql", collapsed: bool = False) -> Section:
    """A code block; a long one is folded, and cut to its beginning when room is short."""
    lines = text.strip("\n").split("\n")
    show = not collapsed and len(lines) <= OPEN_LINES
    beginning = [line[:500] for line in lines[: 2 * OPEN_LINES]]

    def block(shown: str) -> str:
        return render("code", title=title, code=shown, language=language, open=show)

    more = len(lines) - len(beginning)
    short = "\n".join([*beginning, *([f"-- … and {count(more, 'more line')}"] if more else [])])
    return Section(title, block(text), rank, block(short))


def analysis(found: Analysis | None) -> Section:
    """The findings, errors first."""
    if found is None:
        return Section("analysis", "", 2)
    sql = found.sql.encode()
    ordered = sorted(found.diagnostics, key=lambda d: (d.severity != "error", d.position))
    rows = [
        {
            "icon": FAILED if diagnostic.severity == "error" else WARNING,
            "text": diagnostic.text,
            "code": diagnostic.code,
            "line": sql[: diagnostic.position].count(b"\n") + 1,
        }
        for diagnostic in ordered[:MAX_ROWS]
    ]

    def table(limit: int) -> str:
        return render("analysis", rows=rows[:limit], more=max(0, len(ordered) - min(limit, len(rows))))

    return Section("analysis", table(MAX_ROWS), 2, table(MAX_ROWS // 2))


def diagram(plan: PlanResult) -> Section:
    """The tables that are made or changed, and what they refer to, as an entity-relationship diagram."""
    tables: dict[str, dict[str, Table]] = {}
    for statement in plan.planned:
        for change in statement.changes:
            table = change.after
            if change.kind == "table" and isinstance(table, Table):
                tables.setdefault(change.schema, {})[table.name] = table
    total = sum(map(len, tables.values()))
    if not 0 < total <= MAX_DIAGRAM_TABLES:
        return Section("diagram", "", 9)
    realm = Realm(
        schemas=tuple(Schema(name=name, tables=tuple(found.values())) for name, found in tables.items())
    )
    return code("Diagram", mermaid(realm), 9, language="mermaid", collapsed=True)


def facts(*found: Fact) -> Section:
    """A table of facts; those without a value are left out."""
    shown = [Fact(fact.name, fact.value, href(fact.link)) for fact in found if fact.value]
    return Section("details", render("facts", facts=shown) if shown else "", 4)


def plan_facts(file: PlanFile) -> tuple[Fact, ...]:
    """What identifies a plan."""
    return (
        Fact("Plan", file.url or file.name, file.link),
        Fact("Status", file.status),
        Fact("From", _described(file.from_hash, file.from_desc)),
        Fact("To", _described(file.to_hash, file.to_desc)),
    )


def _described(digest: str, description: str) -> str:
    return f"{digest} ({description})" if description else digest


def places(targets: Sequence[TargetResult]) -> Section:
    """Where a write went, and which places did not take it."""
    return Section("registry", render("places", places=targets[:MAX_ROWS]) if targets else "", 3)


def targets(results: Sequence[ApplyResult], outcomes: Sequence[tuple[Markup, str]]) -> Section:
    """One row for each database."""
    rows = [
        {
            "icon": icon,
            "url": result.target.url,
            "outcome": outcome,
            "statements": len(result.applied.applied) if result.applied else len(result.pending),
            "time": short_duration((result.end - result.start).total_seconds()),
        }
        for result, (icon, outcome) in zip(results, outcomes, strict=True)
    ]
    return Section("databases", render("targets", rows=rows[:MAX_ROWS]), 1)


def failure(title: str, message: str, statement: str = "") -> Section:
    """What failed, in the database's words, and the statement."""
    full = render("failure", title=title, message=message, statement=statement and terminated(statement))
    return Section("failure", full, 1, render("failure", title=title, message=message[:2000], statement=""))


def timings(file: AppliedFile) -> Section:
    """The executed statements and how long each took."""
    if not file.applied:
        return Section("executed statements", "", 6)
    rows = [
        {"what": done.comment or done.sql, "time": short_duration(done.duration)}
        for done in file.applied[:MAX_ROWS]
    ]
    title = f"Executed {count(len(file.applied), 'statement')}"
    more = max(0, len(file.applied) - MAX_ROWS)
    return Section("executed statements", render("timings", title=title, rows=rows, more=more), 6)


def how_to(title: str, *steps: tuple[str, str]) -> Section:
    """Folded instructions: a sentence and a command each."""
    shown = [{"text": text, "command": command} for text, command in steps]
    return Section("instructions", render("howto", title=title, steps=shown), 5)
