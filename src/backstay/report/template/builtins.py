"""The functions every Go template has (https://pkg.go.dev/text/template#hdr-Functions).

`and` and `or` are not here: they do not evaluate all of their arguments, so the emitter writes them out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote as percent_encode

from backstay.report.template.errors import FunctionError
from backstay.report.template.printf import sprintf
from backstay.report.template.printing import go_type, sprint, text

_KINDS: Final = {bool: "bool", int: "number", float: "float", str: "string"}
_HTML: Final = str.maketrans(
    {"<": "&lt;", ">": "&gt;", "&": "&amp;", "'": "&#39;", '"': "&#34;", "\0": "\ufffd"}
)
_JS: Final = str.maketrans(
    {
        "\\": "\\\\",
        "'": "\\'",
        '"': '\\"',
        "<": "\\u003C",
        ">": "\\u003E",
        "&": "\\u0026",
        "=": "\\u003D",
    }
)


def _kind(value: object) -> str:
    if value is None:
        return "nil"
    if isinstance(value, (datetime, timedelta)):
        return go_type(value)
    kind = _KINDS.get(type(value))
    if kind is None:
        raise FunctionError(f"values of type {go_type(value)} cannot be compared")
    return kind


def _comparable(left: object, right: object) -> None:
    if left is not None and right is not None and _kind(left) != _kind(right):
        raise FunctionError(f"{go_type(left)} and {go_type(right)} cannot be compared")


def eq(first: object, second: object, *others: object) -> bool:
    """Is the first equal to any of the others?"""
    for other in (second, *others):
        _comparable(first, other)
        if first == other:
            return True
    return False


def ne(left: object, right: object) -> bool:
    """Are they different?"""
    return not eq(left, right)


def lt(left: Any, right: Any) -> bool:
    """Is the left one smaller? Numbers and strings of one type have an order."""
    _ordered(left, right)
    return bool(left < right)


def le(left: Any, right: Any) -> bool:
    """Is the left one smaller or equal?"""
    _ordered(left, right)
    return bool(left <= right)


def gt(left: Any, right: Any) -> bool:
    """Is the left one greater?"""
    return not le(left, right)


def ge(left: Any, right: Any) -> bool:
    """Is the left one greater or equal?"""
    return not lt(left, right)


def _ordered(left: object, right: object) -> None:
    if {_kind(left), _kind(right)} & {"nil", "bool"}:
        raise FunctionError(f"{go_type(left)} and {go_type(right)} have no order")
    _comparable(left, right)


def not_(value: object) -> bool:
    """Is the value false or empty?"""
    return not value


def length(value: object) -> int:
    """Items of a list or map, bytes of a string."""
    if isinstance(value, str):
        return len(value.encode("utf-8", "replace"))
    if isinstance(value, (list, tuple, Mapping)):
        return len(value)
    raise FunctionError(f"a value of type {go_type(value)} has no length")


def index(value: object, *keys: object) -> object:
    """`index x 1 "a"` is `x[1]["a"]`. A key that a map does not have gives nil."""
    for key in keys:
        value = _member(value, key)
    return value


def _member(value: object, key: object) -> object:
    if isinstance(value, Mapping):
        if not isinstance(key, str):
            raise FunctionError(f"a key has to be a string, not {go_type(key)}")
        return value.get(key)
    items = value.encode("utf-8", "replace") if isinstance(value, str) else value
    if not isinstance(items, (list, tuple, bytes)):
        raise FunctionError(f"cannot index a value of type {go_type(value)}")
    return items[_position(key, len(items) - 1)]


def _position(number: object, last: int) -> int:
    if isinstance(number, bool) or not isinstance(number, int):
        raise FunctionError(f"an index has to be a number, not {go_type(number)}")
    if not 0 <= number <= last:
        raise FunctionError(f"index out of range: {number}")
    return number


def slice_(value: object, *bounds: object) -> object:
    """`slice x 1 3` is `x[1:3]`; a string is cut by bytes."""
    items = value.encode("utf-8", "replace") if isinstance(value, str) else value
    if not isinstance(items, (list, tuple, bytes)):
        raise FunctionError(f"cannot slice a value of type {go_type(value)}")
    if len(bounds) > 2:
        raise FunctionError("slice takes at most two bounds")
    start, end = ((*bounds, len(items)) if len(bounds) < 2 else bounds) if bounds else (0, len(items))
    stop = _position(end, len(items))
    part = items[_position(start, stop) : stop]
    return part.decode("utf-8", "replace") if isinstance(part, bytes) else part


def printf(layout: object, *values: object) -> str:
    """Values by the verbs of a format."""
    if not isinstance(layout, str):
        raise FunctionError(f"a format has to be a string, not {go_type(layout)}")
    return sprintf(layout, *values)


def println(*values: object) -> str:
    """Values with blanks between, and a line break."""
    return " ".join(text(value) for value in values) + "\n"


def html(*values: object) -> str:
    """The text of the values, escaped for HTML."""
    return _text(values).translate(_HTML)


def js(*values: object) -> str:
    """The text of the values, escaped for a string of JavaScript."""
    escaped = _text(values).translate(_JS)
    return "".join(c if c.isprintable() else f"\\u{ord(c):04X}" for c in escaped)


def urlquery(*values: object) -> str:
    """The text of the values, escaped for a query of a URL."""
    return percent_encode(_text(values), safe=" ").replace(" ", "+")


def _text(values: tuple[object, ...]) -> str:
    values = tuple("<no value>" if value is None else value for value in values)
    return values[0] if len(values) == 1 and isinstance(values[0], str) else sprint(*values)


BUILTINS: Final[Mapping[str, Callable[..., object]]] = {
    "eq": eq,
    "ne": ne,
    "lt": lt,
    "le": le,
    "gt": gt,
    "ge": ge,
    "not": not_,
    "len": length,
    "index": index,
    "slice": slice_,
    "print": sprint,
    "printf": printf,
    "println": println,
    "html": html,
    "js": js,
    "urlquery": urlquery,
}
