"""Parts that only change their name: primary keys, what forbids NULL, indexes of partitions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import msgspec

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.names import default_name, quote_name
from backstay.dialects.postgres.plan.context import (
    EXCLUSIVE,
    Context,
    TableName,
    constraint_resource,
    quoted,
)
from backstay.dialects.postgres.plan.parts import constraint_name, is_replaced, keeps_not_null, not_null_name
from backstay.dialects.postgres.plan.steps import Resource
from backstay.schema.changes import Change
from backstay.schema.model import Column, Exclusion, Index, PrimaryKey, Table


class Rename(msgspec.Struct, frozen=True):
    """The statement, and the names it frees and takes."""

    statement: Statement
    frees: Resource
    takes: Resource


def of_part(table: TableName, state: Table, part: Change, context: Context) -> Rename | None:
    """The new name of a part of a table in this state; nothing where it keeps its name, or is made anew."""
    before, after = part.before, part.after
    frees: Resource
    takes: Resource
    if is_replaced(part):
        return None
    match before, after:
        case PrimaryKey(), PrimaryKey():
            # Its index keeps its rows, and the foreign keys on it stay. It has the name of the constraint.
            old, new = (constraint_name(table.name, key) for key in (before, after))
            frees, takes = (("name", table.schema, name) for name in (old, new))
        case (Index() | Exclusion(), Index() | Exclusion()):
            # Of a partition: it is told by the index it is attached to.
            old, new = before.name, after.name
            frees, takes = (("name", table.schema, name) for name in (old, new))
        case Column(), Column() if keeps_not_null(before, after) and (
            before.not_null.name != after.not_null.name
        ):
            old = not_null_name(table.name, before)
            new = after.not_null.name or _free_name(state, after)
            frees, takes = (constraint_resource(*table, name) for name in (old, new))
        case _:
            return None
    return None if old == new else Rename(_statement(table, old, new, part, context), frees, takes)


def _statement(table: TableName, old: str, new: str, part: Change, context: Context) -> Statement:
    if isinstance(part.after, Index) and not part.after.constraint:
        forth, back = (context.namer(table.schema, name) for name in (old, new))
        sql, reverse = (
            f"ALTER INDEX {forth} RENAME TO {quote_name(new)}",
            f"ALTER INDEX {back} RENAME TO {quote_name(old)}",
        )
    else:
        alter = f"ALTER TABLE {context.namer(*table)} RENAME CONSTRAINT"
        sql, reverse = (
            f"{alter} {quote_name(old)} TO {quote_name(new)}",
            f"{alter} {quote_name(new)} TO {quote_name(old)}",
        )
    return Statement(
        sql=sql,
        comment=f"modify {quoted(table.name)} table",
        changes=(part,),
        lock=EXCLUSIVE,
        reverse=(reverse,),
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
