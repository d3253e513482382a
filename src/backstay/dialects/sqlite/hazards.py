"""The dangers of a change to a table that holds rows (docs/hazards.md)."""

from __future__ import annotations

from collections.abc import Iterable

from backstay.dialects.dialect import Hazard
from backstay.schema.changes import Change
from backstay.schema.model import Check, Column, ForeignKey, Index, PrimaryKey, Table


def of_dropped_table(name: str) -> tuple[Hazard, ...]:
    """All its rows are lost."""
    return (Hazard("DS102", f'Dropping table "{name}"'),)


def of_renamed(kind: str, before: str, after: str) -> tuple[Hazard, ...]:
    """Clients know the old name."""
    return (Hazard("BC101" if kind == "table" else "BC102", f'Renaming {kind} "{before}" to "{after}"'),)


def of_lost_columns(table: Change) -> tuple[Hazard, ...]:
    """Values that the change of a table throws away."""
    dropped = [
        f'"{part.name}"'
        for part in table.changes
        if part.key == "drop_column" and isinstance(part.before, Column) and not _is_virtual(part.before)
    ]
    found = [
        Hazard("DS103", f'Replacing the values of column "{part.name}" by a generated expression')
        for part in table.changes
        if isinstance(part.before, Column)
        and isinstance(part.after, Column)
        and part.after.generated
        and not part.before.generated
    ]
    if dropped:
        plural = "s" if len(dropped) > 1 else ""
        found.insert(0, Hazard("DS103", f"Dropping non-virtual column{plural} {_listed(dropped)}"))
    return tuple(found)


def of_column(part: Change, table: str) -> tuple[Hazard, ...]:
    """Rows that a column's definition may refuse."""
    before, after = part.before, part.after
    if not isinstance(after, Column) or after.null or after.default is not None or after.generated:
        return ()
    if before is None:
        text = (
            f'Adding a non-nullable "{after.type}" column "{after.name}" '
            f'will fail in case table "{table}" is not empty'
        )
        return (Hazard("MF103", text),)
    if isinstance(before, Column) and before.null:
        text = (
            f'Modifying nullable column "{after.name}" to non-nullable without default value '
            "might fail in case it contains NULL values"
        )
        return (Hazard("LT101", text),)
    return ()


def of_index(part: Change, table: Change) -> tuple[Hazard, ...]:
    """Duplicates that a unique index may refuse, unless another one has ruled them out already."""
    before, after = part.before, part.after
    if not isinstance(after, Index) or not after.unique:
        return ()
    where = f'index "{after.name}" on table "{table.name}" might fail in case'
    if isinstance(before, Index) and not before.unique:
        text = f"Modifying an {where} of duplicate entries"
        return (Hazard("MF102", text),)
    added = {change.name for change in table.changes if change.key == "add_column"}
    old = _keys(after) - added
    guarantees = (change.before for change in table.changes if change.action in ("drop", "modify"))
    if not old or any(
        isinstance(index, Index) and index.unique and not index.where and _keys(index) <= old
        for index in guarantees
    ):
        return ()
    names = [f'"{part.column}"' for part in after.parts if part.column in old] or ["expressions"]
    subject = f"column {names[0]} contains" if len(names) == 1 else f"columns {', '.join(names)} contain"
    return (Hazard("MF101", f"Adding a unique {where} {subject} duplicate entries"),)


def of_dropped_constraints(table: Change) -> tuple[Hazard, ...]:
    """Rules that the change of a table no longer enforces."""
    gone = {change.name for change in table.changes if change.key == "drop_column"}
    found = []
    for part in table.changes:
        match part.action, part.before:
            case "drop", ForeignKey(columns=columns) if gone.isdisjoint(columns):
                found.append(Hazard("CD101", f'Dropping foreign-key constraint "{part.name}"'))
            case "drop", Check(expr=expr):
                found.append(Hazard("CD102", f'Dropping check constraint "{part.name or expr}"'))
            case "drop", PrimaryKey(columns=columns) if gone.isdisjoint(columns):
                found.append(Hazard("CD103", f'Dropping primary key of table "{table.name}"'))
    return tuple(found)


def of_rebuilt_columns(table: Change) -> tuple[Hazard, ...]:
    """What copying the rows into the new table may run into."""
    columns = [hazard for part in table.changes for hazard in of_column(part, table.name)]
    constraints = [
        hazard
        for part in table.changes
        if isinstance(part.after, Index) and part.after.constraint
        for hazard in of_index(part, table)
    ]
    return (*columns, *constraints)


def sides(change: Change) -> tuple[Table, Table]:
    """The table before and after its change."""
    before, after = change.before, change.after
    assert isinstance(before, Table)
    assert isinstance(after, Table)
    return before, after


def _is_virtual(column: Column) -> bool:
    return column.generated is not None and not column.generated.stored


def _keys(index: Index) -> set[str]:
    return {part.column or part.expr for part in index.parts}


def _listed(names: Iterable[str]) -> str:
    *head, last = names
    return f"{', '.join(head)} and {last}" if head else last
