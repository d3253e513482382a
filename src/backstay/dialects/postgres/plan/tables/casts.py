"""How values survive a change of their column's type (PostgreSQL documentation, CREATE CAST and 10.4).

ALTER COLUMN … TYPE converts by itself where there is an assignment cast. Elsewhere it needs `USING`. An
explicit cast must not be written where an assignment cast would do: it cuts texts and bits to length
without a word, where the assignment refuses. So `USING` leads to the type without its length, and past any
domain; the assignment does the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.objects.types import usual_multirange
from backstay.dialects.postgres.plan.context import Context, TableName
from backstay.dialects.postgres.plan.graph import Graph
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.schema.kinds import address
from backstay.schema.model import Address, Cast, Column, Composite, Domain, Range

FAMILIES = {
    "number": ("smallint", "integer", "bigint", "numeric", "real", "double precision"),
    "text": ("text", "character varying", "character", "bpchar", "name", "citext"),
    "time": (
        "date",
        "timestamp without time zone",
        "timestamp with time zone",
        "time without time zone",
        "time with time zone",
        "interval",
    ),
    "bit": ("bit", "bit varying"),
    "json": ("json", "jsonb"),
    "network": ("inet", "cidr"),
}
"""Types whose values are comparable with each other."""

FAMILY_OF = {type_: family for family, types in FAMILIES.items() for type_ in types}
MODIFIER = re.compile(r" ?\([^()]*\)")
LENGTH = re.compile(r"\((\d+)\)$")

KEYS = (
    (("smallint", "integer", "bigint"), ("numeric",), ("real", "double precision")),
    (("date", "timestamp without time zone", "timestamp with time zone"),),
    (("text", "character varying", "character", "bpchar"),),
    (("bit", "bit varying"),),
    (("inet", "cidr"),),
)
"""Types of foreign keys: a type of a group can refer to the types of that group, and of those behind it.

The operators of a group compare its types, or the server casts them without being asked (pg_amop, pg_cast).
"""

KEY_GROUPS = {
    type_: (chain, place)
    for chain, groups in enumerate(KEYS)
    for place, types in enumerate(groups)
    for type_ in types
}
"""For each type the number of its chain, and its place in there."""

ASSIGNED = frozenset({"number", "bit", "json", "network"})
"""Families of which every type is assigned to every other; anything is assigned to a text."""

ASSIGNMENTS: Mapping[str, tuple[str, ...]] = {
    "date": ("timestamp without time zone", "timestamp with time zone"),
    "timestamp without time zone": ("date", "time without time zone", "timestamp with time zone"),
    "timestamp with time zone": (
        "date",
        "time without time zone",
        "time with time zone",
        "timestamp without time zone",
    ),
    "time without time zone": ("time with time zone", "interval"),
    "time with time zone": ("time without time zone",),
    "interval": ("time without time zone",),
    "money": ("numeric",),
    "integer": ("money", "oid"),
    "bigint": ("money", "oid"),
    "smallint": ("oid",),
    "numeric": ("money",),
    "oid": ("integer", "bigint"),
    "macaddr": ("macaddr8",),
    "macaddr8": ("macaddr",),
    "box": ("polygon",),
    "path": ("polygon",),
    "polygon": ("path",),
    "point": ("box",),
}
"""Other casts of the server that are made by assignment (pg_cast)."""

STEPS: Mapping[tuple[str, str], str] = {
    ("number", "boolean"): "::integer",
    ("boolean", "number"): "::integer",
    ("number", "money"): "::numeric",
    ("money", "number"): "::numeric",
    ("bit", "number"): "::bigint",
    ("oid", "number"): "::bigint",
    ("number", "oid"): "::bigint",
    ("date", "time without time zone"): "::timestamp without time zone",
    ("date", "time with time zone"): "::timestamp with time zone",
    ("timestamp without time zone", "time with time zone"): "::timestamp with time zone",
    ("interval", "time with time zone"): "::time without time zone",
    **{("box", shape): "" for shape in ("lseg", "point", "circle")},
    **{("circle", shape): "" for shape in ("box", "point", "polygon")},
    **{("polygon", shape): "" for shape in ("box", "point", "circle")},
    ("lseg", "point"): "",
}
"""Families and types with explicit casts between them, and the type on the way that all of them reach.

