"""Foreign keys that are dropped early and made late, in statements of their own."""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects import hazards
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.context import (
    ADD_KEY,
    DROP_KEY,
    Context,
    TableName,
    constraint_resource,
)
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables import comments, uses
from backstay.dialects.postgres.plan.tables.clause import Clause, alter_table
from backstay.dialects.postgres.plan.tables.constraints import adding, addition
from backstay.dialects.postgres.plan.tables.parts import part_change
from backstay.schema.changes import Change
from backstay.schema.model import ForeignKey


def is_detached(table: TableName, key: ForeignKey, context: Context) -> bool:
    """Is the key dropped and made in statements of its own?"""
    return not key.validated or constraint_resource(*table, key.name) in context.detached


def add_steps(table: TableName, key: ForeignKey, change: Change, context: Context) -> Iterator[Step]:
    """Make the key when both tables are as they are to be, and set its comment."""
    resource = constraint_resource(*table, key.name)
    target = (key.ref_schema or table.schema, key.ref_table)
    added = part_change(table, "foreign_key", key.name, None, key)
    part = change if change.kind == "foreign_key" else added
    clause = adding(part, table, (part,), context)
    assert clause is not None
    yield Step(
        statement=alter_table(table, [clause], change, context),
        clauses=(clause,),
        rank=context.rank(ADD_KEY, table),
        keys=frozenset({resource}),
        makes=frozenset({resource}),
        needs=frozenset({(word, *table) for word in ("table", "moved", "altered")})
        | {("altered", *target), ("gone", *resource)}
        | frozenset(uses.of_key(table.schema, key))
        | _columns(table, key),
    )
    for comment in comments.of_new(table, key, change, context):
        yield Step(statement=comment, rank=context.rank(ADD_KEY, table, 1), needs=frozenset({resource}))


def drop_step(table: TableName, key: ForeignKey, change: Change, context: Context) -> Step:
    """Drop the key before anything happens to the tables on both sides."""
    resource = constraint_resource(*table, key.name)
    target = (key.ref_schema or table.schema, key.ref_table)
    clause = Clause(
        f"DROP CONSTRAINT {quote_name(key.name)}",
        str(addition(key, table.schema, context)),
        hazards=hazards.of_dropped_constraint(change, table.name, ()),
    )
    statement = alter_table(table, [clause], change, context)
    return Step(
        statement=comments.with_undo(statement, table, key, change, context),
        rank=context.rank(DROP_KEY, table),
        keys=frozenset({resource}),
        makes=frozenset({("gone", *resource)}),
        leaves=frozenset({("stand", *table), ("stand", *target), ("table", *table)})
        | frozenset(uses.of_key(table.schema, key))
        | _columns(table, key),
    )


def _columns(table: TableName, key: ForeignKey) -> frozenset[Resource]:
    """The columns on both sides."""
    target = (key.ref_schema or table.schema, key.ref_table)
    return frozenset(("column", *table, name) for name in key.columns) | frozenset(
        ("column", *target, name) for name in key.ref_columns
    )
