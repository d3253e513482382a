"""`extension "citext" { schema = schema.public  version = "1.6" }`."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.hcl.values import Reference
from backstay.schema.model import Extension


def decode(item: Named, scope: Scope) -> Extension:
    """An extension; its schema is where its objects are."""
    return Extension(
        name=item.name,
        schema=scope.schema_of(item.block) if item.block.has("schema") else "",
        version=reading.text(item.block, "version"),
        comment=reading.text(item.block, "comment"),
    )


def encode(extension: Extension, schema: str, writing: Writing) -> write.Block:
    """The block of an extension."""
    return write.block(
        "extension",
        (extension.name,),
        {
            "schema": Reference(("schema", extension.schema)) if extension.schema else None,
            "version": extension.version or None,
            "comment": extension.comment or None,
        },
    )


EXTENSION = ObjectBlock(
    kind="extension",
    shape=Shape(words("name schema version comment depends_on for_each"), named=True),
    decode=decode,
    encode=encode,
)
