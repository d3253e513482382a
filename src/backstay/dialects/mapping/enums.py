"""`enum "status" { schema = schema.public  values = ["new", "paid"] }`."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.scope import Named
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.hcl.values import Reference
from backstay.schema.model import Enum, Schema


def decode(item: Named) -> Enum:
    """An enumerated type."""
    if not item.block.has("values"):
        raise item.block.error(f'missing attribute "values" of enum "{item.name}"')
    return Enum(
        name=item.name,
        values=reading.strings(item.block, "values"),
        comment=reading.text(item.block, "comment"),
    )


def encode(enum: Enum, schema: Schema, writing: Writing) -> write.Block:
    """The block of an enumerated type."""
    return write.block(
        "enum",
        writing.labels.enums[schema.name, enum.name],
        {
            "schema": Reference(("schema", schema.name)),
            "values": enum.values,
            "comment": enum.comment or None,
        },
    )
