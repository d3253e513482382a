"""`table "users" { … }`: its own attributes, and the blocks it consists of."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import TypeVar

from backstay.dialects.mapping import checks, columns, foreign_keys, indexes, primary_keys, reading, storage
from backstay.dialects.mapping.scope import Named, Scope
from backstay.hcl.document import Block
from backstay.schema.model import PrimaryKey, Table

T = TypeVar("T")
by_name = attrgetter("name")


def decode(item: Named, scope: Scope) -> Table:
    """A table. Raises `HCLError` for what is written twice or refers to what is not there."""
    block = item.block
    _refuse_twins(block.blocks("column"))
    keys = (*block.blocks("index"), *block.blocks("unique"))
    _refuse_twins(keys)
    _refuse_twins((*block.blocks("check"), *block.blocks("foreign_key")))
    return Table(
        name=item.name,
        columns=tuple(columns.decode(column, item, scope) for column in block.blocks("column")),
        primary_key=_primary_key(item, scope),
        foreign_keys=_sorted(foreign_keys.decode(key, item, scope) for key in block.blocks("foreign_key")),
        indexes=_sorted(indexes.decode(key, item, scope) for key in keys),
        checks=_sorted(checks.decode(check) for check in block.blocks("check")),
        comment=reading.text(block, "comment"),
        unlogged=reading.flag(block, "unlogged"),
        storage=storage.decode(block),
        strict=reading.flag(block, "strict"),
        without_rowid=reading.flag(block, "without_rowid"),
    )


def _primary_key(item: Named, scope: Scope) -> PrimaryKey | None:
    keys = item.block.blocks("primary_key")
    if len(keys) > 1:
        raise keys[1].error(f'multiple primary keys for table "{item.name}"')
    return primary_keys.decode(keys[0], item, scope) if keys else None


def _refuse_twins(blocks: Iterable[Block]) -> None:
    seen: set[str] = set()
    for block in blocks:
        name = block.name
        if name and name in seen:
            raise block.error(f'duplicate {block.type} "{name}"')
        seen.add(name)


def _sorted(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(sorted(values, key=by_name))
