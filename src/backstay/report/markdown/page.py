"""The sections that pages are made of: what a plan changes, its SQL, its analysis, where it is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from markupsafe import Markup

from backstay import __version__
from backstay.dialects.dialect import Statement
from backstay.operations.results import AppliedFile, Diagnostic, PlanFile, PlanResult
from backstay.registry.records import TargetResult
from backstay.report.change_diagram import change_diagram
from backstay.report.duration import short_duration
from backstay.report.markdown.marker import MAX_WORDS, Entry
from backstay.report.markdown.places import place_of_finding
from backstay.report.markdown.render import href, render
from backstay.report.markdown.sections import Section
from backstay.report.statements import terminated
from backstay.report.text import count
from backstay.report.visible import hides
from backstay.schema.model import Realm

MAX_ROWS: Final = 100
MAX_LINKS: Final = 5
OPEN_LINES: Final = 30
"""Up to this length code is shown at once, a longer one when it is asked for."""

OK: Final = Markup("✅")
FAILED: Final = Markup("❌")
WARNING: Final = Markup("⚠️")
WAITING: Final = Markup("⏳")
STALE: Final = Markup("🕰️")
CANCELLED: Final = Markup("🚫")
SKIPPED: Final = Markup("⏭️")
PARTLY: Final = Markup("🟠")
UNDONE: Final = Markup("↩️")
PLAN: Final = Markup("📋")
PUSH: Final = Markup("📦")
DRY: Final = Markup("📝")
ICONS: Final = frozenset(map(str, (OK, FAILED, WARNING, WAITING, STALE, CANCELLED, PARTLY, PLAN, PUSH, DRY)))


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What a page came from; everything may be absent.

    `sha` is the commit under review and `commit_url` its page; `docs` the address of our documentation's
    directory. `source_url` gives the address of a line of a schema file at that commit, by the file's name
    as the project has it; empty for a file that is not in the repository.
    """

    env: str = ""
    sha: str = ""
    commit_url: str = ""
    run_url: str = ""
    request_url: str = ""
    docs: str = ""
    time: datetime | None = None
    source_url: Callable[[str, int], str] = lambda name, line: ""


class Note(msgspec.Struct, frozen=True):
    """A line below the verdict."""

    text: str
    icon: Markup = Markup("ℹ️")


HIDDEN: Final = Note(
    "The SQL holds invisible or direction-changing characters, shown as \\u{…} below. Look twice.", WARNING
)


class Fact(msgspec.Struct, frozen=True):
    """A line of a table of facts."""

    name: str
    value: str
    link: str = ""


def head(
    icon: Markup,
    title: str,
    origin: Origin,
    verdict: str,
    *,
    repo: str = "",
    next: str = "",
    sql: str = "",
    notes: Sequence[Note] = (),
) -> Section:
    """Title and verdict; `next` is what happens now, `sql` what is searched for hidden characters."""
    hidden = [HIDDEN] if hides(sql.replace("\r\n", "\n")) else []
    return Section(
        "title",
        render(
            "head",
            icon=icon,
            title=title,
            repo=repo,
            env=origin.env,
            verdict=verdict,
            next=next,
            notes=[*notes, *hidden],
        ),
    )


def note(shown: Note) -> Section:
    """A line of its own."""
    return Section("note", render("note", note=shown), 1)


def superseded(urls: Sequence[str]) -> Section:
    """Comments of another tool that nobody brings up to date any more; the last of them count."""
    links = [link for url in urls[-MAX_LINKS:] if (link := href(url))]
    return Section("comments of another tool", render("superseded", links=links) if links else "", 4)


def missed(targets: Sequence[TargetResult]) -> list[Note]:
    """A note on the places that did not take what was written."""
    failed = sum(bool(target.error) for target in targets)
    return [Note(f"{failed} of {count(len(targets), 'place')} did not take it", WARNING)] if failed else []


