"""Whether values can be lost, or refused, where a column or field changes its type.

It goes by what the types can hold, not by the rows: those are asked before an apply (see `probes`). Silent
where that is not known, as with casts of a user's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from backstay.dialects.dialect import Hazard
from backstay.dialects.postgres.names import parse_name
from backstay.dialects.postgres.plan.tables.casts import FAMILY_OF, base
from backstay.dialects.postgres.plan.tables.costs import type_modifiers
from backstay.dialects.postgres.serial import INTEGER_OF

DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}
"""Digits before the decimal point of the largest value (8.1.1)."""

WRITTEN = {
    "boolean": 5,
    "uuid": 36,
    "macaddr": 17,
    "macaddr8": 23,
    "date": 10,
    "timestamp without time zone": 26,
    "timestamp with time zone": 32,
    "json": inf,
    "jsonb": inf,
}
"""Characters of the longest text of a value, of years with four digits; of other types that is not known."""

INEXACT = {"real": 6, "double precision": 15}
"""Digits that are kept (8.1.3)."""

PARTS = {
    "timestamp without time zone": {"date", "time without time zone"},
    "timestamp with time zone": {"date", "time without time zone", "time with time zone"},
    "time with time zone": {"time without time zone"},
    "interval": {"time without time zone"},
    "inet": {"cidr"},
}
"""Types, and those that hold only a part of their values."""

PRECISION = 6
"""Fractional digits of seconds where no precision is said (8.5)."""


def of_type(what: str, before: str, after: str, using: str) -> Iterator[Hazard]:
    """The dangers of the change from one type to another; `using` converts, empty where that is assigned."""
    old, new = (INTEGER_OF.get(type_, type_) for type_ in (before, after))
    if "[]" in old and "[]" in new:
        old, new = old.removesuffix("[]"), new.removesuffix("[]")
    change = f"Changing the type of {what} from {before} to {after}"
    if refuses(old, new, using):
        yield Hazard("BS101", f"{change} might fail in case of values that do not fit")
    if loses(old, new):
        yield Hazard("BS102", f"{change} rounds or cuts values")


def refuses(old: str, new: str, using: str = "") -> bool:
    """Can the new type refuse values of the old one?"""
    families = FAMILY_OF.get(base(old), base(old)), FAMILY_OF.get(base(new), base(new))
    match families:
        case "number", "number":
            return _digits(new) < _digits(old)
        case _, "text":
            return _length(new) < _length(old)
        case "bit", "bit":
            sizes = [(*type_modifiers(type_), inf)[0] for type_ in (old, new)]
            return sizes[1] < sizes[0] or (base(new) == "bit" and sizes[0] != sizes[1])
        case one, other if one == other:
            return False
    if not using or _plain(old) == _plain(new):  # assigned, or one type in another schema
        return False
    return families[0] == "text" or "::text" in using


def loses(old: str, new: str) -> bool:
    """Does the server round or cut values, or leave out a part of them, without a word?"""
    source, target = base(old), base(new)
    match FAMILY_OF.get(source), FAMILY_OF.get(target):
        case "number", "number" if target in INEXACT:
            return INEXACT[target] < _significant(old)
        case "number", "number":
            return _scale(new) < _scale(old)
        case "time", "time" if _precision(new) < _precision(old):
            return True
        case "number", _ if target == "boolean":
            return True
    return target in PARTS.get(source, ())


def _plain(type_: str) -> str:
    """The name of the type without that of its schema."""
    parsed = parse_name(type_)
    return parsed[1] if parsed else type_


def _digits(type_: str) -> float:
    """Digits before the decimal point that a number can have."""
    name, sizes = base(type_), type_modifiers(type_)
    if name == "numeric" and sizes:
        precision, scale = (*sizes, 0)[:2]
        return precision - scale
    return DIGITS.get(name, inf)


def _scale(type_: str) -> float:
    """Digits behind the decimal point that a number can have."""
    name, sizes = base(type_), type_modifiers(type_)
    if name == "numeric" and sizes:
        return (*sizes, 0)[1]
    return 0 if name in DIGITS else inf


def _significant(type_: str) -> float:
    """Digits that a number can have in all."""
    return INEXACT.get(base(type_)) or _digits(type_) + _scale(type_)


def _length(type_: str) -> float:
    """Characters that a text, or the text of another value, can have."""
    name = base(type_)
    if FAMILY_OF.get(name) == "number":
        scale = _scale(type_)
        return _digits(type_) + (scale + 1 if scale else 0) + 1
    if FAMILY_OF.get(name) != "text":
        return WRITTEN.get(name, 0)
    sizes = type_modifiers(type_)
    if sizes:
        return sizes[0]
    return {"character": 1, "name": 63}.get(name, inf)


def _precision(type_: str) -> int:
    return (*type_modifiers(type_), PRECISION)[0] if base(type_) != "date" else 0
