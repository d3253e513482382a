"""Durations as Go writes and reads them (https://pkg.go.dev/time#Duration.String): `1h30m0s`, `5.03ms`."""

from __future__ import annotations

import re
from typing import Final

from backstay.errors import ConfigError

_NANOSECONDS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_MAX: Final = 2**63 - 1


def format_duration(seconds: float) -> str:
    """Seconds as Go's `Duration.String` prints them, exact to the nanosecond."""
    nanoseconds = round(seconds * 1e9)
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if rest == 0:
        return "0s"
    for unit in ("ns", "µs", "ms"):
        if rest < _NANOSECONDS[unit] * 1000:
            return f"{sign}{_decimal(rest, _NANOSECONDS[unit])}{unit}"
    minutes, rest = divmod(rest, _NANOSECONDS["m"])
    hours, minutes = divmod(minutes, 60)
    text = f"{_decimal(rest, _NANOSECONDS['s'])}s"
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
    sign = -1 if text.startswith("-") else 1
    rest = text[1:] if text[:1] in ("+", "-") else text
    if bare_seconds and re.fullmatch(r"[0-9]{1,10}(\.[0-9]+)?", rest):
        return sign * float(rest)
    if rest == "0":
        return 0.0
    parts = _PART.findall(rest)
    total = sum(float(number) * _NANOSECONDS[unit] for number, unit in parts)
    if not parts or "".join(number + unit for number, unit in parts) != rest or total > _MAX:
        raise ConfigError(
            f"invalid duration {text!r}",
            hint="write a number with its unit, for instance 10s, 1m30s or 500ms",
        )
    return sign * total / 1e9


def _decimal(value: int, unit: int) -> str:
    whole, fraction = divmod(value, unit)
    digits = f"{fraction:0{len(str(unit)) - 1}d}".rstrip("0") if fraction else ""
    return f"{whole}.{digits}" if digits else str(whole)
