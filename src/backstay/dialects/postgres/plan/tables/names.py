"""Parts that only change their name: primary keys, what forbids NULL, sequences, indexes of partitions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import msgspec

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.locks import EXCLUSIVE
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.context import Context, TableName, constraint_resource, quoted
from backstay.dialects.postgres.plan.steps import Resource
from backstay.dialects.postgres.plan.tables import uses
from backstay.dialects.postgres.plan.tables.parts import (
    constraint_name,
    is_replaced,
    keeps_not_null,
    not_null_name,
)
from backstay.schema.changes import Change
from backstay.schema.model import Column, Exclusion, Index, PrimaryKey, Table
from backstay.schema.names import default_name


class Rename(msgspec.Struct, frozen=True):
    """The statement, and the names it frees and takes."""

    statement: Statement
    frees: Resource
    takes: Resource


def of_part(table: TableName, state: Table, part: Change, context: Context) -> Iterator[Rename]:
    """The new names of a part of a table in this state; none where it keeps its name, or is made anew."""
    if not is_replaced(part):
        for kind, frees, takes in _names(table, state, part):
            if frees != takes:
                yield Rename(_statement(table, kind, frees[-1], takes[-1], part, context), frees, takes)


def _names(table: TableName, state: Table, part: Change) -> Iterator[tuple[str, Resource, Resource]]:
    """What has a name, as what ALTER calls it, with the old name and the new one."""
    match part.before, part.after:
        case PrimaryKey() as before, PrimaryKey() as after:
            # Its index keeps its rows, and the foreign keys on it stay. It has the name of the constraint.
            old, new = (constraint_name(table.name, key) for key in (before, after))
            yield "CONSTRAINT", ("name", table.schema, old), ("name", table.schema, new)
        case (Index() | Exclusion()) as before, (Index() | Exclusion()) as after:
            # Of a partition: it is told by the index it is attached to.
            kind = "INDEX" if isinstance(after, Index) and not after.constraint else "CONSTRAINT"
            yield kind, ("name", table.schema, before.name), ("name", table.schema, after.name)
        case Column() as before, Column() as after:
            if before.identity is not None and after.identity is not None:
                frees, takes = (uses.made_by_identity(*table, column) for column in (before, after))
                yield "SEQUENCE", next(frees), next(takes)
            if keeps_not_null(before, after) and before.not_null.name != after.not_null.name:
                old, new = not_null_name(table.name, before), after.not_null.name or _free_name(state, after)
                yield "CONSTRAINT", constraint_resource(*table, old), constraint_resource(*table, new)


def _statement(table: TableName, kind: str, old: str, new: str, part: Change, context: Context) -> Statement:
    if kind == "CONSTRAINT":
        alter = f"ALTER TABLE {context.namer(*table)} RENAME CONSTRAINT"
        forth, back = f"{alter} {quote_name(old)}", f"{alter} {quote_name(new)}"
    else:
        forth, back = (f"ALTER {kind} {context.namer(table.schema, name)} RENAME" for name in (old, new))
    return Statement(
        sql=f"{forth} TO {quote_name(new)}",
        comment=f"modify {quoted(table.name)} table",
        changes=(part,),
        lock=EXCLUSIVE,
        reverse=(f"{back} TO {quote_name(old)}",),
    )


def _free_name(table: Table, column: Column) -> str:
    """The usual name, with the number that the server would append where it is taken."""
    taken = set(_taken(table))
    labels = ("not_null" if not number else f"not_null{number}" for number in count())
    names = (default_name(table.name, column.name, label) for label in labels)
    return next(name for name in names if name not in taken)


def _taken(table: Table) -> Iterator[str]:
    for parts in (table.checks, table.foreign_keys, table.indexes, table.exclusions):
        yield from (part.name for part in parts)
    yield from (column.not_null.name for column in table.columns)
