"""`language "plx" { handler = function.plx_call_handler  trusted = true }`."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.schema.model import Language


def decode(item: Named, scope: Scope) -> Language:
    """A procedural language."""
    block = item.block
    if not block.has("handler"):
        raise block.error(f'missing attribute "handler" of {block.title}')
    return Language(
        name=item.name,
        handler=scope.function(block, "handler", ""),
        inline=scope.function(block, "inline", ""),
        validator=scope.function(block, "validator", ""),
        trusted=reading.flag(block, "trusted"),
        comment=reading.text(block, "comment"),
    )


def encode(language: Language, schema: str, writing: Writing) -> write.Block:
    """The block of a procedural language."""
    return write.block(
        "language",
        (language.name,),
        {
            "handler": writing.function(language.handler, ""),
            "inline": writing.function(language.inline, ""),
            "validator": writing.function(language.validator, ""),
            "trusted": language.trusted or None,
            "comment": language.comment or None,
        },
    )


LANGUAGE = ObjectBlock(
    kind="language",
    shape=Shape(words("name handler inline validator trusted comment depends_on for_each"), named=True),
    decode=decode,
    encode=encode,
)
