"""`storage_params { fillfactor = 70 }`: parameters of tables, keys and indexes.

PostgreSQL names the parameters of a TOAST table `toast.…`; they stand in a block `toast { … }`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from backstay.dialects.mapping import literals, reading
from backstay.hcl import write
from backstay.hcl.document import Block


def decode(block: Block) -> dict[str, str]:
    """The storage parameters of a block, as the texts that the catalogue keeps."""
    return parameters(block.blocks("storage_params"))


def parameters(holders: Iterable[Block]) -> dict[str, str]:
    """The parameters in these blocks."""
    found: dict[str, str] = {}
    for holder in holders:
        found |= _parameters(holder, "")
        for inner in holder.blocks():
            found |= _parameters(inner, f"{inner.type}.")
    return found


def decode_index(block: Block) -> dict[str, str]:
    """The same of an index, whose `page_per_range` stands outside."""
    pages = reading.optional_integer(block, "page_per_range")
    return decode(block) if pages is None else {**decode(block), "pages_per_range": str(pages)}


def _parameters(block: Block, prefix: str) -> dict[str, str]:
    return {prefix + name: text(block, name) for name in block.attributes()}


def text(block: Block, name: str) -> str:
    """A parameter, as the text that the catalogue keeps."""
    found = block.get(name)
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, int | Decimal):
        return literals.number_text(found)
    return reading.text(block, name)


def encode(parameters: Mapping[str, str], type_: str = "storage_params") -> tuple[write.Block, ...]:
    """The block of these parameters, if there are any."""
    if not parameters:
        return ()
    own = {name: value(given) for name, given in parameters.items() if "." not in name}
    inner: dict[str, dict[str, write.Written]] = {}
    for name, given in parameters.items():
        prefix, dot, rest = name.partition(".")
        if dot:
            inner.setdefault(prefix, {})[rest] = value(given)
    blocks = [write.block(prefix, (), values) for prefix, values in inner.items()]
    return (write.block(type_, (), own, blocks),)


def value(given: str) -> write.Written:
    """A number or bool where reading it gives this text again, else a string."""
    found = literals.from_sql(given, "bool")
    return found if isinstance(found, bool | int | Decimal) else given
