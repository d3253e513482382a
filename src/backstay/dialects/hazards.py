"""The dangers of changes to tables that hold rows (docs/hazards.md), and how each is worded.

What a dialect does differently is a parameter; which statement a danger belongs to is the planner's business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from backstay.dialects.dialect import Hazard
from backstay.schema.changes import Change
from backstay.schema.model import (
    Check,
    Column,
    Exclusion,
    ForeignKey,
    Index,
    IndexPart,
    Model,
    PrimaryKey,
)
from backstay.schema.names import primary_key_name

Key = tuple[str, str, str]
"""A key of an index: its column or expression, its collation and its operator class decide what is equal."""


def of_dropped_table(name: str) -> tuple[Hazard, ...]:
    """All its rows are lost."""
    return (Hazard("DS102", f'Dropping table "{name}"'),)


def of_renamed(kind: str, before: str, after: str) -> tuple[Hazard, ...]:
    """Clients know the old name."""
    return (Hazard("BC101" if kind == "table" else "BC102", f'Renaming {kind} "{before}" to "{after}"'),)


def of_dropped_columns(columns: Iterable[Column]) -> tuple[Hazard, ...]:
    """Their values are lost; a virtual column has none."""
    names = [f'"{column.name}"' for column in columns if column.generated is None or column.generated.stored]
    if not names:
        return ()
    *head, last = names
    listed = f"{', '.join(head)} and {last}" if head else last
    return (Hazard("DS103", f"Dropping non-virtual column{'s' if head else ''} {listed}"),)


def of_dropped_field(type_: str, field: str) -> tuple[Hazard, ...]:
    """Columns of the type lose its values."""
    return (Hazard("DS103", f'Dropping attribute "{field}" of type "{type_}"'),)


def of_not_null(
    part: Change, table: str, *, rebuilt: bool = False, counting: Collection[str] = ()
) -> tuple[Hazard, ...]:
    """Rows that a column without NULL may refuse.

    `rebuilt`: the rows are copied into a new table, where a default takes the place of NULL. `counting`
    are types that bring a default.
    """
    before, after = part.before, part.after
    if not isinstance(after, Column) or after.null or not after.not_null.validated:
        return ()
    fills_itself = bool(
        after.default is not None or after.generated or after.identity or after.type in counting
    )
    if before is None and not fills_itself:
        text = (
            f'Adding a non-nullable "{after.type}" column "{after.name}" '
            f'will fail in case table "{table}" is not empty'
        )
        return (Hazard("MF103", text),)
    takes_null = isinstance(before, Column) and (before.null or not before.not_null.validated)
    if takes_null and not (rebuilt and fills_itself):
        text = (
            f'Modifying nullable column "{after.name}" to non-nullable '
            f"{'without default value ' if rebuilt else ''}might fail in case it contains NULL values"
        )
        return (Hazard("LT101" if rebuilt else "MF104", text),)
    return ()


def of_index(part: Change, table: str, siblings: Iterable[Change]) -> tuple[Hazard, ...]:
    """Rows that a unique index, an exclusion or a key over time may refuse, if nothing rules them out.

    `siblings` are all changes of the table: of the keys that go, and the columns that come.
    """
    before, after = part.before, part.after
    if before == after:
        return ()
    match after:
        case Exclusion() | PrimaryKey(without_overlaps=True) | Index(without_overlaps=True):
            what = "an exclusion" if isinstance(after, Exclusion) else "a key without overlaps as"
            name = primary_key_name(table, after.name) if isinstance(after, PrimaryKey) else after.name
            where = f'constraint "{name}" on table "{table}" might fail in case'
            return (Hazard("MF105", f"Adding {what} {where} of conflicting rows"),)
        case Index(unique=True):
            where = f'index "{after.name}" on table "{table}" might fail in case'
            if isinstance(before, Index) and not before.unique:
                return (Hazard("MF102", f"Modifying an {where} of duplicate entries"),)
            return _of_duplicates(after, where, siblings)
    return ()


def _of_duplicates(index: Index, where: str, siblings: Iterable[Change]) -> tuple[Hazard, ...]:
    changes = tuple(siblings)
    added = {change.name for change in changes if change.key == "add_column"}
    old = {key for key in _keys(index.parts) if key[0] not in added}
    guarantees = (_unique_keys(change.before) for change in changes if change.action in {"drop", "modify"})
    if not old or (index.nulls_distinct and any(keys and keys <= old for keys in guarantees)):
        return ()
    columns = [item.column for item in index.parts if item.column and item.column not in added]
    names = [f'"{column}"' for column in columns] or ["expressions"]
    subject = f"column {names[0]} contains" if len(names) == 1 else f"columns {', '.join(names)} contain"
    return (Hazard("MF101", f"Adding a unique {where} {subject} duplicate entries"),)


def of_dropped_constraint(part: Change, table: str, gone: Iterable[str]) -> tuple[Hazard, ...]:
    """Rules that are no longer enforced, though the columns they are about stay; `gone` do not."""
    if part.action != "drop":
        return ()
    lost = set(gone)
    match part.before:
        case ForeignKey(columns=columns) if lost.isdisjoint(columns):
            return (Hazard("CD101", f'Dropping foreign-key constraint "{part.name}"'),)
        case Exclusion():
            return (Hazard("CD104", f'Dropping exclusion constraint "{part.name}"'),)
        case Check(expr=expr):
            return (Hazard("CD102", f'Dropping check constraint "{part.name or expr}"'),)
        case PrimaryKey(columns=columns) if lost.isdisjoint(columns):
            return (Hazard("CD103", f'Dropping primary key of table "{table}"'),)
    return ()


def _unique_keys(part: Model | None) -> frozenset[Key]:
    """The keys of which no two rows have the same values; none where that is not sure."""
    match part:
        case PrimaryKey():
            return _keys(IndexPart(column=name) for name in part.columns)
        case Index(unique=True, where="", valid=True):
            return _keys(part.parts)
    return frozenset()


def _keys(parts: Iterable[IndexPart]) -> frozenset[Key]:
    return frozenset((part.column or part.expr, part.collation, part.ops) for part in parts)
