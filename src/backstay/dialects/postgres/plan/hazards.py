"""The dangers of changes to tables that hold rows (docs/hazards.md)."""

from __future__ import annotations

from collections.abc import Iterable

from backstay.dialects.dialect import Hazard
from backstay.dialects.postgres.plan.parts import unique_columns
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.schema.changes import Change
from backstay.schema.model import Check, Column, ForeignKey, Index, PrimaryKey


def of_dropped_table(name: str) -> tuple[Hazard, ...]:
    """All its rows are lost."""
    return (Hazard("DS102", f'Dropping table "{name}"'),)


def of_column(part: Change, table: str) -> tuple[Hazard, ...]:
    """Values that are lost, and rows that a definition may refuse."""
    before, after = part.before, part.after
    if isinstance(before, Column) and not isinstance(after, Column):
        virtual = before.generated is not None and not before.generated.stored
        return () if virtual else (Hazard("DS103", f'Dropping non-virtual column "{before.name}"'),)
    if not isinstance(after, Column) or after.null:
        return ()
    if before is None and not _fills_itself(after):
        text = (
            f'Adding a non-nullable "{after.type}" column "{after.name}" '
            f'will fail in case table "{table}" is not empty'
        )
        return (Hazard("MF103", text),)
    if isinstance(before, Column) and before.null:
        text = (
            f'Modifying nullable column "{after.name}" to non-nullable '
            "might fail in case it contains NULL values"
        )
        return (Hazard("MF104", text),)
    return ()


def _fills_itself(column: Column) -> bool:
    return bool(
        column.default is not None or column.generated or column.identity or column.type in INTEGER_OF
    )


def of_index(part: Change, table: str, siblings: Iterable[Change]) -> tuple[Hazard, ...]:
    """Duplicates that a unique index may refuse, unless a stricter one has ruled them out already."""
    before, after = part.before, part.after
    if not isinstance(after, Index) or not after.unique or before == after:
        return ()
    where = f'index "{after.name}" on table "{table}" might fail in case'
    if isinstance(before, Index) and not before.unique:
        return (Hazard("MF102", f"Modifying an {where} of duplicate entries"),)
    changes = tuple(siblings)
    added = {change.name for change in changes if change.key == "add_column"}
    old = {item.column or item.expr for item in after.parts} - added
    guarantees = (unique_columns(change.before) for change in changes if change.action in {"drop", "modify"})
    if not old or (after.nulls_distinct and any(columns and columns <= old for columns in guarantees)):
        return ()
    names = [f'"{item.column}"' for item in after.parts if item.column in old] or ["expressions"]
    subject = f"column {names[0]} contains" if len(names) == 1 else f"columns {', '.join(names)} contain"
    return (Hazard("MF101", f"Adding a unique {where} {subject} duplicate entries"),)


def of_dropped_constraint(part: Change, table: str, gone: Iterable[str]) -> tuple[Hazard, ...]:
    """Rules that are no longer enforced, though the columns they are about stay."""
    if part.action != "drop":
        return ()
    lost = set(gone)
    match part.before:
        case ForeignKey(columns=columns) if lost.isdisjoint(columns):
            return (Hazard("CD101", f'Dropping foreign-key constraint "{part.name}"'),)
        case Check():
            return (Hazard("CD102", f'Dropping check constraint "{part.name}"'),)
        case PrimaryKey(columns=columns) if lost.isdisjoint(columns):
            return (Hazard("CD103", f'Dropping primary key of table "{table}"'),)
    return ()
