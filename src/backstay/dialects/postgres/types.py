"""The types of PostgreSQL, in the words of `format_type` (PostgreSQL documentation, chapter 8).

`kind` is the class of the values, which decides how a default is written (`literals.py`).
"""

from __future__ import annotations

from backstay.dialects.mapping.types import Types, TypeSpec, simple
from backstay.hcl.functions.convert import FunctionError
from backstay.hcl.values import Value


def _sized(names: str, sql: str, kind: str) -> TypeSpec:
    return TypeSpec(tuple(names.split()), (sql, sql + "({})"), kind)


def _alias(names: str, sql: str, kind: str) -> TypeSpec:
    return TypeSpec(tuple(names.split()), (sql,), kind)


def _clock(name: str, sql: str, zone: str) -> TypeSpec:
    return TypeSpec((name,), (f"{sql} {zone} time zone", f"{sql}({{}}) {zone} time zone"), "time")


def _interval(field: str) -> TypeSpec:
    sql = f"interval {field.replace('_', ' ')}"
    precise = field.endswith("second")
    return TypeSpec((field,), (sql, sql + "({})") if precise else (sql,), "interval")


FIELDS = (
    "year month day hour minute second year_to_month day_to_hour day_to_minute day_to_second "
    "hour_to_minute hour_to_second minute_to_second"
)
RANGES = "int4 int8 num ts tstz date"

SPECS: tuple[TypeSpec, ...] = (
    TypeSpec(("bit",), ("bit(1)", "bit({})"), "bit"),
    _sized("bit_varying", "bit varying", "bit"),
    _alias("boolean bool", "boolean", "bool"),
    *simple("bytea", "binary"),
    TypeSpec(("character", "char"), ("character(1)", "character({})"), "string"),
    _sized("character_varying varchar", "character varying", "string"),
    *simple("bpchar text name", "string"),
    _alias("smallint int2", "smallint", "integer"),
    _alias("integer int int4", "integer", "integer"),
    _alias("bigint int8", "bigint", "integer"),
    *simple("xid xid8", "xid"),
    _alias("smallserial serial2", "smallserial", "serial"),
    _alias("serial serial4", "serial", "serial"),
    _alias("bigserial serial8", "bigserial", "serial"),
    TypeSpec(("numeric", "decimal"), ("numeric", "numeric({},0)", "numeric({},{})"), "decimal"),
    _alias("real float4", "real", "float"),
    _alias("double_precision float8", "double precision", "float"),
    *simple("money", "money"),
    *simple("date", "time"),
    _clock("time", "time", "without"),
    _clock("timetz", "time", "with"),
    _clock("timestamp", "timestamp", "without"),
    _clock("timestamptz", "timestamp", "with"),
    _sized("interval", "interval", "interval"),
    *map(_interval, FIELDS.split()),
    *simple("json jsonb", "json"),
    *simple("uuid", "uuid"),
    *simple("xml", "xml"),
    *simple("cidr inet macaddr macaddr8", "network"),
    *simple("point line lseg box path polygon circle", "spatial"),
    *simple("tsvector tsquery", "text search"),
    *simple(" ".join(f"{of}range {of}multirange" for of in RANGES.split()), "range"),
    *simple("hstore", "user"),
    *simple(
        "oid regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc "
        "regprocedure regrole regtype",
        "oid",
    ),
    TypeSpec(("any",), ('"any"',), "pseudo"),
    *simple(
        "anyelement anyarray anynonarray anyenum internal record trigger event_trigger void unknown",
        "pseudo",
    ),
)


def _float(*arguments: Value) -> str:
    """`float(p)` counts binary digits: up to 24 are `real`, up to 53 `double precision` (§ 8.1.3)."""
    if len(arguments) > 1:
        raise FunctionError('too many arguments for type definition "float"')
    digits = arguments[0] if arguments else 0
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= 53:
        raise FunctionError('the precision of type "float" is a whole number up to 53')
    return "real" if 1 <= digits <= 24 else "double precision"


TYPES = Types(SPECS, special={"float": _float})
