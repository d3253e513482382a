"""The canonical JSON of values: equal values have equal bytes."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec


def encode(value: object) -> bytes:
    """JSON, UTF-8, keys sorted, no white space, without the fields that have their default value.

    msgspec by itself leaves a default out only when it is the same object; here equality decides, so a
    text built at run time makes no other bytes.
    """
    return msgspec.json.encode(plain(value), order="sorted")


def plain(value: Any) -> Any:
    """Structs as dictionaries, tuples as lists."""
    if isinstance(value, msgspec.Struct):
        return {name: plain(item) for name, item in members(value)}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def members(value: msgspec.Struct) -> list[tuple[str, Any]]:
    """Names and values of the fields that have another value than their default."""
    fields = _fields(type(value))
    return [(name, item) for name, default in fields if (item := getattr(value, name)) != default]


@cache
def _fields(struct: type[msgspec.Struct]) -> tuple[tuple[str, Any], ...]:
    """The fields of a struct with their defaults; a marker that equals nothing where there is none."""
    keep_all = not struct.__struct_config__.omit_defaults
    return tuple(
        (field.name, msgspec.NODEFAULT if keep_all else _default(field))
        for field in msgspec.structs.fields(struct)
    )


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
