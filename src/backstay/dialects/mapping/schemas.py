"""`schema "public" { comment = "…" }`."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.schema.model import Schema


def decode(block: Block) -> Schema:
    """A schema, without what names it."""
    return Schema(name=block.name, comment=reading.text(block, "comment"))


def encode(schema: Schema) -> write.Block:
    """The block of a schema."""
    return write.block("schema", (schema.name,), {"comment": schema.comment or None})
