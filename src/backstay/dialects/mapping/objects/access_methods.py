"""`access_method "heap2" { type = TABLE  handler = function.heap2_handler }`."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, bare, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.schema.model import AccessMethod

TYPES = bare("TABLE", "INDEX")


def decode(item: Named, scope: Scope) -> AccessMethod:
    """An access method."""
    block = item.block
    if not block.has("handler"):
        raise block.error(f'missing attribute "handler" of {block.title}')
    return AccessMethod(
        name=item.name,
        type=reading.word(block, "type", TYPES, "INDEX"),  # type: ignore[arg-type]
        handler=scope.function(block, "handler", ""),
        comment=reading.text(block, "comment"),
    )


def encode(method: AccessMethod, schema: str, writing: Writing) -> write.Block:
    """The block of an access method."""
    return write.block(
        "access_method",
        (method.name,),
        {
            "type": write.Bare(method.type),
            "handler": writing.function(method.handler, ""),
            "comment": method.comment or None,
        },
    )


ACCESS_METHOD = ObjectBlock(
    kind="access_method",
    shape=Shape(words("name type handler comment depends_on for_each"), named=True),
    decode=decode,
    encode=encode,
)
