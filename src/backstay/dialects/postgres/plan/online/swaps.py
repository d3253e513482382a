"""Indexes that are built and dropped CONCURRENTLY: where in a plan, and how one takes the place of another.

What cannot be part of a transaction runs at the end, so that all else stays in one. A new definition of an
index is built under another name and takes the old one's place when it is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec.structs import replace

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.locks import EXCLUSIVE
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.context import APART, Context, TableName, quoted, temporary
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables import indexes
from backstay.dialects.postgres.plan.tables.parts import uses_column
from backstay.schema.model import Address, Index, Table

FIRST = -1
"""The rank of a drop that cannot be left for the end."""

Verb = Literal["", "CREATE", "DROP"]


def swapped(steps: Sequence[Step], context: Context) -> Iterator[Step]:
    """The steps, those of indexes built and dropped concurrently at their new places."""
    found = {
        (_verb(step), _owner(step), step.statement.changes[0].name): step for step in steps if _verb(step)
    }
    for step in steps:
        verb = _verb(step)
        if not verb:
            yield step
            continue
        names = _owner(step), step.statement.changes[0].name
        create, drop = found.get(("CREATE", *names)), found.get(("DROP", *names))
        if create and drop and not create.statement.transactional and _can_wait(drop, context):
            yield from _swap(create, drop, context) if verb == "CREATE" else ()
        else:
            yield _placed(step, context)


def _verb(step: Step) -> Verb:
    """Does the step create or drop an index?"""
    change = step.statement.changes[0] if step.statement.changes else None
    if change is None or change.kind != "index":
        return ""
    words = step.statement.sql.split(maxsplit=3)
    if words[0] == "CREATE" and "INDEX" in words[1:3]:
        return "CREATE"
    return "DROP" if words[:2] == ["DROP", "INDEX"] else ""


def _owner(step: Step) -> TableName:
    change = step.statement.changes[0]
    return TableName(change.schema, change.table)


def _placed(step: Step, context: Context) -> Step:
    """The step in its place: what runs by itself is first or last."""
    if step.statement.transactional:
        return step
    table = _owner(step)
    if _verb(step) == "CREATE":
        return replace(step, rank=context.rank(APART, table, 1))
    if not _can_wait(step, context):
        return replace(step, rank=context.rank(FIRST, table))
    return replace(step, rank=context.rank(APART, table, 2), makes=step.makes - {("cleared", *table)})


def _can_wait(drop: Step, context: Context) -> bool:
    """Can the old index stay while its table changes? Not where what it stands on changes, or has to go."""
    table, index = _owner(drop), drop.statement.changes[0].before
    before, after = context.tables[table]
    if before is None or after is None or not isinstance(index, Index) or not index.valid:
        return False
    if drop.statement.changes[0].after == index or Address("index", *table, index.name) in context.remade:
        return False
    if before.partition_of or before.inherits or before.partitioning:
        return False
    return not any(uses_column(index, name) for name in _changing(before, after))


def _changing(before: Table, after: Table) -> Iterator[str]:
    """The columns that go, or hold other values afterwards."""
    kept = {column.name: column for column in after.columns}
    for old in before.columns:
        new = kept.get(old.name)
        if new is None or (old.type, old.collation, old.generated) != (
            new.type,
            new.collation,
            new.generated,
        ):
            yield old.name


def _swap(create: Step, drop: Step, context: Context) -> Iterator[Step]:
    """Build the index under another name, drop the old one, and take over its name."""
    change, table = create.statement.changes[0], _owner(create)
    index = change.after
    assert isinstance(index, Index)
    name = temporary("index", *table, index.name)
    built: Resource = ("built", *table, index.name)
    dropped: Resource = ("dropped", *table, index.name)
    build = indexes.built(
        table, replace(index, name=name), change, context, create.statement.hazards, create.statement.probes
    )
    yield replace(
        create,
        statement=replace(build, apart=False),
        rank=context.rank(APART, table, 1),
        makes=frozenset({built, ("name", table.schema, name)}),
    )
    yield replace(
        drop,
        rank=context.rank(APART, table, 2),
        needs=drop.needs | {built},
        makes=(drop.makes - {("cleared", *table)}) | {dropped},
    )
    yield Step(
        statement=_renamed(table, name, index.name, create.statement, context),
        rank=context.rank(APART, table, 2),
        needs=frozenset({dropped}),
        makes=create.makes,
    )


def _renamed(table: TableName, old: str, new: str, create: Statement, context: Context) -> Statement:
    before, after = (context.namer(table.schema, name) for name in (old, new))
    return Statement(
        sql=f"ALTER INDEX {before} RENAME TO {quote_name(new)}",
        comment=f"modify {quoted(table.name)} table",
        changes=create.changes,
        lock=EXCLUSIVE,
        reverse=(f"ALTER INDEX {after} RENAME TO {quote_name(old)}",),
    )
