"""Tables that are created and dropped; each with its indexes and comments behind it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects import hazards
from backstay.dialects.dialect import Statement
from backstay.dialects.postgres import ddl
from backstay.dialects.postgres.plan import comments, foreign_keys, indexes, uses
from backstay.dialects.postgres.plan.context import (
    ADD_TABLE,
    DROP_TABLE,
    EXCLUSIVE,
    SHARE_ROW,
    Context,
    TableName,
    constraint_resource,
    quoted,
)
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.schema.changes import Change
from backstay.schema.model import ForeignKey, Index, Table


def create(change: Change, context: Context) -> Iterator[Step]:
    """The steps that make a table."""
    table = change.after
    assert isinstance(table, Table)
    name = TableName(change.schema, change.name)
    inline = [key for key in table.foreign_keys if not foreign_keys.is_detached(name, key, context)]
    own = ("table", *name)
    yield Step(
        statement=_create(table, name, inline, change, context),
        rank=context.rank(ADD_TABLE, name),
        makes=frozenset(uses.made_by_table(name.schema, table, _constraints(table))),
        needs=_needs(table, name, inline, context),
        keys=frozenset(constraint_resource(*name, key.name) for key in inline),
    )
    for statement, resources in _followers(table, name, inline, change, context):
        yield Step(
            statement=statement,
            rank=context.rank(ADD_TABLE, name, 1),
            needs=frozenset({own}),
            makes=resources,
        )
    for key in table.foreign_keys:
        if key not in inline:
            yield from foreign_keys.add_steps(name, key, change, context)


def _constraints(table: Table) -> tuple[Index, ...]:
    return tuple(index for index in table.indexes if index.constraint)


def _needs(table: Table, name: TableName, inline: list[ForeignKey], context: Context) -> frozenset[Resource]:
    needs: set[Resource] = {("schema", name.schema)}
    for column in table.columns:
        needs.update(uses.of_column(name.schema, column, context))
    for key in inline:
        needs.update(uses.of_key(name.schema, key))
        needs.add(("altered", key.ref_schema or name.schema, key.ref_table))
    return frozenset(needs)


def _create(
    table: Table, name: TableName, inline: list[ForeignKey], change: Change, context: Context
) -> Statement:
    sql = ddl.create_table(
        table, name.schema, context.namer, foreign_keys=inline, indent=context.options.indent
    )
    return Statement(
        sql=sql,
        comment=f"create {quoted(name.name)} table",
        changes=(change,),
        lock=SHARE_ROW if inline else "",
        reverse=(f"DROP TABLE {context.namer(*name)}",),
    )


def _followers(
    table: Table, name: TableName, inline: list[ForeignKey], change: Change, context: Context
) -> Iterator[tuple[Statement, frozenset[Resource]]]:
    """What is behind a CREATE TABLE: indexes, checks that are not valid, comments."""
    for index in table.indexes:
        if not index.constraint:
            statement = indexes.create(name, index, change, context, is_new_table=True)
            yield statement, frozenset(uses.made_by_part(name.schema, name.name, index))
    for check in table.checks:
        if not check.validated:
            sql = f"ALTER TABLE {context.namer(*name)} ADD {ddl.check(check)} NOT VALID"
            comment = f"modify {quoted(name.name)} table"
            yield Statement(sql=sql, comment=comment, changes=(change,), lock=EXCLUSIVE), frozenset()
    for statement in comments.of_table(name, "", table.comment, change, context):
        yield statement, frozenset()
    for part in (*table.columns, table.primary_key, *table.indexes, *inline, *table.checks):
        for statement in comments.of_new(name, part, change, context):
            yield statement, frozenset()


def drop(change: Change, context: Context) -> Iterator[Step]:
    """The steps that drop a table."""
    table = change.before
    assert isinstance(table, Table)
    name = TableName(change.schema, change.name)
    inline = [key for key in table.foreign_keys if not _is_detached(name, key, context)]
    for key in table.foreign_keys:
        if key not in inline:
            yield foreign_keys.drop_step(name, key, change, context)
    leaves = {resource for key in inline for resource in uses.of_key(name.schema, key)}
    for column in table.columns:
        leaves.update(uses.of_column(name.schema, column, context))
    leaves.discard(("table", *name))
    removes = frozenset(uses.made_by_table(name.schema, table, table.indexes))
    yield Step(
        statement=Statement(
            sql=f"DROP TABLE {context.namer(*name)}",
            comment=f"drop {quoted(name.name)} table",
            changes=(change,),
            hazards=hazards.of_dropped_table(name.name),
            lock=EXCLUSIVE,
            reverse=_created_again(table, name, context),
        ),
        rank=context.rank(DROP_TABLE, name),
        leaves=frozenset(leaves) - removes,
        removes=removes,
        keys=frozenset(constraint_resource(*name, key.name) for key in inline),
    )


def _is_detached(name: TableName, key: ForeignKey, context: Context) -> bool:
    return constraint_resource(*name, key.name) in context.detached


def _created_again(table: Table, name: TableName, context: Context) -> tuple[str, ...]:
    """What undoes the drop; detached foreign keys went before, and come back by their own."""
    keys = tuple(key for key in table.foreign_keys if not _is_detached(name, key, context))
    value = replace(table, foreign_keys=keys)
    change = Change(action="add", kind="table", schema=name.schema, name=name.name, after=value)
    return tuple(step.statement.sql for step in create(change, replace(context, detached=frozenset())))
