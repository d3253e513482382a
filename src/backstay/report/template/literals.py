"""The value of Go's string, character and number literals (https://go.dev/ref/spec#Literal)."""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    rb"""\\(?:
        ([abfnrtv\\'"]) | x([0-9a-fA-F]{2}) | ([0-7]{3}) | u([0-9a-fA-F]{4}) | U([0-9a-fA-F]{8}) | (.?)
    )""",
    re.DOTALL | re.VERBOSE,
)
_SIMPLE = dict(zip(b"abfnrtv\\'\"", b"\a\b\f\n\r\t\v\\'\"", strict=True))


def string(literal: str) -> str:
    """The text of an interpreted (`"…"`) or raw (`` `…` ``) string. Raises `ValueError`."""
    if literal[0] == "`":
        return literal[1:-1].replace("\r", "")
    return _ESCAPE.sub(_unescape, literal[1:-1].encode()).decode("utf-8", "replace")


def character(literal: str) -> int:
    """The code point of `'x'`. Raises `ValueError`."""
    text = string(literal)
    if len(text) != 1:
        raise ValueError(f"{literal} is not one character")
    return ord(text)


def number(literal: str) -> int | float:
    """An integer of any base (also the old octal `017`), or a float. Raises `ValueError`."""
    digits = literal.lstrip("+-")
    if re.fullmatch(r"0[0-7_]+", digits):
        literal = literal.replace("0", "0o", 1)
    if re.search(r"[.eE]", digits) and not digits.lower().startswith("0x"):
        return float(literal)
    value = int(literal, 0)
    if not -(2**63) <= value < 2**64:
        raise ValueError(f"{literal} does not fit into 64 bits")
    return value


def _unescape(found: re.Match[bytes]) -> bytes:
    simple, hexadecimal, octal, short, long, wrong = found.groups()
    if simple:
        return bytes([_SIMPLE[simple[0]]])
    if wrong is not None:
        raise ValueError(f"unknown escape sequence {found[0].decode('utf-8', 'replace')}")
    if short or long:
        return chr(int(short or long, 16)).encode("utf-8")
    return bytes([int(hexadecimal, 16) if hexadecimal else int(octal, 8)])
