"""`schema "public" { comment = "…" }`."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from backstay.dialects.mapping import reading
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.schema.model import Enum, Schema, Sequence, Table

by_name = attrgetter("name")


def decode(
    block: Block, tables: Iterable[Table], enums: Iterable[Enum], sequences: Iterable[Sequence]
) -> Schema:
    """A schema with everything that names it."""
    return Schema(
        name=block.name,
        tables=tuple(sorted(tables, key=by_name)),
        enums=tuple(sorted(enums, key=by_name)),
        sequences=tuple(sorted(sequences, key=by_name)),
        comment=reading.text(block, "comment"),
    )


def encode(schema: Schema) -> write.Block:
    """The block of a schema."""
    return write.block("schema", (schema.name,), {"comment": schema.comment or None})
