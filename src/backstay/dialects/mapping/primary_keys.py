"""`primary_key { columns = [column.id] }`; a label is the name of the constraint."""

from __future__ import annotations

from backstay.dialects.mapping import keys, reading, storage
from backstay.dialects.mapping.scope import Named
from backstay.dialects.mapping.writing import columns, word
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.schema.model import PrimaryKey


def decode(block: Block, table: Named) -> PrimaryKey:
    """A primary key."""
    names = keys.columns(block, "columns", table)
    if not names:
        raise block.error(f'missing columns for primary key of table "{table.name}"')
    return PrimaryKey(
        columns=names,
        name=block.name,
        include=keys.columns(block, "include", table),
        without_overlaps=reading.flag(block, "without_overlaps"),
        deferrable=keys.deferrable(block),
        storage=storage.decode(block),
        tablespace=reading.text(block, "tablespace"),
        clustered=reading.flag(block, "clustered"),
        partition_of=keys.partition_of(block),
        comment=reading.text(block, "comment"),
        index_comment=reading.text(block, "index_comment"),
    )


def encode(key: PrimaryKey) -> write.Block:
    """The block of a primary key."""
    return write.block(
        "primary_key",
        (key.name,) if key.name else (),
        {
            "columns": columns(key.columns),
            "include": columns(key.include),
            "without_overlaps": key.without_overlaps or None,
            "deferrable": word(key.deferrable) if key.deferrable else None,
            "tablespace": key.tablespace or None,
            "clustered": key.clustered or None,
            "partition_of": keys.written_partition_of(key.partition_of),
            "comment": key.comment or None,
            "index_comment": key.index_comment or None,
        },
        storage.encode(key.storage),
    )
