"""`transform { type = int  language = "plx"  from_sql = function.f  to_sql = "g(internal)" }`."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.schema.model import Transform


def decode(item: Named, scope: Scope) -> Transform:
    """A transform; its functions take one argument, `internal`."""
    block = item.block
    for attribute in ("type", "language"):
        if not block.has(attribute):
            raise block.error(f'missing attribute "{attribute}" of {block.title}')
    from_sql, to_sql = (_function(item, scope, side) for side in ("from_sql", "to_sql"))
    return Transform(
        type=scope.column_type(block, "", "type")[0],
        language=reading.text(block, "language"),
        from_sql=from_sql,
        to_sql=to_sql,
        comment=reading.text(block, "comment"),
    )


def _function(item: Named, scope: Scope, side: str) -> str:
    name = scope.function(item.block, side, "") if item.block.has(side) else ""
    return name if "(" in name or not name else f"{name}(internal)"


def encode(transform: Transform, schema: str, writing: Writing) -> write.Block:
    """The block of a transform, which has no label."""
    return write.block(
        "transform",
        (),
        {
            "type": writing.type(transform.type, "")[0],
            "language": transform.language,
            "from_sql": transform.from_sql or None,
            "to_sql": transform.to_sql or None,
            "comment": transform.comment or None,
        },
    )


TRANSFORM = ObjectBlock(
    kind="transform",
    shape=Shape(words("type language from_sql to_sql comment depends_on for_each")),
    decode=decode,
    encode=encode,
    labelled=False,
    repeated=True,
)
