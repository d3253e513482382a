"""`printf`: values by the verbs of Go's formats (https://pkg.go.dev/fmt)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from backstay.report.template.errors import FunctionError
from backstay.report.template.printing import composite, general, go_type, plain, text

MAX_WIDTH: Final = 10_000


class Spec(msgspec.Struct, frozen=True):
    """One directive of a format: flags, width and precision (`None` where not given), verb."""

    flags: str
    width: int | None
    precision: int | None
    verb: str


_DIRECTIVE: Final = re.compile(r"%([-+# 0]*)(\*|[0-9]+)?(?:\.(\*|[0-9]*))?(?:\[([0-9]+)\])?(.)?", re.DOTALL)


def sprintf(layout: str, *values: object) -> str:
    """Go's `Sprintf`. Mistakes are marked in the text as Go marks them: `%!d(string=x)`, `%!s(MISSING)`."""
    arguments = _Arguments(values)
    out = _DIRECTIVE.sub(lambda found: _directive(found, arguments), layout)
    return out + arguments.extra()


class _Arguments:
    """The operands of a format, taken in order or by number."""

    def __init__(self, values: Sequence[object]) -> None:
        self.values = values
        self.index = 0
        self.numbered = False

    def select(self, number: str) -> None:
        self.index, self.numbered = int(number) - 1, True

    def take(self) -> tuple[bool, object]:
        self.index += 1
        found = 0 < self.index <= len(self.values)
        return found, self.values[self.index - 1] if found else None

    def size(self, given: str | None) -> int | None:
        """A width or precision: a number, `*` for the next operand, or nothing."""
        value: object = (
            self.take()[1] if given == "*" else int(given[:9] or "0") if given is not None else None
        )
        if value is not None and (not isinstance(value, int) or abs(value) > MAX_WIDTH):
            raise FunctionError(f"a width or precision has to be a number up to {MAX_WIDTH}")
        return value

    def extra(self) -> str:
        rest = self.values[self.index :]
        if self.numbered or not rest:
            return ""
        described = (f"{go_type(value)}={text(value)}" if value is not None else "<nil>" for value in rest)
        return f"%!(EXTRA {', '.join(described)})"


def _directive(found: re.Match[str], arguments: _Arguments) -> str:
    flags, width, precision, number, verb = found.groups()
    if verb is None:
        return "%!(NOVERB)"
    spec = Spec(flags, arguments.size(width), arguments.size(precision), verb)
    if spec.width is not None and spec.width < 0:
        spec = Spec(flags + "-", -spec.width, spec.precision, verb)
    if verb == "%":
        return "%"
    if number:
        arguments.select(number)
    present, value = arguments.take()
    if not present:
        return f"%!{verb}({'BADINDEX' if number else 'MISSING'})"
    if verb == "T":
        return _pad(spec, go_type(value))
    if value is None:
        return _pad(spec, "<nil>") if verb == "v" else f"%!{verb}(<nil>)"
    return composite(value, lambda scalar: _verb(spec, scalar))


def _verb(spec: Spec, value: Any) -> str:
    """One scalar by one verb."""
    for kind, verbs in _VERBS.items():
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)) and spec.verb in verbs:
            return verbs[spec.verb](spec, value)
    if spec.verb in "vs" and isinstance(value, (datetime, timedelta)):
        return _pad(spec, plain(value))
    if value is None:
        return "<nil>"
    return f"%!{spec.verb}({go_type(value)}={plain(value)})"


def _pad(spec: Spec, content: str) -> str:
    width = spec.width or 0
    if "-" in spec.flags:
        return content.ljust(width)
    return content.rjust(width, "0" if "0" in spec.flags else " ")


def _string(spec: Spec, value: str) -> str:
    shown = value[: spec.precision]
    return _pad(spec, quote(shown) if spec.verb == "v" and "#" in spec.flags else shown)


def _quoted(spec: Spec, value: str) -> str:
    shown = value[: spec.precision]
    if "#" in spec.flags and "`" not in shown and all(c == "\t" or c.isprintable() for c in shown):
        return _pad(spec, f"`{shown}`")
    return _pad(spec, quote(shown, ascii_only="+" in spec.flags))


