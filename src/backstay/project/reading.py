"""Typed reads of a block's attributes. A wrong type is an error at its place that never quotes the value."""

from __future__ import annotations

import re
from collections.abc import Iterable

from backstay.hcl.document import Block, Names
from backstay.hcl.functions import FunctionError
from backstay.hcl.functions.convert import kind
from backstay.hcl.functions.time import nanoseconds
from backstay.hcl.scope import UnknownNameError
from backstay.hcl.values import Value

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def text(block: Block | None, name: str) -> str:
    """A string; empty where the block, the attribute or its value is absent."""
    value = block.get(name) if block else None
    if value is None:
        return ""
    if not isinstance(value, str):
        assert block is not None
        raise block.error(f'"{name}" must be a string, not {kind(value)}', attribute=name)
    return value


def url(block: Block | None, name: str) -> str:
    """A URL; empty where it is absent. The message does not quote it, for it may hold a password."""
    value = text(block, name)
    return _with_scheme(block, name, value, f'"{name}"') if block and value else value


def urls(block: Block | None, name: str) -> tuple[str, ...]:
    """A list of URLs; a single one stands for a list of it."""
    values = texts(block, name)
    if block is None:
        return ()
    return tuple(
        _with_scheme(block, name, value, f'element {number} of "{name}"')
        for number, value in enumerate(values, 1)
    )


def _with_scheme(block: Block, name: str, value: str, what: str) -> str:
    if not URL.match(value):
        raise block.error(
            f"{what} is not a URL: its scheme is missing",
            attribute=name,
            hint="write it as scheme://…, for instance postgres://host/database or s3://bucket/prefix",
        )
    return value


def texts(block: Block | None, name: str) -> tuple[str, ...]:
    """A list of strings; a single one stands for a list of it, and an empty one for none."""
    value = block.get(name) if block else None
    if block is None or value is None or value == "":
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, tuple):
        raise block.error(
            f'"{name}" must be a string or a list of strings, not {kind(value)}', attribute=name
        )
    return tuple(_element(block, name, number, item) for number, item in enumerate(value, 1))


def _element(block: Block, name: str, number: int, item: Value) -> str:
    if not isinstance(item, str):
        raise block.error(f'element {number} of "{name}" must be a string, not {kind(item)}', attribute=name)
    if not item:
        raise block.error(
            f'element {number} of "{name}" is empty',
            attribute=name,
            hint="is an environment variable unset? compact([…]) leaves empty elements out",
        )
    return item


def flag(block: Block | None, name: str, *, default: bool = False) -> bool:
    """A bool."""
    value = block.get(name) if block else None
    if value is None:
        return default
    if not isinstance(value, bool):
        assert block is not None
        raise block.error(f'"{name}" must be true or false, not {kind(value)}', attribute=name)
    return value


def seconds(block: Block | None, name: str) -> float | None:
    """A duration (`5s`, `1m30s`) in seconds; `None` where it is absent."""
    duration = text(block, name)
    if block is None or not duration:
        return None
    try:
        return float(nanoseconds(duration) / 10**9)
    except FunctionError as error:
        raise block.error(f'"{name}": {error}', attribute=name) from None


def word(block: Block | None, name: str, allowed: Iterable[str]) -> str:
    """One of the words that this attribute knows, bare or quoted; empty where it is absent."""
    if block is None:
        return ""
    words = tuple(allowed)
    wrong = block.error(f'"{name}" must be one of {", ".join(words)}', attribute=name)
    try:
        value = block.get(name, Names(variables={word: word for word in words}))
    except UnknownNameError as error:
        raise wrong if (error.name,) in block.mentions(name) else error from None
    if value is not None and value not in words:
        raise wrong
    return str(value or "")


def only(parent: Block | None, type_: str) -> Block | None:
    """The child block of this type and without labels. Raises `HCLError` where there are several."""
    found = [block for block in parent.blocks(type_) if not block.labels] if parent else []
    if len(found) > 1:
        raise found[1].error(f'there is another "{type_}" block in this block')
    return found[0] if found else None
