"""Where in the schema files the thing is that a finding is about.

Schemas are executed and inspected, and objects do not know their line. It is searched for: a line that begins
the definition of this table, if there is exactly one. No link is better than one to the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from backstay.operations.results import Diagnostic, PlanResult
from backstay.schema.changes import Change
from backstay.schema.state import SourceFile


def place_of_finding(plan: PlanResult, found: Diagnostic) -> tuple[str, int] | None:
    """File and line that a finding about a plan leads to."""
    at = [fragment.position for fragment in plan.file.statements]
    number = at.index(found.position) if found.position in at else len(plan.planned)
    if number >= len(plan.planned):
        return None
    return place_of(plan.planned[number].changes, found.text, plan.sources)


def place_of(changes: Sequence[Change], words: str, sources: Iterable[SourceFile]) -> tuple[str, int] | None:
    """File and line (from 1) of the table that is changed, or of its column that `words` name in quotes."""
    tables = {change.name if change.kind == "table" else change.table for change in changes}
    if len(tables) != 1 or not (table := tables.pop()):
        return None
    starts = re.compile(_definition(table), re.IGNORECASE)
    found = [
        (file, number)
        for file in sources
        for number, line in enumerate(file.text.splitlines())
        if starts.match(line)
    ]
    if len(found) != 1:
        return None
    file, number = found[0]
    parts = (part for change in changes for part in change.changes if part.kind == "column")
    named = [part.name for part in parts if f'"{part.name}"' in words and part.name != table]
    return file.name, _column(file.text.splitlines(), number, named[0]) if named else number + 1


def _definition(table: str) -> str:
    name = re.escape(table)
    hcl = rf'\s*table\s+(?:"[^"]+"\s+)?"{name}"\s*\{{'
    sql = rf'\s*create\s+table\s+(?:if\s+not\s+exists\s+)?(?:[\w"`]+\.)?(?:"{name}"|`{name}`|{name}\b)'
    return f"(?:{hcl}|{sql})"


def _column(lines: Sequence[str], start: int, column: str) -> int:
    """The line of a column below the start of its table; that of the table where it has none."""
    name = re.escape(column)
    defined = re.compile(rf'\s*(?:column\s+"{name}"|"{name}"\s|`{name}`\s|{name}\s)', re.IGNORECASE)
    for number in range(start + 1, len(lines)):
        if re.match(r"[})]|\s*(?:table|create)\b", lines[number], re.IGNORECASE):
            break
        if defined.match(lines[number]):
            return number + 1
    return start + 1
