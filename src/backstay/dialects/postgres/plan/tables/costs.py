"""What a clause of ALTER TABLE costs: does the server write the table anew, does it read all of it?

The rules are those of `ATColumnChangeRequiresRewrite` and `ATExecAddColumn` in the server's sources
(PostgreSQL documentation, ALTER TABLE, notes). Where the answer cannot be known, it is the dearer one.
"""

from __future__ import annotations

import re

import msgspec

from backstay.dialects.postgres.names import QUOTED_NAME, STRING, parse_name
from backstay.dialects.postgres.plan.graph import Graph
from backstay.dialects.postgres.plan.tables.casts import base
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.schema.model import Address, Column, Domain, Function


class Cost(msgspec.Struct, frozen=True):
    """`rewrite`: the table is written anew. `scan`: all of it is read, as it is too to be written anew."""

    rewrite: bool = False
    scan: bool = False


FREE = Cost()
SCAN = Cost(scan=True)
REWRITE = Cost(rewrite=True, scan=True)

MODIFIERS = re.compile(r"\(([\d,-]+)\)")
CALL = re.compile(rf"{STRING}|((?:(?:{QUOTED_NAME}|[\w$]+)\.)?(?:{QUOTED_NAME}|[\w$]+))\(", re.DOTALL)

VOLATILE = frozenset(
    [
        "clock_timestamp",
        "currval",
        "gen_random_uuid",
        "lastval",
        "nextval",
        "pg_advisory_lock",
        "pg_backend_pid_of",
        "pg_sleep",
        "random",
        "random_normal",
        "set_config",
        "setseed",
        "setval",
        "timeofday",
        "txid_current",
        "pg_current_xact_id",
        "uuidv4",
        "uuidv7",
        "uuid_generate_v1",
        "uuid_generate_v1mc",
        "uuid_generate_v4",
        "gen_random_bytes",
        "gen_salt",
    ]
)
"""Functions of the server and of its usual extensions whose value differs from row to row."""

SAME_BYTES = frozenset(
    {
        ("character varying", "text"),
        ("text", "character varying"),
        ("text", "bpchar"),
        ("character varying", "bpchar"),
        ("citext", "text"),
        ("text", "citext"),
        ("citext", "character varying"),
        ("character varying", "citext"),
        ("xml", "text"),
        ("xml", "character varying"),
        ("bit", "bit varying"),
        ("cidr", "inet"),
        # Our sessions are in UTC, where both are the same number.
        ("timestamp without time zone", "timestamp with time zone"),
        ("timestamp with time zone", "timestamp without time zone"),
    }
)
"""Pairs of types whose values are stored alike: a cast between them does nothing (`pg_cast.castmethod`)."""

GROWING = {
    "character varying": None,
    "bit varying": None,
    "timestamp without time zone": 6,
    "timestamp with time zone": 6,
    "time without time zone": 6,
    "time with time zone": 6,
    "interval": 6,
}
"""Types whose values stay as they are when the length or precision grows; the most that it can be."""


def of_added_column(column: Column, state: Graph, schema: str) -> Cost:
    """ADD COLUMN: a value that is the same for all rows is kept in the catalogue."""
    if column.identity is not None or column.type in INTEGER_OF:
        return REWRITE
    if column.generated is not None:
        return REWRITE if column.generated.stored else FREE
    if _is_constrained(column.type, state, schema):
        return REWRITE
    if column.default is not None and _is_volatile(column.default, state, schema):
        return REWRITE
    return FREE


def of_type(before: Column, after: Column, using: str, states: tuple[Graph, Graph], schema: str) -> Cost:
    """ALTER COLUMN … TYPE, with a USING clause or without one."""
    old, new = (INTEGER_OF.get(column.type, column.type) for column in (before, after))
    if _is_constrained(new, states[1], schema):
        return REWRITE
    old, new = (_stored(type_, state, schema) for type_, state in zip((old, new), states, strict=True))
    if old == new and not using:
        return SCAN if before.collation != after.collation else FREE
    return FREE if not using and _keeps_bytes(old, new) else REWRITE


def _keeps_bytes(old: str, new: str) -> bool:
    """Are the stored values the same under both types?"""
    kinds, sizes = (base(old), base(new)), (type_modifiers(old), type_modifiers(new))
    if old.endswith("]") or new.endswith("]"):
        return kinds[0] == kinds[1] and not sizes[1] and old.count("[") == new.count("[")
    if kinds[0] != kinds[1]:
        return kinds in SAME_BYTES and not sizes[1]
    if kinds[0] == "numeric":
        return not sizes[1] or (
            bool(sizes[0]) and sizes[0][0] <= sizes[1][0] and sizes[0][1:] == sizes[1][1:]
        )
    if kinds[0] not in GROWING or _without(old) != _without(new):
        return False
    return not sizes[1] or sizes[1][0] == GROWING[kinds[0]] or (bool(sizes[0]) and sizes[0] <= sizes[1])


def type_modifiers(type_: str) -> tuple[int, ...]:
    """The length, or the precision and scale, that a type is written with."""
    found = MODIFIERS.search(type_)
    return tuple(int(number) for number in found[1].split(",")) if found else ()


def _without(type_: str) -> str:
    """The type without its length or precision; the fields of an interval stay."""
    return MODIFIERS.sub("", type_)


def _domain(type_: str, state: Graph, schema: str) -> Domain | None:
    name = parse_name(type_)
    found = state.objects.get(Address("type", name[0] or schema, name[1])) if name else None
    return found.item if found and isinstance(found.item, Domain) else None


def _stored(type_: str, state: Graph, schema: str) -> str:
    """The type of the values as they are stored: what a domain is over."""
    while (domain := _domain(type_, state, schema)) is not None:
        type_ = domain.type
    return type_


def _is_constrained(type_: str, state: Graph, schema: str) -> bool:
    """Is it a domain that refuses values, or over one?"""
    while (domain := _domain(type_.removesuffix("[]"), state, schema)) is not None:
        if domain.checks or not domain.null:
            return True
        type_ = domain.type
    return False


def _is_volatile(expression: str, state: Graph, schema: str) -> bool:
    """May the value differ from row to row? A function that is not known may do anything."""
    for match in CALL.finditer(expression):
        name = parse_name(match[1]) if match[1] else None
        if name is None or (name[0] == "pg_catalog" and name[1] not in VOLATILE):
            continue
        if name[1] in VOLATILE or _is_volatile_function(name[0] or schema, name[1], state, bool(name[0])):
            return True
    return False


def _is_volatile_function(schema: str, name: str, state: Graph, qualified: bool) -> bool:
    found = [
        address_found.item
        for own, address_found in state.objects.items()
        if own.kind == "function" and own.schema == schema and getattr(address_found.item, "name", "") == name
    ]
    if not found:
        return qualified
    return any(not isinstance(item, Function) or item.volatility == "VOLATILE" for item in found)
