"""Parts of a table that are dropped early and made late, in statements of their own.

They stand on something that goes, comes or is made anew in between: a check that calls a function, a default,
an exclusion constraint with an operator, a generated column. Foreign keys have a file of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.context import ADD_KEY, DROP_KEY, Context, TableName
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables import attributes, comments, uses
from backstay.dialects.postgres.plan.tables.clause import Clause, alter_table
from backstay.dialects.postgres.plan.tables.parts import comes, constraint_name, goes, uses_column
from backstay.schema.changes import Change
from backstay.schema.model import Address, Column, Model


def default_of(table: TableName, column: str) -> Address:
    """The address of a column's default."""
    return Address("default", *table, column)


def without_default(table: TableName, part: Change, context: Context) -> Change:
    """The change of a column without its default, where that is detached."""
    before, after = part.before, part.after
    if part.kind != "column" or default_of(table, part.name) not in context.detached:
        return part
    return replace(
        part,
        before=replace(before, default=None) if isinstance(before, Column) else before,
        after=replace(after, default=None) if isinstance(after, Column) else after,
    )


def default_steps(table: TableName, part: Change, context: Context) -> Iterator[Step]:
    """DROP DEFAULT before, SET DEFAULT after everything else; of a column that stays, or is new."""
    own = default_of(table, part.name)
    if own not in context.detached or part.action == "drop":
        return
    column = f"ALTER COLUMN {quote_name(part.name)}"
    drop = f"{column} DROP DEFAULT"
    if isinstance(part.before, Column) and part.before.default is not None:
        yield first(table, own, Clause(drop, f"{column} SET DEFAULT {part.before.default}"), part, context)
    if isinstance(part.after, Column) and part.after.default is not None:
        add = Clause(f"{column} SET DEFAULT {part.after.default}", drop)
        yield from last(table, own, add, part, context)


def constraint_steps(
    table: TableName, part: Change, drop: Clause | None, add: Clause | None, context: Context
) -> Iterator[Step]:
    """DROP CONSTRAINT before, ADD CONSTRAINT after everything else."""
    item = part.after if part.after is not None else part.before
    assert item is not None
    own = Address("constraint", *table, constraint_name(table.name, item))
    if drop is not None and goes(part):
        yield first(table, own, drop, part, context, part.before)
    if add is not None and comes(part):
        yield from last(table, own, add, part, context, part.after)


def column_steps(table: TableName, part: Change, drop: Clause, context: Context) -> Iterator[Step]:
    """A generated column that is made anew around something that it calls."""
    assert isinstance(part.after, Column)
    own = Address("column", *table, part.name)
    add = Clause(attributes.addition(part.after, table.schema, context.namer), drop.text)
    yield first(table, own, drop, part, context, part.before)
    yield from last(table, own, add, part, context, part.after)


def dropped_column(
    table: TableName, part: Change, drop: Clause, made: frozenset[Resource], context: Context
) -> Step:
    """A column that is dropped when what used it has changed, in the same plan, to use others."""
    return Step(
        statement=alter_table(table, [drop], part, context),
        rank=context.rank(ADD_KEY, table, 2),
        needs=frozenset({("altered", *table)}),
        removes=made | {Address("column", *table, part.name)},
    )


def first(
    table: TableName,
    own: Address,
    clause: Clause,
    change: Change,
    context: Context,
    part: Model | None = None,
) -> Step:
    """The step that takes the part away before anything happens to what it stands on."""
    statement = alter_table(table, [clause], change, context)
    return Step(
        statement=comments.with_undo(statement, table, part, change, context),
        rank=context.rank(DROP_KEY, table),
        makes=frozenset({("gone", *own)}),
        needs=frozenset({("cleared", *table)}),
        leaves=frozenset({("stand", *table), ("table", *table), *context.before.needs(own)})
        | _columns(table, part, context),
        removes=frozenset({own, *uses.made_by_part(*table, part)}),
    )


def last(
    table: TableName,
    own: Address,
    clause: Clause,
    change: Change,
    context: Context,
    part: Model | None = None,
) -> Iterator[Step]:
    """The steps that make the part when all that it stands on is there, and set its comment."""
    made = {own, ("restored", *own), ("restored", *table), *uses.made_by_part(*table, part)}
    needs = {("table", *table), ("altered", *table), ("gone", *own), *context.after.needs(own)}
    needs |= {("altered", *parent) for parent in context.had.ancestors(table)}
    yield Step(
        statement=alter_table(table, [clause], change, context),
        clauses=(clause,),
        rank=context.rank(ADD_KEY, table),
        makes=frozenset(made),
        needs=frozenset(needs) | _columns(table, part, context),
    )
    for comment in comments.of_new(table, part, change, context):
        rank = context.rank(ADD_KEY, table, 1)
        yield Step(statement=comment, rank=rank, needs=frozenset({("restored", *own)}))


def _columns(table: TableName, part: Model | None, context: Context) -> frozenset[Resource]:
    """The columns that a constraint is over and that are themselves dropped early and made late."""
    return frozenset(
        own
        for own in context.detached
        if own[0] == "column" and own[1:3] == table and part is not None and uses_column(part, own[3])
    )
