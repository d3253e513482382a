"""Constraints that only change their name: the primary key, and those that forbid NULL (PostgreSQL 18)."""

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
from backstay.dialects.postgres.plan.parts import constraint_name, is_replaced
from backstay.dialects.postgres.plan.steps import Resource
from backstay.schema.changes import Change
from backstay.schema.model import Column, PrimaryKey, Table


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
        case Column(null=False), Column(null=False) if before.not_null.name != after.not_null.name:
            old = before.not_null.name or default_name(table.name, before.name, "not_null")
            new = after.not_null.name or _free_name(state, after)
            frees, takes = (constraint_resource(*table, name) for name in (old, new))
        case _:
            return None
    return None if old == new else Rename(_statement(table, old, new, part, context), frees, takes)


def _statement(table: TableName, old: str, new: str, part: Change, context: Context) -> Statement:
    alter = f"ALTER TABLE {context.namer(*table)} RENAME CONSTRAINT"
    return Statement(
        sql=f"{alter} {quote_name(old)} TO {quote_name(new)}",
        comment=f"modify {quoted(table.name)} table",
        changes=(part,),
        lock=EXCLUSIVE,
        reverse=(f"{alter} {quote_name(new)} TO {quote_name(old)}",),
    )


def _free_name(table: Table, column: Column) -> str:
    """The usual name, with the number that the server would append where it is taken."""
    taken = set(_taken(table))
    labels = ("not_null" if not number else f"not_null{number}" for number in count())
    names = (default_name(table.name, column.name, label) for label in labels)
    return next(name for name in names if name not in taken)


def _taken(table: Table) -> Iterator[str]:
    for parts in (table.checks, table.foreign_keys, table.indexes):
        yield from (part.name for part in parts)
    yield from (column.not_null.name for column in table.columns)
