"""The table of changes: a row for each statement, with the object, what becomes of it, and at which risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from markupsafe import Markup

from backstay.dialects.dialect import Statement, TableName
from backstay.report.markdown.render import render
from backstay.report.markdown.sections import Section
from backstay.report.text import count
from backstay.schema.changes import Change

Sizes = Mapping[TableName, int]

MAX_ROWS: Final = 100
OPEN_ROWS: Final = 20
MAX_PARTS: Final = 12

KINDS: Final = {
    "add": (Markup("🟢"), "create"),
    "modify": (Markup("🟡"), "alter"),
    "rename": (Markup("🔁"), "rename"),
    "drop": (Markup("🔴"), "drop"),
}
"""Icon and word for each action of a change."""

_WEIGHT: Final = ("drop", "rename", "modify", "add")


def changes(planned: Sequence[Statement], sizes: Sizes = MappingProxyType({})) -> Section:
    """One row for each planned statement; of many, those at risk (else the first) and the others folded.

    `sizes` is about how many rows the tables have.
    """
    if not planned:
        return Section("changes", "", 3)
    several = len({change.schema for s in planned for change in s.changes}) > 1
    shown: set[int] = set()
    rows = [_row(statement, sizes, several, shown) for statement in planned[:MAX_ROWS]]
    total = len(planned)
    if total <= OPEN_ROWS:
        return Section("changes", _table(rows), 3)
    risky = [_row(s, sizes, several, set()) for s in planned if s.hazards]
    first = risky[:OPEN_ROWS] or rows[: OPEN_ROWS // 2]
    head = f"{count(len(risky), 'statement')} at risk" if risky else f"The first {len(first)} statements"
    title = f"All {total} statements" if total <= MAX_ROWS else f"The first {MAX_ROWS} of {total} statements"
    words = f"{head}{f', of which {len(first)} are shown' if len(first) < len(risky) else ''}:"
    short = _table(first, words=words)
    return Section("changes", f"{short}\n{_table(rows, folded=title)}", 3, short)


def _table(rows: Sequence[dict[str, object]], *, words: str = "", folded: str = "") -> str:
    return render("changes", rows=rows, words=words, folded=folded)


def _row(statement: Statement, sizes: Sizes, several_schemas: bool, shown: set[int]) -> dict[str, object]:
    again = bool(statement.changes) and all(id(change) in shown for change in statement.changes)
    shown.update(id(change) for change in statement.changes)
    actions = {change.action for change in statement.changes}
    icon, word = KINDS[next((action for action in _WEIGHT if action in actions), "modify")]
    return {
        "icon": icon,
        "word": word if statement.changes else "run",
        "objects": [_object(change, several_schemas) for change in statement.changes[:MAX_PARTS]],
        "comment": statement.comment or statement.sql.strip().partition("\n")[0],
        "again": again,
        "parts": [] if again else _parts(statement.changes),
        "hazards": statement.hazards,
        "lock": statement.lock.replace(" ", "\N{NO-BREAK SPACE}"),
        "costs": _costs(statement, sizes),
        "reversible": bool(statement.reverse),
    }


def _object(change: Change, several_schemas: bool) -> dict[str, str]:
    before = change.before if change.action == "rename" else None
    schema = change.schema if several_schemas and change.kind != "schema" else ""
    return {
        "kind": change.kind.replace("_", " "),
        "name": ".".join(filter(None, (schema, change.name))),
        "table": change.table,
        "old": str(getattr(before, "name", "") or ""),
    }


def _parts(changes: Sequence[Change]) -> list[dict[str, object]]:
    parts = [part for change in changes for part in change.changes if change.action == "modify"]
    shown: list[dict[str, object]] = [
        {"word": KINDS[part.action][1], "kind": part.kind.replace("_", " "), "name": part.name}
        for part in parts[:MAX_PARTS]
    ]
    if len(parts) > MAX_PARTS:
        shown.append({"word": "", "kind": f"… and {len(parts) - MAX_PARTS} more changes", "name": ""})
    return shown


def _costs(statement: Statement, sizes: Sizes) -> list[str]:
    """What makes a statement slow, and what makes it special."""
    touches = statement.rewrite or statement.scan
    facts = (
        (statement.rewrite, "rewrites the table"),
        (statement.scan and not statement.rewrite, "reads the whole table"),
        (touches, _size(statement, sizes)),
        (not statement.transactional, "outside of the transaction"),
    )
    return [words for holds, words in facts if holds and words]


def _size(statement: Statement, sizes: Sizes) -> str:
    """`about 1,200,000 rows`: of the largest table, to two digits; nothing where that is not known."""
    tables = {TableName(change.schema, change.table or change.name) for change in statement.changes}
    rows = max((sizes[table] for table in tables if table in sizes), default=None)
    if rows is None:
        return ""
    about = round(rows, 2 - len(str(rows)))
    return f"about {about:,} {'row' if about == 1 else 'rows'}"
