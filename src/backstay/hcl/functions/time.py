"""Functions over points in time, which are RFC 3339 strings (`2026-03-01T12:00:00Z`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from backstay.hcl.functions.convert import FunctionError, string
from backstay.hcl.functions.signature import Table
from backstay.hcl.values import Value

TABLE = Table()

RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
DURATION_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
LAYOUT_PART = re.compile(r"'(?:[^']|'')*'|'|([A-Za-z])\1*|[^A-Za-z']+")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
LAYOUT: dict[str, Callable[[datetime], str]] = {
    "YYYY": lambda t: f"{t.year:04}",
    "YY": lambda t: f"{t.year % 100:02}",
    "MMMM": lambda t: MONTHS[t.month - 1],
    "MMM": lambda t: MONTHS[t.month - 1][:3],
    "MM": lambda t: f"{t.month:02}",
    "M": lambda t: str(t.month),
    "DD": lambda t: f"{t.day:02}",
    "D": lambda t: str(t.day),
    "EEEE": lambda t: WEEKDAYS[t.weekday()],
    "EEE": lambda t: WEEKDAYS[t.weekday()][:3],
    "hh": lambda t: f"{t.hour:02}",
    "h": lambda t: str(t.hour),
    "HH": lambda t: f"{(t.hour + 11) % 12 + 1:02}",
    "H": lambda t: str((t.hour + 11) % 12 + 1),
    "AA": lambda t: "AM" if t.hour < 12 else "PM",
    "aa": lambda t: "am" if t.hour < 12 else "pm",
    "mm": lambda t: f"{t.minute:02}",
    "m": lambda t: str(t.minute),
    "ss": lambda t: f"{t.second:02}",
    "s": lambda t: str(t.second),
    "ZZZZZ": lambda t: _zone(t, ":"),
    "ZZZZ": lambda t: _zone(t, ""),
    "ZZZ": lambda t: _zone(t, "", utc="UTC"),
    "Z": lambda t: _zone(t, ":", utc="Z"),
}


@TABLE.define()
def timestamp() -> Value:
    return _rfc3339(datetime.now(UTC).replace(microsecond=0))


@TABLE.define(string, string)
def formatdate(layout: str, time: str) -> Value:
    moment = _moment(time)
    return "".join(_formatted(part[0], moment) for part in LAYOUT_PART.finditer(layout))


@TABLE.define(string, string)
def timeadd(time: str, duration: str) -> Value:
    try:
        return _rfc3339(_moment(time) + timedelta(microseconds=round(nanoseconds(duration) / 1000)))
    except OverflowError:
        raise FunctionError("the result is not within the years 1 to 9999") from None


def nanoseconds(duration: str) -> Fraction:
    """A duration in Go's notation (`1h30m`, `-500ms`, `0`) in nanoseconds. Raises `FunctionError`."""
    negative = duration.startswith("-")
    text = duration[1:] if duration[:1] in ("-", "+") else duration
    if text == "0":
        return Fraction(0)
    parts = DURATION_PART.findall(text)
    if not parts or "".join(amount + unit for amount, unit in parts) != text or len(text) > 100:
        raise FunctionError('the text is not a duration such as "1h30m", "10s" or "500ms"')
    total = sum((Fraction(amount) * NANOSECONDS[unit] for amount, unit in parts), Fraction(0))
    return -total if negative else total


def _moment(text: str) -> datetime:
    match = RFC3339.fullmatch(text)
    if not match:
        raise FunctionError("the text is not an RFC 3339 timestamp such as 2026-03-01T12:00:00Z")
    date, clock, fraction, zone = match.groups()
    try:
        return datetime.fromisoformat(f"{date}T{clock}{(fraction or '')[:7]}{zone.upper()}")
    except ValueError:
        raise FunctionError("the timestamp names a day or time that does not exist") from None


def _rfc3339(moment: datetime) -> str:
    fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + fraction + _zone(moment, ":", utc="Z")


def _formatted(part: str, moment: datetime) -> str:
    if part.startswith("'"):
        if len(part) < 2:
            raise FunctionError("the layout has an unclosed quote")
        return part[1:-1].replace("''", "'")
    if not part[0].isalpha() or not part.isascii():
        return part
    if part not in LAYOUT:
        raise FunctionError(
            f"the layout has an unknown sequence \"{part[:20]}\"; quote literal letters with '…'"
        )
    return LAYOUT[part](moment)


def _zone(moment: datetime, separator: str, utc: str = "") -> str:
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    if minutes == 0 and utc:
        return utc
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{separator}{abs(minutes) % 60:02}"
