"""Defaults are literals in HCL where, and only where, reading them back gives the same SQL."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.dialects.mapping.literals import from_sql, to_sql
from backstay.hcl.values import RawSQL, Value

KINDS = ["string", "integer", "float", "decimal", "bool", "enum", "json", "interval", ""]


@pytest.mark.parametrize(
    ("value", "kind", "sql"),
    [
        ("abc", "string", "'abc'"),
        ("it's", "string", "'it''s'"),
        ("", "string", "''"),
        ("'abc'", "string", "'abc'"),
        ('"abc"', "string", "'abc'"),
        ("5", "string", "'5'"),
        (5, "string", "'5'"),
        (True, "string", "'true'"),
        (5, "integer", "5"),
        (-5, "integer", "-5"),
        ("5", "integer", "5"),
        ("NaN", "float", "'NaN'"),
        ("1); drop table t", "integer", "'1); drop table t'"),
        (Decimal("1.5"), "decimal", "1.5"),
        (Decimal("1E+3"), "decimal", "1000"),
        (True, "bool", "true"),
        (False, "bool", "false"),
        ("false", "bool", "false"),
        (0, "", "0"),
        ("open", "enum", "'open'"),
        ("{}", "json", "'{}'"),
    ],
)
def test_values_become_sql_literals(value: str | int | Decimal, kind: str, sql: str) -> None:
    assert to_sql(value, kind) == sql


@pytest.mark.parametrize(
    ("sql", "kind", "value"),
    [
        ("'abc'", "string", "abc"),
        ("'it''s'", "string", "it's"),
        ("''", "string", ""),
        ("'5'", "string", "5"),
        ("5", "integer", 5),
        ("-5", "integer", -5),
        ("1.5", "decimal", Decimal("1.5")),
        ("true", "bool", True),
        ("'NaN'", "float", "NaN"),
        ("18446744073709551616", "decimal", 18446744073709551616),
    ],
)
def test_literals_become_values(sql: str, kind: str, value: Value) -> None:
    assert from_sql(sql, kind) == value


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("now()", "time"),
        ("5", "string"),
        ("true", "string"),
        ("'5'", "integer"),
        ("'true'", "bool"),
        ("TRUE", "bool"),
        ("1.50", "decimal"),
        ("-0", "integer"),
        ("007", "integer"),
        ("1e3", "float"),
        ("0x1F", "integer"),
        ("x'00'", "binary"),
        ("'''abc'''", "string"),
        ("'\"abc\"'", "string"),
        ("'a' || 'b'", "string"),
        ("''''", "string"),
        ("0.12345678901234567890123456789012345", "decimal"),
    ],
)
def test_what_would_not_come_back_stays_an_expression(sql: str, kind: str) -> None:
    value = from_sql(sql, kind)
    assert isinstance(value, RawSQL) or to_sql(value, kind) == sql  # type: ignore[arg-type]


@given(st.text(max_size=12), st.sampled_from(KINDS))
def test_no_default_changes_on_its_way_through_hcl(text: str, kind: str) -> None:
    for sql in (text, "'" + text.replace("'", "''") + "'"):
        value = from_sql(sql, kind)
        back = value.text if isinstance(value, RawSQL) else to_sql(value, kind)  # type: ignore[arg-type]
        assert back == sql