def notices(texts: Sequence[str]) -> Section:
    """What went on without a service, or in a way worth knowing."""
    few = render("notices", notices=texts[: MAX_ROWS // 10])
    return Section("notices", render("notices", notices=texts[:MAX_ROWS]), 4, few)


def heading(words: str, name: str) -> Section:
    """What follows is about this one."""
    return Section("heading", render("heading", words=words, name=name), 1)


def foot(origin: Origin) -> Section:
    """The small print."""
    time = origin.time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if origin.time else ""
    return Section(
        "small print",
        render(
            "foot",
            sha=origin.sha[:8],
            commit=href(origin.commit_url),
            run=href(origin.run_url),
            time=time,
            version=__version__,
        ),
    )


def verdict(plan: PlanResult) -> str:
    """`2 statements · 1 destructive · 1 error · 2 warnings`: what is not there is not said."""
    destructive = sum(
        any(hazard.code.startswith("DS") for hazard in statement.hazards) for statement in plan.planned
    )
    parts = [count(len(plan.planned or plan.file.statements), "statement")]
    rewrites = sum(statement.rewrite for statement in plan.planned)
    parts += [f"{destructive} destructive"] if destructive else []
    parts += [count(rewrites, "table rewrite")] if rewrites else []
    if plan.analysis:
        parts += [count(plan.analysis.errors, "error")] if plan.analysis.errors else []
        parts += [count(plan.analysis.warnings, "warning")] if plan.analysis.warnings else []
    return " · ".join(parts)


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


def analysis(plan: PlanResult, origin: Origin) -> Section:
    """The findings, errors first; each with the line that defines its table, else with that of the SQL."""
    if plan.analysis is None:
        return Section("analysis", "", 2)
    ordered = sorted(plan.analysis.diagnostics, key=lambda d: (d.severity != "error", d.position))
    rows = [_finding(plan, diagnostic, origin) for diagnostic in ordered[:MAX_ROWS]]

    def table(limit: int) -> str:
        more = len(ordered) - min(limit, len(rows))
        docs = href(f"{origin.docs}hazards.md" if origin.docs else "")
        return render("analysis", rows=rows[:limit], more=more, docs=docs)

    return Section("analysis", table(MAX_ROWS), 2, table(MAX_ROWS // 2))


def _finding(plan: PlanResult, diagnostic: Diagnostic, origin: Origin) -> dict[str, object]:
    row: dict[str, object] = {
        "icon": FAILED if diagnostic.severity == "error" else WARNING,
        "text": diagnostic.text,
        "code": diagnostic.code,
    }
    place = place_of_finding(plan, diagnostic)
    if place is not None and (link := href(origin.source_url(*place))):
        return {**row, "place": f"{place[0]}:{place[1]}", "link": link}
    line = plan.file.migration.encode()[: diagnostic.position].count(b"\n") + 1
    return {**row, "place": f"SQL, line {line}", "link": ""}


def diagram(planned: Sequence[Statement], before: Realm, after: Realm) -> Section:
    """The tables that are changed and their neighbours, as an entity-relationship diagram."""
    changed = [change for statement in planned for change in statement.changes]
    text = change_diagram(before, after, changed)
    if not text:
        return Section("diagram", "", 9)
    return Section("diagram", render("diagram", code=text), 9)


def directives(rows: Sequence[tuple[str, bool]], origin: Origin) -> Section:
    """What the pull request's description asks for, and whether the plan has it."""
    shown = [{"text": text, "active": active} for text, active in rows[:MAX_ROWS]]
    text = render("directives", rows=shown, link=href(origin.request_url)) if rows else ""
    return Section("directives", text, 1)


def history(entries: Sequence[Entry]) -> Section:
    """What the last runs said; the first entry is the run that writes this."""
    if len(entries) < 2:
        return Section("history", "", 10)
    rows = [
        {
            "icon": Markup(entry.icon) if entry.icon in ICONS else "",
            "sha": entry.sha[:8],
            "verdict": entry.verdict[:MAX_WORDS],
            "url": href(entry.url),
        }
        for entry in entries
    ]
    return Section("history", render("history", entries=rows), 10)


def plans(found: Sequence[PlanFile]) -> Section:
    """Stored plans, each by its address."""
    rows = [{"url": plan.url or plan.name, "link": href(plan.link), "status": plan.status} for plan in found]
    return Section("plans", render("plans", plans=rows[:MAX_ROWS]) if rows else "", 1)


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


class TargetRow(msgspec.Struct, frozen=True, kw_only=True):
    """One database of a run: how it ended, how many statements were executed or wait, how long it took."""

    icon: Markup
    url: str
    outcome: str
    statements: int = 0
    seconds: float | None = None


def targets(rows: Sequence[TargetRow]) -> Section:
    """One row for each database."""
    shown = [
        {
            "icon": row.icon,
            "url": row.url,
            "outcome": row.outcome,
            "statements": row.statements,
            "time": "–" if row.seconds is None else short_duration(row.seconds),
        }
        for row in rows[:MAX_ROWS]
    ]
    return Section("databases", render("targets", rows=shown, more=max(0, len(rows) - MAX_ROWS)), 1)


def failure(title: str, message: str, statement: str = "") -> Section:
    """What failed, in the database's words, and the statement."""
    full = render("failure", title=title, message=message, statement=statement and terminated(statement))
    return Section("failure", full, 1, render("failure", title=title, message=message[:2000], statement=""))


def timings(file: AppliedFile, *, rolled_back: bool = False) -> Section:
    """The executed statements and how long each took."""
    if not file.applied:
        return Section("executed statements", "", 6)
    rows = [
        {"what": done.comment or done.sql, "time": short_duration(done.duration)}
        for done in file.applied[:MAX_ROWS]
    ]
    title = f"Executed {count(len(file.applied), 'statement')}{', and rolled back' if rolled_back else ''}"
    more = max(0, len(file.applied) - MAX_ROWS)
    icon = UNDONE if rolled_back else OK
    return Section("executed statements", render("timings", title=title, rows=rows, more=more, icon=icon), 6)


def how_to(title: str, *steps: tuple[str, str]) -> Section:
    """Folded instructions: a sentence (HTML of ours) and a command each."""
    shown = [{"text": Markup(text), "command": command} for text, command in steps]
    return Section("instructions", render("howto", title=title, steps=shown), 5)
