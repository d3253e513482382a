"""Indexes that are not of a constraint: statements of their own."""

from __future__ import annotations

from backstay.dialects.dialect import Hazard, Statement
from backstay.dialects.postgres import ddl
from backstay.dialects.postgres.plan import comments
from backstay.dialects.postgres.plan.context import EXCLUSIVE, SHARE, SHARE_UPDATE, Context, TableName, quoted
from backstay.schema.changes import Change
from backstay.schema.model import Index


def create(
    table: TableName,
    index: Index,
    change: Change,
    context: Context,
    *,
    is_new_table: bool = False,
    hazards: tuple[Hazard, ...] = (),
) -> Statement:
    """CREATE INDEX; on a table that holds rows without blocking writes, where that is asked for."""
    concurrently = context.options.concurrent_create and not is_new_table
    return Statement(
        sql=ddl.create_index(index, table.name, table.schema, context.namer, concurrently=concurrently),
        comment=f"create index {quoted(index.name)} to table: {quoted(table.name)}",
        changes=(change,),
        hazards=hazards,
        lock=SHARE_UPDATE if concurrently else SHARE,
        reverse=(_drop(table, index, context, concurrently),),
        transactional=not concurrently,
    )


def drop(table: TableName, index: Index, change: Change, context: Context) -> Statement:
    """DROP INDEX; without blocking reads and writes, where that is asked for."""
    concurrently = context.options.concurrent_drop
    return Statement(
        sql=_drop(table, index, context, concurrently),
        comment=f"drop index {quoted(index.name)} from table: {quoted(table.name)}",
        changes=(change,),
        lock=SHARE_UPDATE if concurrently else EXCLUSIVE,
        reverse=created_again(table, index, change, context, concurrently=concurrently),
        transactional=not concurrently,
    )


def created_again(
    table: TableName, index: Index, change: Change, context: Context, *, concurrently: bool = False
) -> tuple[str, ...]:
    """What undoes the drop."""
    sql = ddl.create_index(index, table.name, table.schema, context.namer, concurrently=concurrently)
    return sql, *(comment.sql for comment in comments.of_new(table, index, change, context))


def _drop(table: TableName, index: Index, context: Context, concurrently: bool) -> str:
    return f"DROP INDEX {'CONCURRENTLY ' if concurrently else ''}{context.namer(table.schema, index.name)}"
