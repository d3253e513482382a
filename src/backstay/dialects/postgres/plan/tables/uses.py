"""What objects and their parts make and use, as resources that order the steps of a plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from backstay.dialects.postgres.names import parse_name
from backstay.dialects.postgres.plan.context import Context, key_resource
from backstay.dialects.postgres.plan.steps import Resource
from backstay.dialects.postgres.plan.tables.parts import constraint_name, identity_sequence, unique_columns
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.schema.model import Column, Exclusion, ForeignKey, Index, Model, PrimaryKey, Table
from backstay.schema.names import default_name

NEXTVAL = re.compile(r"nextval\('((?:[^']|'')*)'", re.IGNORECASE)


def of_column(schema: str, column: Column, context: Context) -> Iterator[Resource]:
    """The type and the sequence that a column uses."""
    type_ = context.type_of(schema, column.type)
    if type_ is not None:
        yield type_
    match = NEXTVAL.search(column.default or "")
    sequence = parse_name(match[1].replace("''", "'")) if match else None
    if sequence is not None:
        yield ("sequence", sequence[0] or schema, sequence[1])


def of_key(schema: str, key: ForeignKey) -> tuple[Resource, ...]:
    """The table and the key that a foreign key refers to, and the rows."""
    target = (key.ref_schema or schema, key.ref_table)
    return key_resource(schema, key), ("table", *target), ("moved", *target)


def made_by_column(schema: str, table: str, column: Column) -> Iterator[Resource]:
    """The column, and the sequence that is made with it."""
    yield ("column", schema, table, column.name)
    if column.type in INTEGER_OF:
        for kind in ("sequence", "name"):
            yield (kind, schema, default_name(table, column.name, "seq"))
    yield from made_by_identity(schema, table, column)


def made_by_identity(schema: str, table: str, column: Column) -> Iterator[Resource]:
    """The name of an identity column's sequence."""
    if column.identity is not None:
        yield ("name", schema, identity_sequence(table, column))


def made_by_part(schema: str, table: str, part: Model | None) -> Iterator[Resource]:
    """The name of an index, and the key it is."""
    if isinstance(part, PrimaryKey):
        yield ("name", schema, constraint_name(table, part))
    elif isinstance(part, Index | Exclusion):
        yield ("name", schema, part.name)
    elif isinstance(part, Column):
        yield from made_by_column(schema, table, part)
    columns = unique_columns(part)
    if columns:
        yield ("key", schema, table, *sorted(columns))


def made_by_table(schema: str, table: Table, indexes: Iterable[Index]) -> Iterator[Resource]:
    """All that CREATE TABLE makes, with these indexes, or DROP TABLE removes."""
    yield ("table", schema, table.name)
    yield ("name", schema, table.name)
    for part in (*table.columns, table.primary_key, *indexes):
        yield from made_by_part(schema, table.name, part)