All others are related by their words only: one type's text is read as the other, or refused.
"""


BITS: Mapping[tuple[str, str], str] = {
    ("number", "bit"): "{value}::bigint::bit({length})",
    ("number", "bit varying"): "ltrim({value}::bigint::bit(64)::text, '0')::bit varying",
    ("bit varying", "number"): "lpad({value}::text, 64, '0')::bit(64)::bigint",
}
"""Between numbers and strings of bits, the length is part of the cast, or there is none."""


def base(type_: str) -> str:
    """The type without its length or precision, and without `[]`."""
    element = INTEGER_OF.get(type_, type_).removesuffix("[]")
    if '"' in element:
        return element
    return "interval" if element.startswith("interval") else MODIFIER.sub("", element)


def family(type_: str) -> str:
    """What the type's values are comparable with: a family's name, or the type itself."""
    brackets = "[]" if type_.endswith("[]") else ""
    return FAMILY_OF.get(base(type_), base(type_)) + brackets


def can_refer(type_: str, target: str) -> bool:
    """Can a foreign key of this type refer to a column of the other? False where that is not known."""
    one, other = base(type_), base(target)
    if one == other or type_.endswith("[]") or target.endswith("[]"):
        return one == other and type_.endswith("[]") == target.endswith("[]")
    (chain, place), (other_chain, other_place) = (KEY_GROUPS.get(name, (-1, 0)) for name in (one, other))
    return chain == other_chain >= 0 and place <= other_place


def using(before: Column, after: Column, schema: str, context: Context) -> str:
    """The USING clause that the change needs, with a blank before it; empty where it needs none."""
    expression = converted(quote_name(after.name), (before.type, after.type), schema, context)
    return f" USING {expression}" if expression else ""


def converted(value: str, types: tuple[str, str], schema: str, context: Context) -> str:
    """The SQL that makes the value, which is of the first type, one that can be assigned to the second.

    Empty where the value itself can.
    """
    old = _underlying(types[0], schema, context, context.before)
    new = _underlying(types[1], schema, context, context.after)
    return _bits(value, old, new, _spelled(types[1], schema, context)) or _converted(value, old, new, context)


def _bits(value: str, old: tuple[str, str], new: tuple[str, str], type_: str) -> str:
    """A number as bits, or bits as a number; empty for anything else."""
    length = LENGTH.search(type_)
    (source, many), (target, brackets) = old, new
    for key in ((FAMILY_OF.get(source), target), (source, FAMILY_OF.get(target))):
        if key in BITS and not many and not brackets:
            return BITS[key].format(value=value, length=length[1] if length else 1)  # type: ignore[index]
    return ""


def _underlying(type_: str, schema: str, context: Context, state: Graph) -> tuple[str, str]:
    """What a type is made of behind all domains: the element's type, and the brackets of an array."""
    brackets = "[]" if type_.endswith("[]") else ""
    element = base(type_)
    own = context.type_of(schema, element)
    found = state.objects.get(own) if own is not None else None
    if found is None or not isinstance(found.item, Domain):
        is_aside = state is context.before and _is_rebuilt(own, context)
        return f"{element} set aside" if is_aside else element, brackets
    name, more = _underlying(found.item.type, schema, context, state)
    return name, brackets or more


def _spelled(type_: str, schema: str, context: Context) -> str:
    """The type behind all domains with its length."""
    own = context.type_of(schema, type_)
    found = context.after.objects.get(own) if own is not None else None
    if found is not None and isinstance(found.item, Domain):
        return _spelled(found.item.type, schema, context)
    return type_


def _is_rebuilt(type_: Address | None, context: Context) -> bool:
    """Is the type made anew, or the multirange of one that is?"""
    return type_ in context.rebuilt or any(
        isinstance(item := context.before.objects[own].item, Range)
        and type_ == context.type_of(own.schema, item.multirange or quote_name(usual_multirange(item.name)))
        for own in context.rebuilt
    )


