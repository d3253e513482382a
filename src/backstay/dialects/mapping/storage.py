"""`storage_params { fillfactor = 70 }`: parameters of tables, keys and indexes.

PostgreSQL names the parameters of a TOAST table `toast.…`; they stand in a block `toast { … }`.
"""

from __future__ import annotations

from decimal import Decimal

from backstay.dialects.mapping import literals, reading
from backstay.hcl.document import Block


def decode(block: Block) -> dict[str, str]:
    """The storage parameters of a block, as the texts that the catalogue keeps."""
    parameters: dict[str, str] = {}
    for holder in block.blocks("storage_params"):
        parameters |= _parameters(holder, "")
        for inner in holder.blocks():
            parameters |= _parameters(inner, f"{inner.type}.")
    return dict(sorted(parameters.items()))


def decode_index(block: Block) -> dict[str, str]:
    """The same of an index, whose `page_per_range` stands outside."""
    pages = reading.optional_integer(block, "page_per_range")
    return decode(block) if pages is None else {**decode(block), "pages_per_range": str(pages)}


def _parameters(block: Block, prefix: str) -> dict[str, str]:
    return {prefix + name: _text(block, name) for name in block.attributes()}


def _text(block: Block, name: str) -> str:
    value = block.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return literals.number_text(value)
    return reading.text(block, name)
