"""The types of PostgreSQL: what HCL calls them, and what the catalogue prints."""

from __future__ import annotations

import pytest

from backstay.dialects.postgres.types import TYPES
from backstay.hcl.values import RawSQL

READ = [
    ("bit", (), "bit(1)"),
    ("bit", (8,), "bit(8)"),
    ("bit_varying", (), "bit varying"),
    ("bit_varying", (8,), "bit varying(8)"),
    ("bool", (), "boolean"),
    ("char", (), "character(1)"),
    ("char", (3,), "character(3)"),
    ("varchar", (), "character varying"),
    ("varchar", (120,), "character varying(120)"),
    ("int2", (), "smallint"),
    ("int", (), "integer"),
    ("int4", (), "integer"),
    ("int8", (), "bigint"),
    ("serial2", (), "smallserial"),
    ("serial4", (), "serial"),
    ("serial8", (), "bigserial"),
    ("decimal", (), "numeric"),
    ("decimal", (9,), "numeric(9,0)"),
    ("decimal", (9, 2), "numeric(9,2)"),
    ("float4", (), "real"),
    ("float8", (), "double precision"),
    ("float", (), "double precision"),
    ("float", (0,), "double precision"),
    ("float", (1,), "real"),
    ("float", (24,), "real"),
    ("float", (25,), "double precision"),
    ("float", (53,), "double precision"),
    ("time", (), "time without time zone"),
    ("time", (0,), "time(0) without time zone"),
    ("timetz", (3,), "time(3) with time zone"),
    ("timestamp", (), "timestamp without time zone"),
    ("timestamptz", (3,), "timestamp(3) with time zone"),
    ("interval", (), "interval"),
    ("interval", (3,), "interval(3)"),
    ("second", (2,), "interval second(2)"),
    ("day_to_second", (4,), "interval day to second(4)"),
    ("hour_to_minute", (), "interval hour to minute"),
    ("year_to_month", (), "interval year to month"),
]


@pytest.mark.parametrize(("name", "arguments", "sql"), READ)
def test_hcl_types_have_the_text_of_the_catalogue(name: str, arguments: tuple[int, ...], sql: str) -> None:
    assert TYPES.names.functions[name](*arguments) == RawSQL(sql)
    if not arguments:
        assert TYPES.names.variables[name] == RawSQL(sql)


WRITTEN = [
    ("integer", "integer"),
    ("character varying(9)", "character_varying(9)"),
    ("character(1)", "character(1)"),
    ("bpchar", "bpchar"),
    ("numeric(9,2)", "numeric(9,2)"),
    ("numeric(9,0)", "numeric(9)"),
    ("real", "real"),
    ("double precision", "double_precision"),
    ("timestamp with time zone", "timestamptz"),
    ("timestamp(0) without time zone", "timestamp(0)"),
    ("bit varying(8)", "bit_varying(8)"),
    ("interval day to second(4)", "day_to_second(4)"),
    ("boolean", "boolean"),
    ("bigserial", "bigserial"),
    ("tstzmultirange", "tstzmultirange"),
    ("hstore", "hstore"),
]


@pytest.mark.parametrize(("sql", "call"), WRITTEN)
def test_catalogue_types_are_written_with_their_canonical_name(sql: str, call: str) -> None:
    assert str(TYPES.call(sql)) == call


@pytest.mark.parametrize("sql", ["text[]", "geometry(Point,4326)", "public.status", '"char"', "varchar(9)"])
def test_other_types_have_no_name_in_hcl(sql: str) -> None:
    assert TYPES.call(sql) is None


@pytest.mark.parametrize("name", TYPES.names.variables)
def test_every_type_comes_back_as_itself(name: str) -> None:
    value = TYPES.names.variables[name]
    assert isinstance(value, RawSQL)
    call = TYPES.call(value.text)
    assert call is not None
    assert TYPES.names.functions[call.name](*map(int, call.arguments)) == value


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("character varying(9)", "string"),
        ("varchar(9)", "string"),
        ("int", "integer"),
        ("numeric(9,2)", "decimal"),
        ("integer[]", "array"),
        ("int[3][3]", "array"),
        ("int ARRAY[4]", "array"),
        ("int[][]", "array"),
        ("int array", "array"),
        ("myarray", ""),
        ("geometry", ""),
    ],
)
def test_types_know_the_kind_of_their_values(sql: str, kind: str) -> None:
    assert TYPES.kind(sql) == kind


@pytest.mark.parametrize("digits", [-1, 54, "9", True])
def test_the_precision_of_float_is_checked(digits: object) -> None:
    with pytest.raises(ValueError, match='precision of type "float"'):
        TYPES.names.functions["float"](digits)
