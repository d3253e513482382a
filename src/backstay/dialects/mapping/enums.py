"""`enum "status" { schema = schema.public  values = ["new", "paid"] }`."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.scope import Named
from backstay.schema.model import Enum


def decode(item: Named) -> Enum:
    """An enumerated type."""
    if not item.block.has("values"):
        raise item.block.error(f'missing attribute "values" of enum "{item.name}"')
    return Enum(
        name=item.name,
        values=reading.strings(item.block, "values"),
        comment=reading.text(item.block, "comment"),
    )
