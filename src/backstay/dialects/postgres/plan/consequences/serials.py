"""Serial types are notation: where a column becomes serial or stops being it, its sequence comes or goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from backstay.dialects.postgres.names import quote_text
from backstay.dialects.postgres.plan.consequences.changing import ChangingTable
from backstay.dialects.postgres.plan.context import Context
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.schema.changes import Change
from backstay.schema.model import Column, ColumnRef, Table
from backstay.schema.model import Sequence as Seq
from backstay.schema.names import default_name


def implied_sequences(table: ChangingTable, explicit: Sequence[Change], context: Context) -> Iterator[Change]:
    """Replace changes from and to serial types by those of integer columns and their sequences."""
    yield from _taken_over(table, explicit, context)
    for (kind, name), part in list(table.parts.items()):
        before, after = part.before, part.after
        if kind != "column" or not isinstance(before, Column) or not isinstance(after, Column):
            continue
        if before.type == after.type or not {before.type, after.type} & INTEGER_OF.keys():
            continue
        sequence = default_name(table.name, name, "seq")
        default = _default(table, sequence, context)
        plain = replace(part, before=_plain(before, default), after=_plain(after, default))
        table.parts[kind, name] = plain
        old = _serial_sequence(table.before, sequence, before)
        new = _serial_sequence(table.after, sequence, after)
        action = "modify" if old and new else "add" if new else "drop"
        if old != new:
            yield Change(
                action=action,  # type: ignore[arg-type]
                kind="sequence",
                schema=table.schema,
                name=sequence,
                before=old,
                after=new,
            )


def _taken_over(table: ChangingTable, explicit: Sequence[Change], context: Context) -> Iterator[Change]:
    """A new serial column takes over the sequence of its name that another column of its table leaves.

    That one could not be dropped in time: its column goes in the statement that adds the new one.
    """
    left = {
        change.name: change
        for change in explicit
        if isinstance(change.before, Seq) and change.before.owner is not None and change.after is None
        if (change.schema, change.before.owner.table) == table.table
    }
    for key, part in list(table.parts.items()):
        column = part.after
        if part.before is not None or not isinstance(column, Column) or column.type not in INTEGER_OF:
            continue
        sequence = default_name(table.name, column.name, "seq")
        if sequence in left:
            table.parts[key] = replace(part, after=_plain(column, _default(table, sequence, context)))
            after = _serial_sequence(table.after, sequence, column)
            yield replace(left[sequence], action="modify", after=after)


def merged(explicit: Sequence[Change], implied: Sequence[Change]) -> tuple[Change, ...]:
    """One change per sequence: what a serial type makes may be what stood for itself before."""
    merged = {(change.schema, change.name): change for change in explicit}
    for change in implied:
        other = merged.get((change.schema, change.name))
        if other is None:
            merged[change.schema, change.name] = change
            continue
        before, after = change.before or other.before, change.after or other.after
        action = "modify" if before and after else "add" if after else "drop"
        merged[change.schema, change.name] = replace(change, action=action, before=before, after=after)
    return tuple(change for change in merged.values() if change.before != change.after)


def _default(table: ChangingTable, sequence: str, context: Context) -> str:
    return f"nextval({quote_text(context.namer(table.schema, sequence))}::regclass)"


def _plain(column: Column, default: str) -> Column:
    if column.type not in INTEGER_OF:
        return column
    return replace(column, type=INTEGER_OF[column.type], default=default)


def _serial_sequence(table: Table, name: str, column: Column) -> Seq | None:
    if column.type not in INTEGER_OF:
        return None
    owner = ColumnRef(table=table.name, column=column.name)
    return Seq(name=name, type=INTEGER_OF[column.type], owner=owner, unlogged=table.unlogged)
