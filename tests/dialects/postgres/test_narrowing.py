"""Which changes of a column's type are a danger to its values."""

from __future__ import annotations

import pytest

from backstay.dialects.postgres.plan.tables import narrowing
from backstay.errors import DatabaseError
from tests.dialects.postgres.databases import EVERYTHING, apply, connected, load, planned, workspace

DANGERS = """
text > integer: BS101
character varying(9) > character varying(5): BS101
text > character(5): BS101
bigint > integer: BS101
integer > numeric(5,1): BS101
numeric > double precision: BS102
bigint > double precision: BS102
numeric(20,0) > double precision: BS102
integer > real: BS102
double precision > integer: BS101 BS102
double precision > real: BS102
numeric(10,4) > numeric(10,2): BS102
numeric(10,4) > numeric(9,4): BS101
integer > boolean: BS102
uuid > bytea: BS101
bit(3) > bit(5): BS101
bit varying(5) > bit varying(3): BS101
timestamp without time zone > date: BS102
timestamp without time zone > timestamp(0) without time zone: BS102
time with time zone > time without time zone: BS102
interval > time without time zone: BS102
inet > cidr: BS102
text[] > integer[]: BS101
integer > character varying(2): BS101
bigint > character(19): BS101
numeric(4,2) > character varying(5): BS101
jsonb > character varying(100): BS101
uuid > character varying(35): BS101
boolean > character varying(5):
uuid > character varying(36):
smallint > character varying(6):
numeric(4,2) > character varying(6):
timestamp with time zone > character varying(32):
public.mood > character varying(2):
integer > bigint:
integer > serial:
integer > double precision:
numeric(10,2) > double precision:
smallint > real:
real > double precision:
bigint > numeric(19,0):
numeric(10,2) > numeric:
numeric(10,2) > numeric(12,2):
character varying(5) > character varying(9):
character varying(5) > text:
character(5) > text:
integer > text:
text[] > text:
bit varying(3) > bit varying:
timestamp(3) without time zone > timestamp without time zone:
timestamp with time zone > timestamp without time zone:
date > timestamp with time zone:
json > jsonb:
ext.vector > public.vector:
"""
CASES = [line.partition(":") for line in DANGERS.strip().splitlines()]


@pytest.mark.parametrize(("change", "codes"), [(change, codes.split()) for change, _, codes in CASES])
def test_a_change_names_what_it_endangers(change: str, codes: list[str]) -> None:
    before, after = change.split(" > ")
    using = f" USING a::text::{after}" if before in {"text", "text[]", "uuid", "ext.vector"} else ""
    found = list(narrowing.of_type('column "a" of table "t"', before, after, using))
    assert [hazard.code for hazard in found] == codes
    assert all(f'column "a" of table "t" from {before} to {after} ' in hazard.text for hazard in found)


def test_an_assignment_to_a_type_of_the_users_is_not_judged() -> None:
    assert list(narrowing.of_type("column", "text", "public.short", "")) == []


@pytest.mark.parametrize(
    ("type_", "size", "value"),
    [
        ("CREATE TYPE c AS (a varchar({size}), b text)", (9, 3), "ROW('too long', 'b')"),
        ("CREATE TYPE c AS (a varchar({size})[], b text)", (9, 3), "ROW(ARRAY['too long'], 'b')"),
        ("CREATE TYPE c AS (a bit({size}), b text)", (5, 3), "ROW(B'10101', 'b')"),
        ("CREATE DOMAIN c AS varchar({size})", (9, 3), "'too long'"),
    ],
)
def test_a_type_under_columns_cuts_no_value(
    postgres: str, type_: str, size: tuple[int, int], value: str
) -> None:
    wide, narrow = (f"{type_.format(size=number)}; CREATE TABLE t (v c)" for number in size)
    with connected(postgres) as session, workspace(session, narrow) as desired:
        after = desired.inspect(EVERYTHING)
    with connected(postgres) as session, workspace(session, wide) as current:
        statements = planned(current.inspect(EVERYTHING), after)
        load(current, f"INSERT INTO t VALUES ({value})")
        with pytest.raises(DatabaseError, match=r"too long|does not match"):
            apply(current, statements)
    assert [hazard.code for item in statements for hazard in item.hazards] == ["BS101"]
