"""Tables that are dropped, with what has to go before them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects import hazards
from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.lineage import parents
from backstay.dialects.postgres.locks import EXCLUSIVE
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.context import (
    DROP_TABLE,
    Context,
    TableName,
    constraint_resource,
    quoted,
)
from backstay.dialects.postgres.plan.objects import made_along
from backstay.dialects.postgres.plan.steps import Step
from backstay.dialects.postgres.plan.tables import constraints, create, detached, foreign_keys, links, uses
from backstay.dialects.postgres.plan.tables.clause import Clause
from backstay.dialects.postgres.plan.tables.parts import DEPENDENT
from backstay.schema.changes import Change
from backstay.schema.model import Address, ForeignKey, Table


def steps(change: Change, context: Context) -> Iterator[Step]:
    """The steps that drop a table."""
    table = change.before
    assert isinstance(table, Table)
    name = TableName(change.schema, change.name)
    inline = [key for key in table.foreign_keys if not _goes_first(table, name, key, context)]
    for key in table.foreign_keys:
        if key not in inline:
            yield foreign_keys.drop_step(name, key, change, context)
    yield from _early_parts(table, name, change, context)
    parts = set(create.made_with(table, name))
    leaves = {resource for key in inline for resource in uses.of_key(name.schema, key)}
    for column in table.columns:
        leaves.update(uses.of_column(name.schema, column, context))
    above = parents(table, name.schema)
    leaves.update(("table", *parent) for parent in above)
    if table.partition_of is not None:  # the parent may get a key that it could not have
        leaves.update(("stand", *parent) for parent in above)
    leaves.discard(("table", *name))
    within = set(context.before.within(*name)) - context.detached
    leaves.update(context.before.needs(*within))
    removes = frozenset(uses.made_by_table(name.schema, table, table.indexes)) | parts
    is_empty = name in context.emptied
    yield Step(
        statement=Statement(
            sql=f"DROP {create.keyword(table)} {context.namer(*name)}",
            comment=f"drop {quoted(name.name)} table",
            changes=(change,),
            hazards=() if is_empty else hazards.of_dropped_table(name.name),
            lock=EXCLUSIVE,
            reverse=() if is_empty else (*_created_again(table, name, context), *made_along(*name, context)),
        ),
        rank=context.rank(DROP_TABLE, name),
        makes=frozenset(links.untyped(table, name, context)).union(
            *(links.left_room(parent, context) for parent in above)
        ),
        leaves=frozenset(leaves) - removes,
        removes=removes,
        keys=frozenset(constraint_resource(*name, key.name) for key in inline)
        | {own for own in parts if own.kind in DEPENDENT and any(context.before.needs(own))},
    )


def _early_parts(table: Table, name: TableName, change: Change, context: Context) -> Iterator[Step]:
    """The constraints and defaults that close a circle with what they call, and which needs the table."""
    for column in table.columns:
        own = detached.default_of(name, column.name)
        if own in context.detached:
            text = f"ALTER COLUMN {quote_name(column.name)}"
            clause = Clause(f"{text} DROP DEFAULT", f"{text} SET DEFAULT {column.default}")
            yield detached.first(name, own, clause, change, context)
    for item in (*table.checks, *table.exclusions):
        own = Address("constraint", *name, item.identifier)
        if own in context.detached:
            add = str(constraints.addition(item, name.schema, context))
            clause = Clause(f"DROP CONSTRAINT {quote_name(item.identifier)}", add)
            yield detached.first(name, own, clause, change, context)


def _goes_first(table: Table, name: TableName, key: ForeignKey, context: Context) -> bool:
    """Does a key go before its table? That of a partitioned table to itself stands on the partitions."""
    to_itself = (key.ref_schema or name.schema, key.ref_table) == name
    return (table.partitioning is not None and to_itself) or (
        constraint_resource(*name, key.name) in context.detached
    )


def _created_again(table: Table, name: TableName, context: Context) -> tuple[str, ...]:
    """What undoes the drop; detached foreign keys went before, and come back by their own."""
    keys = tuple(key for key in table.foreign_keys if not _goes_first(table, name, key, context))
    value = replace(create.without_detached(table, name, context), foreign_keys=keys)
    change = Change(action="add", kind="table", schema=name.schema, name=name.name, after=value)
    former = replace(context, detached=frozenset(), has=context.had)
    return tuple(step.statement.sql for step in create.steps(change, former))
