"""From one kind of HCL value to another, as HCL converts: what arguments and type constraints share.

Strings, numbers and bools convert into each other where the text allows; collections into collections.
Every refusal is a `FunctionError` that speaks of kinds and never quotes a value: values may be secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from backstay.hcl.values import List, RawSQL, Reference, Set, Value

MAX_ELEMENTS = 100_000
MAX_CHARACTERS = 8 * 1024 * 1024
MAX_MAGNITUDE = 1_000
"""Powers of ten a number may reach: far past any use, far before arithmetic gets slow."""

DECIMAL = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)

Number: TypeAlias = int | Decimal
Sequence: TypeAlias = tuple[Value, ...]
Mapping: TypeAlias = dict[str, Value]


class FunctionError(ValueError):
    """A function refused its arguments: one sentence; the evaluator adds the position."""


def kind(value: Value) -> str:
    """What a value is, in words for a message."""
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "a bool"),
        (str, "a string"),
        ((int, Decimal), "a number"),
        (Set, "a set"),
        (tuple, "a list"),
        (dict, "an object"),
        (RawSQL, "an SQL expression"),
        (Reference, "a reference to a block"),
    )
    return next((name for type_, name in names if isinstance(value, type_)), "null")


def refuse(wanted: str, value: Value) -> FunctionError:
    """The error for a value of the wrong kind."""
    return FunctionError(f"{wanted} is required, not {kind(value)}")


def anything(value: Value) -> Value:
    """Any value, null included."""
    return value


def string(value: Value) -> str:
    """A string; numbers and bools are written out."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return number_text(value)
    raise refuse("a string", value)


def number(value: Value) -> Number:
    """A number; a string that reads as a decimal number is one."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        return parse_number(value)
    raise refuse("a number", value)


def integer(value: Value) -> int:
    """A whole number."""
    whole = number(value)
    if not isinstance(whole, int):
        raise FunctionError("a whole number is required")
    return whole


def boolean(value: Value) -> bool:
    """A bool; the strings `true` and `false` are read as one."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    if isinstance(value, str):
        raise FunctionError('a bool is required: "true" or "false"')
    raise refuse("a bool", value)


def sequence(value: Value) -> Sequence:
    """A list, set or tuple."""
    if isinstance(value, tuple):
        return value
    raise refuse("a list", value)


def strings(value: Value) -> tuple[str, ...]:
    """A list of strings."""
    return tuple(string(item) for item in sequence(value))


def mapping(value: Value) -> Mapping:
    """An object or map."""
    if isinstance(value, dict):
        return value
    raise refuse("an object", value)


def collection(value: Value) -> Sequence | Mapping:
    """A list, set, tuple, object or map."""
    if isinstance(value, (tuple, dict)):
        return value
    raise refuse("a list or an object", value)


def parse_number(text: str) -> Number:
    """The number that a decimal text (`12`, `-0.5`, `1e6`) stands for."""
    if not DECIMAL.fullmatch(text):
        raise FunctionError("a number is required, and this string does not read as one")
    try:
        return normal(Decimal(text))
    except InvalidOperation:
        raise too_large() from None


def normal(value: Number) -> Number:
    """A number in the form that `values.py` states: `int` where it is whole."""
    if isinstance(value, int):
        if value.bit_length() > MAX_MAGNITUDE * 10 // 3:
            raise too_large()
        return value
    if value and abs(value.adjusted()) > MAX_MAGNITUDE:
        raise too_large()
    if value.is_zero() or value == value.to_integral_value():
        return int(value)
    return value


def too_large() -> FunctionError:
    """The error for a number beyond `MAX_MAGNITUDE`."""
    return FunctionError(f"the number is too large or too small: the limits are 1e±{MAX_MAGNITUDE}")


def number_text(value: Number) -> str:
    """A number as HCL writes it in a string: no exponent, no trailing zeros."""
    if isinstance(value, int):
        return str(value)
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


Identity: TypeAlias = tuple[object, ...]


def identity(value: Value) -> Identity:
    """A key by which values are equal (`1` is not `true`), hashed and ordered, whatever their kinds."""
    match value:
        case None:
            return (0,)
        case bool():
            return (1, value)
        case int() | Decimal():
            return (2, value)
        case str():
            return (3, value)
        case Set():
            return (5, tuple(identity(item) for item in value))
        case tuple():
            return (4, tuple(identity(item) for item in value))
        case dict():
            return (6, tuple((key, identity(value[key])) for key in sorted(value)))
        case RawSQL():
            return (7, value.text)
        case Reference():
            return (8, value.path)


def set_of(values: Iterable[Value]) -> Set:
    """The set of these values, brought to one type where HCL does so."""
    unique = {identity(value): value for value in unified(values)}
    return Set(unique[key] for key in sorted(unique))


def list_of(values: Iterable[Value]) -> List:
    """The typed list of these values, brought to one type where HCL does so."""
    return List(unified(values))


def unified(values: Iterable[Value]) -> Sequence:
    """Values of one type: scalars beside strings become strings, `true` beside `"a"` is `"true"`."""
    items = tuple(values)
    scalars = all(item is None or isinstance(item, (str, int, Decimal)) for item in items)
    if not scalars or not any(isinstance(item, str) for item in items):
        return items
    return tuple(None if item is None else string(item) for item in items)


def limited(values: Iterable[Value]) -> Sequence:
    """The values as a tuple, refused once there are more than `MAX_ELEMENTS`."""
    taken: list[Value] = []
    for value in values:
        if len(taken) == MAX_ELEMENTS:
            raise FunctionError(f"the result has more than {MAX_ELEMENTS} elements")
        taken.append(value)
    return tuple(taken)


def limited_text(length: int) -> None:
    """Refuse a text before it is built, when it would have more than `MAX_CHARACTERS`."""
    if length > MAX_CHARACTERS:
        raise FunctionError(f"the result has more than {MAX_CHARACTERS} characters")
