"""Keys that the server makes for a partition along with that of the partitioned table (see `parts.is_given`).

They come under the usual name, with the storage of the partitioned one. What a partition has of its own (a
name, a comment, parameters) is set afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.lineage import Lineage, TableName, parents
from backstay.dialects.postgres.plan.attachments import (
    KINDS,
    Attached,
    Indexed,
    index_name,
    named,
    of_table,
    parent_name,
    usual_name,
)
from backstay.dialects.postgres.plan.context import ADD_TABLE, Context
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables import comments, indexes, names
from backstay.dialects.postgres.plan.tables.parts import is_given, part_change
from backstay.schema.changes import Change
from backstay.schema.model import PrimaryKey, Table


def without(table: Table) -> Table:
    """The table without them, as CREATE TABLE has to make it."""
    return replace(
        table,
        primary_key=None if is_given(table.primary_key) else table.primary_key,
        indexes=tuple(index for index in table.indexes if not is_given(index)),
        exclusions=tuple(exclusion for exclusion in table.exclusions if not is_given(exclusion)),
    )


def of_new(table: Table, name: TableName, change: Change, context: Context) -> Iterator[Step]:
    """What a new partition has of its own, once it is attached."""
    items = tuple(filter(is_given, of_table(table)))
    yield from steps(items, table, name, change, context)
    for item in items:
        for statement in indexes.clustered(name, item, change, context):
            yield _step(statement, name, item, context, *named(name, item))


def steps(
    items: Iterable[Indexed], table: Table, name: TableName, change: Change, context: Context
) -> Iterator[Step]:
    """What a partition has of its own of the keys that it was given."""
    for item in items:
        part = part_change(name, KINDS[type(item)], item.identifier, as_made(item, name, context.has), item)
        for rename in names.of_part(name, table, part, context):
            statement = replace(rename.statement, changes=(change,))
            yield replace(_step(statement, name, item, context), makes=frozenset({rename.takes}))
        for statement in (*indexes.alterations(name, part, context), *comments.of_part(name, part, context)):
            statement = replace(statement, changes=(change,))
            yield _step(statement, name, item, context, *named(name, item))


def as_made(item: Indexed, name: TableName, lineage: Lineage) -> Indexed:
    """The key as the server makes it."""
    whole = _partitioned(item, name, lineage)
    made = replace(
        item,
        name="" if isinstance(item, PrimaryKey) else usual_name(Attached(name, item)) or item.name,
        comment="",
        index_comment="",
        clustered=False,
        storage=whole.storage,
        tablespace=whole.tablespace,
    )
    if isinstance(made, PrimaryKey):
        return made
    return replace(made, parts=tuple(replace(key, statistics=None) for key in made.parts))


def _partitioned(item: Indexed, name: TableName, lineage: Lineage) -> Indexed:
    """The key of the partitioned table; itself where that is not part of the state."""
    for above in parents(lineage.tables[name], name.schema):
        for whole in of_table(lineage.tables[above]) if above in lineage.tables else ():
            if index_name(above, whole) == parent_name(name, item):
                return whole
    return item


def _step(statement: Statement, name: TableName, item: Indexed, context: Context, *needs: Resource) -> Step:
    above = context.has.ancestors(name)
    return Step(
        statement=statement,
        rank=context.rank(ADD_TABLE, name, 3),
        needs=frozenset(
            {
                *(("tied", *table) for table in (name, *above)),
                *(("altered", *table) for table in above),
                *needs,
            }
        ),
    )
