"""`table "users" { … }`: its own attributes, and the blocks it consists of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import TypeVar

from msgspec.structs import replace

from backstay.dialects.mapping import (
    checks,
    columns,
    exclusions,
    foreign_keys,
    indexes,
    kinds,
    primary_keys,
    reading,
    storage,
)
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.hcl.values import Reference
from backstay.schema.model import Column, Exclusion, Index, PrimaryKey, Schema, Table

T = TypeVar("T")
by_name = attrgetter("name")


def decode(item: Named, scope: Scope) -> Table:
    """A table. Raises `HCLError` for what is written twice or refers to what is not there."""
    block = item.block
    parts: defaultdict[str, list[Block]] = defaultdict(list)
    for child in block.blocks():
        parts[child.type].append(child)
    _refuse_twins(parts["column"])
    _refuse_twins(parts["index"])
    keys = (*parts["index"], *parts["unique"])
    return Table(
        name=item.name,
        columns=_columns(parts["column"], item, scope),
        primary_key=_primary_key(parts["primary_key"], item),
        foreign_keys=_sorted(foreign_keys.decode(key, item, scope) for key in parts["foreign_key"]),
        indexes=_sorted(indexes.decode(key, item, scope.grammar) for key in keys),
        checks=_sorted(checks.decode(check) for check in parts["check"]),
        exclusions=_sorted(exclusions.decode(key, item, scope.grammar) for key in parts["exclude"]),
        comment=reading.text(block, "comment"),
        unlogged=reading.flag(block, "unlogged"),
        storage=storage.decode(block),
        **kinds.decode(item, scope),
        strict=reading.flag(block, "strict"),
        without_rowid=reading.flag(block, "without_rowid"),
    )


def _columns(blocks: Iterable[Block], item: Named, scope: Scope) -> tuple[Column, ...]:
    """The columns, without inherited ones of which nothing is said: these blocks are to be referred to."""
    found = (columns.decode(column, item, scope) for column in blocks)
    return tuple(column for column in found if column != columns.unchanged(column.name))


def _primary_key(keys: Sequence[Block], item: Named) -> PrimaryKey | None:
    if len(keys) > 1:
        raise keys[1].error(f'multiple primary keys for table "{item.name}"')
    return primary_keys.decode(keys[0], item) if keys else None


def _refuse_twins(blocks: Iterable[Block]) -> None:
    seen: set[str] = set()
    for block in blocks:
        name = block.name
        if name and name in seen:
            raise block.error(f'duplicate {block.type} "{name}"')
        seen.add(name)


def _sorted(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(sorted(values, key=by_name))


def encode(table: Table, schema: Schema, writing: Writing) -> write.Block:
    """The block of a table. Unique constraints follow the checks."""
    plain = [index for index in table.indexes if not index.constraint]
    unique = [index for index in table.indexes if index.constraint]
    return write.block(
        "foreign_table" if table.foreign else "table",
        writing.labels.tables[schema.name, table.name],
        {
            "schema": Reference(("schema", schema.name)),
            "comment": table.comment or None,
            "unlogged": table.unlogged or None,
            **kinds.encode(table, schema.name, writing),
        },
        [
            *(columns.encode(column, schema.name, writing) for column in table.columns),
            *([primary_keys.encode(table.primary_key)] if table.primary_key else ()),
            *(foreign_keys.encode(key, schema, writing) for key in table.foreign_keys),
            *(indexes.encode(index, writing) for index in plain),
            *(checks.encode(check) for check in table.checks),
            *(indexes.encode(index, writing) for index in unique),
            *(exclusions.encode(constraint, writing) for constraint in table.exclusions),
            *storage.encode(table.storage),
            *kinds.encode_blocks(table, schema.name, writing),
        ],
        {"without_rowid": table.without_rowid or None, "strict": table.strict or None},
    )


def with_referred(block: write.Block, table: Table, referred: Iterable[str]) -> write.Block:
    """The block with a block for every inherited column that something refers to."""
    if not (table.partition_of or table.inherits or table.of_type):
        return block
    declared = {column.name for column in table.columns}
    names = sorted({*referred, *_own_references(table)} - declared)
    return replace(block, blocks=(*(write.block("column", (name,)) for name in names), *block.blocks))


def _own_references(table: Table) -> Iterator[str]:
    """The columns that the parts of a table refer to."""
    for key in table.foreign_keys:
        yield from (*key.columns, *key.on_delete_columns)
    if table.primary_key is not None:
        yield from (*table.primary_key.columns, *table.primary_key.include)
    parts = list(table.partitioning.parts) if table.partitioning is not None else []
    indexes: tuple[Index | Exclusion, ...] = (*table.indexes, *table.exclusions)
    for index in indexes:
        yield from index.include
        parts += index.parts
    yield from (part.column for part in parts if part.column)