_ESCAPES: Final = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    "\\": r"\\",
    '"': r"\"",
}


def quote(value: str, *, ascii_only: bool = False) -> str:
    """A Go string literal."""

    def escape(char: str) -> str:
        if char in _ESCAPES:
            return _ESCAPES[char]
        if char.isprintable() and (char.isascii() or not ascii_only):
            return char
        code = ord(char)
        if code < 0x20 or code == 0x7F:
            return f"\\x{code:02x}"
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    return f'"{"".join(escape(char) for char in value)}"'


def _hex_string(spec: Spec, value: str) -> str:
    encoded = value.encode("utf-8", "replace")[: spec.precision]
    digits = encoded.hex(" ") if " " in spec.flags else encoded.hex()
    return _pad(spec, digits.upper() if spec.verb == "X" else digits)


def _bool(spec: Spec, value: bool) -> str:
    return _pad(spec, "true" if value else "false")


_BASES: Final = {
    "d": ("d", ""),
    "v": ("d", ""),
    "x": ("x", "0x"),
    "X": ("X", "0X"),
    "o": ("o", "0"),
    "b": ("b", "0b"),
}


def _integer(spec: Spec, value: int) -> str:
    base, prefix = _BASES[spec.verb]
    if spec.precision == 0 and value == 0:
        return " " * (spec.width or 0)
    digits = format(abs(value), base).rjust(spec.precision or 0, "0")
    return _number(spec, value < 0, prefix if "#" in spec.flags else "", digits, zeros=spec.precision is None)


def _number(spec: Spec, negative: bool, prefix: str, digits: str, *, zeros: bool = True) -> str:
    sign = "-" if negative else "+" if "+" in spec.flags else " " if " " in spec.flags else ""
    if zeros and "0" in spec.flags and "-" not in spec.flags:
        digits = digits.rjust((spec.width or 0) - len(sign), "0")
    return _pad(Spec(spec.flags.replace("0", ""), spec.width, None, spec.verb), sign + prefix + digits)


def _float(spec: Spec, value: float) -> str:
    verb = "f" if spec.verb == "F" else spec.verb
    if verb in "fe" or verb == "E":
        digits = format(abs(value), f".{6 if spec.precision is None else spec.precision}{verb}")
    elif spec.precision is None:
        digits = general(abs(value))
    else:
        digits = format(abs(value), f".{spec.precision}g")
    return _number(spec, value < 0, "", digits)


_POWER: Final = {"x": "p", "X": "P"}


def _hex_float(spec: Spec, value: float) -> str:
    """`0x1.4p+01`, exact; a precision is not asked for in practice, and not looked at."""
    mantissa, _, exponent = abs(value).hex().partition("p")
    mantissa = mantissa.removeprefix("0x").rstrip("0").rstrip(".") or "0"
    digits = f"{mantissa}p{exponent[0]}{exponent[1:]:0>2}"
    return _number(spec, value < 0, "0x", digits).replace("x", spec.verb).replace("p", _POWER[spec.verb])


def _character(spec: Spec, value: int) -> str:
    try:
        return _pad(spec, chr(value))
    except (ValueError, OverflowError):
        return _pad(spec, "\ufffd")


def _quoted_character(spec: Spec, value: int) -> str:
    char = _character(Spec("", None, None, "c"), value)
    literal = "\\'" if char == "'" else '"' if char == '"' else quote(char)[1:-1]
    return _pad(spec, f"'{literal}'")


def _unicode(spec: Spec, value: int) -> str:
    return _pad(spec, f"U+{value:04X}")


_VERBS: Final[dict[type, dict[str, Callable[[Spec, Any], str]]]] = {
    bool: {"t": _bool, "v": _bool},
    str: {"s": _string, "v": _string, "q": _quoted, "x": _hex_string, "X": _hex_string},
    int: {
        **dict.fromkeys(_BASES, _integer),
        "c": _character,
        "q": _quoted_character,
        "U": _unicode,
    },
    float: {**dict.fromkeys("fFeEgGv", _float), "x": _hex_float, "X": _hex_float},
}
