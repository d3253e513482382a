"""Attributes of a block as the Python values they should be, or an error that points at them."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

from backstay.errors import HCLError
from backstay.hcl.document import Block, Names
from backstay.hcl.functions.convert import FunctionError, string
from backstay.hcl.values import RawSQL, Reference, Value

T = TypeVar("T")
TYPE_NAMES = {
    str: "string",
    int: "number",
    Decimal: "number",
    bool: "bool",
    tuple: "list",
    dict: "object",
    RawSQL: "sql",
    Reference: "reference",
}


def unexpected(block: Block, attribute: str, value: Value, wanted: str) -> HCLError:
    """The error for a value of the wrong type."""
    found = TYPE_NAMES.get(type(value), "list")
    return block.error(
        f'unexpected type {found} for attribute "{attribute}", want {wanted}', attribute=attribute
    )


def text(block: Block, attribute: str) -> str:
    """A string; empty where there is none."""
    value = block.get(attribute)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise unexpected(block, attribute, value, "string")
    return value


def expression(block: Block, attribute: str) -> str:
    """An SQL expression, as a string or as `sql("…")`; empty where there is none."""
    value = block.get(attribute)
    if isinstance(value, RawSQL):
        return value.text
    return text(block, attribute) if value is not None else ""


def flag(block: Block, attribute: str, default: bool = False) -> bool:
    """A bool."""
    value = block.get(attribute)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise unexpected(block, attribute, value, "bool")
    return value


def optional_flag(block: Block, attribute: str) -> bool | None:
    """A bool, if there is one."""
    return flag(block, attribute) if block.get(attribute) is not None else None


def optional_integer(block: Block, attribute: str) -> int | None:
    """A whole number, if there is one."""
    value = block.get(attribute)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise unexpected(block, attribute, value, "whole number")
    return value


def integer(block: Block, attribute: str, default: int) -> int:
    """A whole number."""
    value = optional_integer(block, attribute)
    return default if value is None else value


def word(block: Block, attribute: str, names: Names, default: str = "") -> str:
    """One of the words in scope, written bare or as a string; blanks and underscores are the same.

    Answers with the word as SQL spells it: `NO_ACTION` is `NO ACTION`.
    """
    value = block.get(attribute, names)
    if value is None:
        return default
    if not isinstance(value, str):
        raise unexpected(block, attribute, value, "word")
    name = value.upper().replace(" ", "_")
    if name not in names.variables:
        raise block.error(
            f'unknown value "{value}" for attribute "{attribute}"',
            attribute=attribute,
            hint=f"one of {', '.join(names.variables)}",
        )
    return name.replace("_", " ")


def word_list(block: Block, attribute: str, names: Names) -> tuple[str, ...] | None:
    """Words in scope, written bare or as strings, as `word` gives them; `None` where there is no list."""
    value = block.get(attribute, names)
    if value is None:
        return None
    found = value if isinstance(value, tuple) else (value,)
    words = [item.upper().replace(" ", "_") if isinstance(item, str) else "" for item in found]
    for item, name in zip(found, words, strict=True):
        if not isinstance(item, str):
            raise unexpected(block, attribute, item, "list of words")
        if name not in names.variables:
            raise block.error(
                f'unknown value "{item}" for attribute "{attribute}"',
                attribute=attribute,
                hint=f"any of {', '.join(names.variables)}",
            )
    return tuple(name.replace("_", " ") for name in words)


def texts_by_name(block: Block, attribute: str) -> dict[str, str]:
    """An object of strings; numbers and bools are taken as their text."""
    value = block.get(attribute)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise unexpected(block, attribute, value, "object of strings")
    try:
        return {name: string(item) for name, item in value.items()}
    except FunctionError as error:
        raise block.error(f'"{attribute}": {error}', attribute=attribute) from None


def strings(block: Block, attribute: str) -> tuple[str, ...]:
    """A list of strings; empty where there is none."""
    return _items(block, attribute, str, "list of strings")


def references(block: Block, attribute: str, names: Names | None = None) -> tuple[Reference, ...]:
    """A list of references, or a single one; empty where there is none."""
    return _items(block, attribute, Reference, "list of references", names)


def _items(
    block: Block, attribute: str, type_: type[T], wanted: str, names: Names | None = None
) -> tuple[T, ...]:
    value = block.get(attribute, names)
    if value is None:
        return ()
    found = value if isinstance(value, tuple) else (value,)
    items = tuple(item for item in found if isinstance(item, type_))
    if len(items) == len(found):
        return items
    if items:
        raise block.error(f'mixed list types used in "{attribute}" attribute', attribute=attribute)
    raise unexpected(block, attribute, value, wanted)
