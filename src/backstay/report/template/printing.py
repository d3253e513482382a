"""Values as text, as Go's `fmt` writes them by default (https://pkg.go.dev/fmt): what a template prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from backstay.report.duration import format_duration
from backstay.report.gojson import Document, fields


def go_type(value: object) -> str:
    """The name that Go has for the type of a value: the `%T` of it, more or less."""
    names = {type(None): "<nil>", bool: "bool", int: "int", float: "float64", str: "string"}
    if isinstance(value, Document):
        return type(value).__name__
    if isinstance(value, datetime):
        return "time.Time"
    if isinstance(value, timedelta):
        return "time.Duration"
    if isinstance(value, Mapping):
        return "map[string]interface {}"
    return names.get(type(value), "[]interface {}")


def show(value: object) -> str:
    """What an action prints."""
    return "<no value>" if value is None else text(value)


def text(value: object) -> str:
    """The `%v` of a value."""
    return composite(value, plain)


def plain(value: object) -> str:
    """The `%v` of a scalar."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return general(value)
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, timedelta):
        return format_duration(value.total_seconds())
    return str(value)


def composite(value: object, scalar: Callable[[Any], str]) -> str:
    """A list, map or object with `scalar` applied to what is in it."""
    if isinstance(value, Document):
        own = value.go_string()
        members = (getattr(value, field.attribute) for field in fields(type(value)))
        return scalar(own) if own is not None else f"{{{' '.join(composite(m, scalar) for m in members)}}}"
    if isinstance(value, Mapping):
        pairs = (f"{scalar(key)}:{composite(value[key], scalar)}" for key in sorted(value))
        return f"map[{' '.join(pairs)}]"
    if isinstance(value, (list, tuple)):
        return f"[{' '.join(composite(item, scalar) for item in value)}]"
    return scalar(value)


def _time(value: datetime) -> str:
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    seconds = aware.replace(tzinfo=None).isoformat(" ", "seconds")
    fraction = f".{aware.microsecond:06d}".rstrip("0") if aware.microsecond else ""
    offset = aware.strftime("%z")
    return f"{seconds}{fraction} {offset} {'UTC' if offset == '+0000' else offset}"


def general(value: float) -> str:
    """The shortest text of a float, with an exponent below 1e-4 and from a million on."""
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    if value != value:  # noqa: PLR0124 (NaN)
        return "NaN"
    if value == 0 or 1e-4 <= abs(value) < 1e6:
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    digits = re.sub(r"[^0-9]", "", repr(value).partition("e")[0]).strip("0")
    return format(value, f".{len(digits) - 1}e")


def sprint(*values: object) -> str:
    """Go's `Sprint`: a space between two operands when neither is a string."""
    out = ""
    for index, value in enumerate(values):
        spaced = index and not isinstance(value, str) and not isinstance(values[index - 1], str)
        out += (" " if spaced else "") + text(value)
    return out
