"""`primary_key { columns = [column.id] }`; a label is the name of the constraint."""

from __future__ import annotations

from backstay.dialects.mapping import keys, reading, storage
from backstay.dialects.mapping.scope import Named, Scope
from backstay.hcl.document import Block
from backstay.schema.model import PrimaryKey


def decode(block: Block, table: Named, scope: Scope) -> PrimaryKey:
    """A primary key."""
    columns = keys.columns(block, "columns", table, scope)
    if not columns:
        raise block.error(f'missing columns for primary key of table "{table.name}"')
    return PrimaryKey(
        columns=columns,
        name=block.name,
        include=keys.columns(block, "include", table, scope),
        deferrable=keys.deferrable(block),
        storage=storage.decode(block),
        comment=reading.text(block, "comment"),
    )