def _converted(value: str, old: tuple[str, str], new: tuple[str, str], context: Context) -> str:
    """The value as one of the other type; empty where the assignment does it."""
    (source, many), (target, brackets) = old, new
    if old == new or (FAMILY_OF.get(target) == "text" and (many == brackets or not brackets)):
        return ""
    goal = _goal(target)
    if many != brackets:
        if brackets and FAMILY_OF.get(source) != "text":
            array = f"ARRAY[{value}]{_step(source, goal)}::{goal}[]"
            return f"CASE WHEN {value} IS DISTINCT FROM NULL THEN {array} END"
        return f"{value}::text::{goal}{brackets}"
    context_of_cast = _user_cast(source, target, context)
    if context_of_cast:
        return f"{value}::{goal}{brackets}" if context_of_cast == "EXPLICIT" else ""
    if _is_assigned(source, target):
        return ""
    return f"{value}{_step(source, target, brackets)}::{goal}{brackets}"


def _goal(type_: str) -> str:
    """The type to cast to before the assignment: without a length, `bit` is a single one."""
    return "bit varying" if type_ == "bit" else type_


def _is_assigned(source: str, target: str) -> bool:
    same = FAMILY_OF.get(source) == FAMILY_OF.get(target) and FAMILY_OF.get(source) in ASSIGNED
    return source == target or same or target in ASSIGNMENTS.get(source, ())


def _step(source: str, target: str, brackets: str = "[]") -> str:
    """The cast to the type on the way."""
    old, new = FAMILY_OF.get(source, source), FAMILY_OF.get(target, target)
    for key in ((source, target), (old, new)):
        if key in STEPS:
            return f"{STEPS[key]}{brackets if STEPS[key] else ''}"
    return "" if old == "text" or source == target else f"::text{brackets}"


def is_one_way(before: Column, after: Column, schema: str, context: Context) -> bool:
    """Does a cast of a user's lead there, and none back, or do values become arrays?"""
    source, many = _underlying(before.type, schema, context, context.before)
    target, brackets = _underlying(after.type, schema, context, context.after)
    if many != brackets:
        return bool(brackets) and FAMILY_OF.get(source) != "text"
    return bool(_user_cast(source, target, context)) and not _user_cast(target, source, context)


def used(types: tuple[str, str], schema: str, context: Context) -> Iterator[Address]:
    """The casts of a user's that lead from one type to the other, and back."""
    source, _ = _underlying(types[0], schema, context, context.before)
    target, _ = _underlying(types[1], schema, context, context.after)
    for found in ((source, target), (target, source)):
        if source != target and _user_cast(*found, context):
            yield _cast(*found)


def _user_cast(source: str, target: str, context: Context) -> str:
    """The context of a cast of a user's, which is made before it is used; empty where there is none."""
    after = context.after.objects.get(_cast(source, target))
    return after.item.context if after is not None and isinstance(after.item, Cast) else ""


def _cast(source: str, target: str) -> Address:
    return address("cast", "", Cast(source=source, target=target))


def rebuilt(column: Column, table: TableName, context: Context) -> str:
    """The USING clause for a column whose type is made anew: by its fields, or by the text of its values."""
    type_ = _rebuilt_type(column, table, context)
    if type_ is None:
        return ""  # it is its collation
    name, brackets = quote_name(column.name), "[]" if column.type.endswith("[]") else ""
    if is_row(type_, context):
        return f" USING {name}::{column.type}"
    domain = context.after.objects[type_].item
    if isinstance(domain, Domain):
        element, more = _underlying(domain.type, table.schema, context, context.after)
        many = brackets or more
        last = "" if family(element) == "text" else f"::{_goal(element)}{many}"
        return f" USING {name}::text{many}{last}"
    return f" USING {name}::text{brackets}::{column.type}"


def _rebuilt_type(column: Column, table: TableName, context: Context) -> Address | None:
    """The type of the column, if that is what is made anew."""
    needs = context.before.needs(Address("column", *table, column.name))
    candidates = (context.type_of(table.schema, column.type), *needs)
    return next((on for on in candidates if on in context.rebuilt and on.kind == "type"), None)


def is_row(type_: Address | None, context: Context) -> bool:
    """Is it a composite type that is made anew, or one over it? There is a cast then (see `plan.fields`)."""
    old, new = (_row(type_, state, context) for state in (context.before, context.after))
    return old is not None and old == new and old in context.rebuilt


def _row(type_: Address | None, state: Graph, context: Context) -> Address | None:
    """The composite type behind all domains, and arrays of such."""
    while type_ is not None and (found := state.objects.get(type_)) is not None:
        match found.item:
            case Composite():
                return type_
            case Domain(type=base_):
                type_ = context.type_of(type_.schema, base_)
            case _:
                return None
    return None
