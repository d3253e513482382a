"""`format` and `formatlist`: Go's verbs over HCL values."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal

from backstay.hcl.functions.convert import (
    MAX_ELEMENTS,
    MAX_MAGNITUDE,
    FunctionError,
    Number,
    anything,
    boolean,
    integer,
    limited_text,
    number,
    number_text,
    string,
)
from backstay.hcl.functions.encoding import json_text
from backstay.hcl.functions.signature import Table
from backstay.hcl.values import List, Value

TABLE = Table()
DIRECTIVE = re.compile(
    r"%(?P<flags>[ +#0-]*)(?P<width>\d+)?(?:\.(?P<precision>\d*))?(?:\[(?P<position>\d+)\])?(?P<verb>.)?",
    re.DOTALL,
)
CONTEXT = Context(prec=MAX_MAGNITUDE * 2, rounding=ROUND_HALF_EVEN)


@TABLE.define(string, rest=anything)
def format_(layout: str, *arguments: Value) -> Value:
    return _formatted(layout, arguments)


@TABLE.define(string, rest=anything)
def formatlist(layout: str, *arguments: Value) -> Value:
    lengths = {len(argument) for argument in arguments if isinstance(argument, tuple)}
    if len(lengths) > 1:
        raise FunctionError("the lists have different lengths")
    count = lengths.pop() if lengths else 1
    rows = (
        tuple(argument[row] if isinstance(argument, tuple) else argument for argument in arguments)
        for row in range(count)
    )
    return List(_formatted(layout, row) for row in rows)


def _formatted(layout: str, arguments: tuple[Value, ...]) -> str:
    parts: list[str] = []
    used = at = length = 0
    highest = 0
    for match in DIRECTIVE.finditer(layout):
        parts.append(layout[at : match.start()])
        at = match.end()
        if match[0] == "%%":
            parts.append("%")
            continue
        used = int(match["position"] or used + 1)
        highest = max(highest, used)
        if not 1 <= used <= len(arguments):
            raise FunctionError(f'"{match[0][:20]}" needs argument {used}, and there are {len(arguments)}')
        parts.append(_directive(match, arguments[used - 1]))
        length += len(parts[-1])
        limited_text(length)
    explicit = any(match["position"] for match in DIRECTIVE.finditer(layout))
    if highest < len(arguments) and not explicit:
        raise FunctionError(f"there are {len(arguments)} arguments for {highest} directives")
    return "".join([*parts, layout[at:]])


def _directive(match: re.Match[str], value: Value) -> str:
    flags, verb = match["flags"], match["verb"] or ""
    precision = None if match["precision"] is None else _size(match["precision"] or "0")
    if verb not in VERBS:
        raise FunctionError(f'"{match[0][:20]}" is not a directive: the verbs are {" ".join(sorted(VERBS))}')
    if value is None and verb != "v":
        raise FunctionError(f'"{match[0][:20]}" needs a value, not null')
    text = VERBS[verb](value, flags, precision)
    return _padded(text, flags, _size(match["width"] or "0"), numeric=verb in "bdoxXeEfFgG")


def _size(digits: str) -> int:
    if len(digits) > len(str(MAX_ELEMENTS)) or int(digits) > MAX_ELEMENTS:
        raise FunctionError(f"a width or precision is more than {MAX_ELEMENTS}")
    return int(digits)


def _padded(text: str, flags: str, width: int, *, numeric: bool) -> str:
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and numeric:
        sign = text[:1] if text[:1] in ("-", "+", " ") else ""
        return sign + text[len(sign) :].rjust(width - len(sign), "0")
    return text.rjust(width)


def _signed(text: str, flags: str) -> str:
    if text.startswith("-"):
        return text
    return next((sign + text for sign in "+ " if sign in flags), text)


def _any(value: Value, flags: str, precision: int | None) -> str:
    if "#" in flags or not isinstance(value, (str, bool, int, Decimal)):
        return json_text(value)
    return string(value)


def _text(value: Value, flags: str, precision: int | None) -> str:
    return string(value)[:precision]


def _quoted(value: Value, flags: str, precision: int | None) -> str:
    return json_text(string(value)[:precision])


def _bool(value: Value, flags: str, precision: int | None) -> str:
    return string(boolean(value))


def _based(python: str, prefix: str) -> Callable[[Value, str, int | None], str]:
    def write(value: Value, flags: str, precision: int | None) -> str:
        whole = integer(value)
        digits = f"{abs(whole):{python}}".rjust(precision or 0, "0")
        marked = prefix + digits if "#" in flags else digits
        return _signed("-" + marked if whole < 0 else marked, flags)

    return write


def _fixed(value: Value, flags: str, precision: int | None) -> str:
    return _signed(f"{_rounded(number(value), 6 if precision is None else precision):f}", flags)


def _rounded(value: Number, places: int) -> Decimal:
    return Decimal(value).quantize(Decimal(1).scaleb(-min(places, MAX_MAGNITUDE)), context=CONTEXT)


def _scientific(letter: str) -> Callable[[Value, str, int | None], str]:
    def write(value: Value, flags: str, precision: int | None) -> str:
        places = 6 if precision is None else min(precision, MAX_MAGNITUDE)
        mantissa, _, exponent = f"{Decimal(number(value)):.{places}e}".partition("e")
        return _signed(f"{mantissa}{letter}{exponent[0]}{exponent[1:].rjust(2, '0')}", flags)

    return write


def _shortest(letter: str) -> Callable[[Value, str, int | None], str]:
    """`%g`: plain notation for exponents from -4 to 20 (or the precision), scientific otherwise."""

    def write(value: Value, flags: str, precision: int | None) -> str:
        exact = Decimal(number(value))
        rounded = exact if precision is None else Context(prec=min(max(precision, 1), 999)).plus(exact)
        exponent = rounded.adjusted() if rounded else 0
        if -4 <= exponent < (21 if precision is None else max(precision, 1)):
            return _signed(number_text(rounded), flags)
        digits = "".join(map(str, rounded.as_tuple().digits)).rstrip("0")
        mantissa = digits[0] + ("." + digits[1:] if digits[1:] else "")
        sign = "-" if rounded < 0 else ""
        return _signed(f"{sign}{mantissa}{letter}{exponent:+03d}", flags)

    return write


VERBS: dict[str, Callable[[Value, str, int | None], str]] = {
    "v": _any,
    "s": _text,
    "q": _quoted,
    "t": _bool,
    "d": _based("d", ""),
    "b": _based("b", "0b"),
    "o": _based("o", "0"),
    "x": _based("x", "0x"),
    "X": _based("X", "0X"),
    "f": _fixed,
    "F": _fixed,
    "e": _scientific("e"),
    "E": _scientific("E"),
    "g": _shortest("e"),
    "G": _shortest("E"),
}
