"""Functions over numbers and bools. Numbers are exact; `log` and fractional powers are 64-bit floats."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from backstay.hcl.functions.convert import (
    MAX_MAGNITUDE,
    FunctionError,
    Number,
    Sequence,
    boolean,
    integer,
    limited,
    normal,
    number,
    sequence,
    string,
    too_large,
)
from backstay.hcl.functions.signature import Table
from backstay.hcl.values import List, Value

TABLE = Table()
EXACT = Context(prec=200)


@TABLE.define(number)
def abs_(value: Number) -> Value:
    return abs(value) if isinstance(value, int) else value.copy_abs()


@TABLE.define(number)
def ceil(value: Number) -> Value:
    return value if isinstance(value, int) else int(value.to_integral_value(ROUND_CEILING))


@TABLE.define(number)
def floor(value: Number) -> Value:
    return value if isinstance(value, int) else int(value.to_integral_value(ROUND_FLOOR))


@TABLE.define(number)
def signum(value: Number) -> Value:
    return (value > 0) - (value < 0)


@TABLE.define(number, rest=number)
def max_(*values: Number) -> Value:
    return max(values)


@TABLE.define(number, rest=number)
def min_(*values: Number) -> Value:
    return min(values)


@TABLE.define(number, number)
def log(value: Number, base: Number) -> Value:
    if value <= 0 or base <= 0 or base == 1:
        raise FunctionError("a logarithm needs a positive number, and a positive base that is not 1")
    return _float(lambda: math.log(value) / math.log(base))


@TABLE.define(number, number)
def pow_(base: Number, exponent: Number) -> Value:
    if not (isinstance(base, int) and isinstance(exponent, int) and exponent >= 0):
        return _float(lambda: math.pow(base, exponent))
    if base.bit_length() * exponent > MAX_MAGNITUDE * 4 and abs(base) > 1:
        raise too_large()
    return normal(base**exponent)


@TABLE.define(string, integer)
def parseint(text: str, base: int) -> Value:
    if not 2 <= base <= 36:
        raise FunctionError("the base must be between 2 and 36")
    if len(text) > MAX_MAGNITUDE:
        raise FunctionError(f"the text has more than {MAX_MAGNITUDE} digits")
    try:
        if "_" in text or text != text.strip():
            raise ValueError
        return int(text, base)
    except ValueError:
        raise FunctionError(f"the text is not a whole number in base {base}") from None


@TABLE.define(number, number, number, optional=2)
def range_(first: Number, second: Number | None = None, third: Number | None = None) -> Value:
    start, limit = (0, first) if second is None else (first, second)
    step = third if third is not None else (1 if limit >= start else -1)
    if step == 0 or (limit > start and step < 0) or (limit < start and step > 0):
        raise FunctionError("the step must lead from the start to the limit, and not be 0")
    return List(limited(_steps(start, limit, step)))


def _steps(start: Number, limit: Number, step: Number) -> Iterator[Number]:
    at = start
    while at < limit if step > 0 else at > limit:
        yield at
        at = (
            normal(EXACT.add(at, step)) if isinstance(at, Decimal) or isinstance(step, Decimal) else at + step
        )


@TABLE.define(sequence)
def alltrue(values: Sequence) -> Value:
    return all(value is not None and boolean(value) for value in values)


@TABLE.define(sequence)
def anytrue(values: Sequence) -> Value:
    return any(value is not None and boolean(value) for value in values)


def _float(calculate: Callable[[], float]) -> Number:
    """A 64-bit result as an exact number, with the shortest digits that stand for it."""
    try:
        result = calculate()
    except (ArithmeticError, ValueError):
        raise FunctionError("the result is not a finite number") from None
    if not math.isfinite(result):
        raise FunctionError("the result is not a finite number")
    return normal(Decimal(repr(result)))
