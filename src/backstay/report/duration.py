"""Durations as Go writes and reads them (https://pkg.go.dev/time#Duration.String): `1h30m0s`, `5.03ms`."""

from __future__ import annotations

import re
from typing import Final

from backstay.errors import ConfigError
from backstay.hcl.functions.convert import FunctionError
from backstay.hcl.functions.time import NANOSECONDS, nanoseconds

MAX: Final = 2**63 - 1
"""Nanoseconds, about 292 years: the longest `Duration` of Go."""


def format_duration(seconds: float) -> str:
    """Seconds as Go's `Duration.String` prints them, exact to the nanosecond."""
    nanoseconds = round(seconds * 1e9)
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if rest == 0:
        return "0s"
    for unit in ("ns", "µs", "ms"):
        if rest < NANOSECONDS[unit] * 1000:
            return f"{sign}{_decimal(rest, NANOSECONDS[unit])}{unit}"
    minutes, rest = divmod(rest, NANOSECONDS["m"])
    hours, minutes = divmod(minutes, 60)
    text = f"{_decimal(rest, NANOSECONDS['s'])}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return f"{sign}{hours}h{text}" if hours else sign + text


def short_duration(seconds: float) -> str:
    """For people: at most two decimals from a millisecond on (`5.03ms`, `1.2s`)."""
    for unit in (1.0, 1e-3):
        if abs(seconds) >= unit:
            return format_duration(round(seconds / unit, 2) * unit)
    return format_duration(seconds)


def parse_duration(text: str, *, bare_seconds: bool = False) -> float:
    """`1h30m`, `500ms`, `0` as seconds; with `bare_seconds` also `90`.

    Raises `ConfigError` that quotes the text.
    """
    if bare_seconds and re.fullmatch(r"[+-]?[0-9]{1,10}(\.[0-9]+)?", text):
        return float(text)
    try:
        total = nanoseconds(text)
    except FunctionError:
        total = None
    if total is None or abs(total) > MAX:
        raise ConfigError(
            f"invalid duration {text!r}",
            hint="write a number with its unit, for instance 10s, 1m30s or 500ms",
        )
    return float(total / NANOSECONDS["s"])


def _decimal(value: int, unit: int) -> str:
    whole, fraction = divmod(value, unit)
    digits = f"{fraction:0{len(str(unit)) - 1}d}".rstrip("0") if fraction else ""
    return f"{whole}.{digits}" if digits else str(whole)
