"""JSON as Go's encoding/json writes it, so that output can be compared and decoded byte for byte.

What differs from Python's `json`: members come in declared order and are left out while empty, maps are
sorted by key, `<`, `>`, `&` and the two Unicode line separators are escaped, times are RFC 3339 with an
offset and a trimmed fraction, whole floats have no fraction.

A JSON object with declared fields is a `Document`. A field *with* a default is left out while it is empty
(Go's `omitempty`); a field without one is always there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from json.encoder import encode_basestring
from math import isfinite
from typing import Any, ClassVar, Final, NamedTuple

import msgspec

ZERO_TIME: Final = datetime(1, 1, 1, tzinfo=UTC)
"""Go's `time.Time{}`: what stands for a time that never came."""

_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


class Document(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """Base of all objects with declared fields. Their names in JSON and in templates are Go's.

    `methods` are the names that only templates know: Go's name, and the attribute to call. `hidden` are
    attributes that neither JSON nor templates see.
    """

    methods: ClassVar[Mapping[str, str]] = {}
    hidden: ClassVar[frozenset[str]] = frozenset()

    def json_value(self) -> object:
        """What is encoded for this object; itself, unless it only stands in for another."""
        return self

    def go_string(self) -> str | None:
        """What a template prints for this object, where that is not the list of its fields."""
        return None


class Ordered(dict[str, object]):
    """A map whose members are written in their own order: an object that was JSON text before."""


class Field(NamedTuple):
    """A field of a document: its name in Python, in JSON, in Go, and whether it is left out while empty."""

    attribute: str
    name: str
    go_name: str
    omit_empty: bool


@cache
def fields(document: type[Document]) -> tuple[Field, ...]:
    """The fields of a document class, in the order in which they are written."""
    return tuple(
        Field(field.name, field.encode_name, _pascal(field.encode_name), not field.required)
        for field in msgspec.structs.fields(document)
        if field.name not in document.methods.values() and field.name not in document.hidden
    )


def _pascal(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def encode(value: object, *, prefix: str = "", indent: str = "") -> str:
    """The JSON text of a value; compact, unless `prefix` or `indent` ask for Go's `MarshalIndent`.

    Takes documents, mappings with string keys, sequences, strings, numbers, booleans, times and `None`;
    raises `TypeError` for anything else and `ValueError` for a float that is not finite.
    """
    out: list[str] = []
    newline = f"\n{prefix}" if prefix or indent else ""
    _Writer(out, newline, indent).write(value, newline)
    return "".join(out)


class _Writer:
    """Appends the pieces of one JSON text. `line` is the line break with the indentation of the level."""

    def __init__(self, out: list[str], newline: str, indent: str) -> None:
        self.emit = out.append
        self.pretty = bool(newline)
        self.indent = indent

    def write(self, value: object, line: str) -> None:
        if isinstance(value, Document):
            self._object(_members(value), line)
        elif isinstance(value, str):
            self.emit(quote(value))
        elif isinstance(value, Ordered):
            self._object(iter(value.items()), line)
        elif isinstance(value, Mapping):
            self._object(((key, value[key]) for key in sorted(value)), line)
        elif isinstance(value, (list, tuple)):
            self._array(value, line)
        else:
            self.emit(_scalar(value))

    def _object(self, members: Iterator[tuple[str, object]], line: str) -> None:
        inner = line + self.indent if self.pretty else ""
        colon = '": ' if self.pretty else '":'
        separator = "{" + inner
        empty = True
        for name, value in members:
            self.emit(separator)
            self.emit(quote(name)[:-1] + colon)
            self.write(value, inner)
            separator = "," + inner
            empty = False
        self.emit("{}" if empty else line + "}")

    def _array(self, items: list[object] | tuple[object, ...], line: str) -> None:
        if not items:
            self.emit("[]")
            return
        inner = line + self.indent if self.pretty else ""
        separator = "[" + inner
        for item in items:
            self.emit(separator)
            self.write(item, inner)
            separator = "," + inner
        self.emit(line + "]")


def _members(document: Document) -> Iterator[tuple[str, object]]:
    value = document.json_value()
    if not isinstance(value, Document):
        raise TypeError(f"{type(document).__name__} has no JSON form")
    for attribute, name, _, omit_empty in fields(type(value)):
        member = getattr(value, attribute)
        if not (omit_empty and is_empty(member)):
            yield name, member


def is_empty(value: object) -> bool:
    """Go's notion of empty: false, 0, nil, and a string, list or map without content."""
    return not value and not isinstance(value, Document)


def quote(text: str) -> str:
    """A JSON string literal with Go's HTML-safe escapes; a lone surrogate becomes U+FFFD."""
    return _UNSAFE.sub(_escape, encode_basestring(text))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return r"\ufffd" if 0xD800 <= code <= 0xDFFF else f"\\u{code:04x}"


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, datetime):
        return f'"{rfc3339(value)}"'
    raise TypeError(f"a value of type {type(value).__name__} has no JSON form")


def _float(value: float) -> str:
    """The shortest text that reads back as the same number, with an exponent only where Go has one."""
    if not isfinite(value):
        raise ValueError(f"{value} has no JSON form")
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    mantissa, _, exponent = repr(value).partition("e")
    return f"{mantissa.removesuffix('.0')}e{exponent[0]}{exponent[1:].lstrip('0')}"


def rfc3339(time: datetime) -> str:
    """`2026-01-01T10:00:00.1Z`: as Go's RFC3339Nano. A time without a zone is taken as UTC."""
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    seconds = aware.replace(tzinfo=None).isoformat(timespec="seconds")
    fraction = f".{aware.microsecond:06d}".rstrip("0") if aware.microsecond else ""
    offset = aware.strftime("%z")
    zone = "Z" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}"
    return f"{seconds}{fraction}{zone}"
