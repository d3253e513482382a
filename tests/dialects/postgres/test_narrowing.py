"""Which changes of a column's type are a danger to its values."""

from __future__ import annotations

import pytest

from backstay.dialects.postgres.plan.tables import narrowing

DANGERS = """
text > integer: BS101
character varying(9) > character varying(5): BS101
text > character(5): BS101
bigint > integer: BS101
integer > numeric(5,1): BS101
numeric > double precision: BS102
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
integer > bigint:
integer > serial:
bigint > double precision:
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
    found = list(narrowing.of_type("a", "t", before, after, using))
    assert [hazard.code for hazard in found] == codes
    assert all(f'column "a" of table "t" from {before} to {after} ' in hazard.text for hazard in found)


def test_an_assignment_to_a_type_of_the_users_is_not_judged() -> None:
    assert list(narrowing.of_type("a", "t", "text", "public.short", "")) == []
