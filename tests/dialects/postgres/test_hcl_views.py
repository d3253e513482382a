"""Blocks of views, rules, policies and statistics: what may be left out, and what may not."""

from __future__ import annotations

import pytest

from backstay.errors import HCLError
from backstay.schema.model import Column, Policy, Rule, Statistics, TableRef, View
from tests.dialects.postgres.reading import read

HEAD = """
schema "public" {}
table "t" {
  schema = schema.public
  column "a" {
    type = int
  }
}
"""


def test_a_query_has_no_semicolon_and_no_space_around_it() -> None:
    (schema,) = read(
        HEAD
        + """
        view "v" {
          schema       = schema.public
          check_option = CASCADED
          column "a" {
            type    = int
            default = 1
          }
          as = <<-SQL
            SELECT a
              FROM t;
          SQL
        }"""
    ).schemas
    assert schema.views == (
        View(
            name="v",
            definition="SELECT a\n  FROM t",
            columns=(Column(name="a", type="integer", default="1"),),
            options={"check_option": "cascaded"},
        ),
    )


def test_policies_are_for_all_roles_unless_they_name_some() -> None:
    (schema,) = read(
        HEAD
        + """
        policy "all" {
          on = table.t
        }
        policy "public" {
          on = table.t
          to = [PUBLIC]
        }
        policy "some" {
          on = table.t
          to = ["writer", CURRENT_USER]
        }"""
    ).schemas
    assert schema.policies == (
        Policy(name="all", table="t"),
        Policy(name="public", table="t"),
        Policy(name="some", table="t", roles=("CURRENT_USER", "writer")),
    )


def test_rules_and_statistics_refer_to_what_they_are_about() -> None:
    (schema,) = read(
        HEAD
        + """
        rule "r" {
          on    = table.t
          event = UPDATE
          as    = "DO INSTEAD NOTHING;"
        }
        statistics "s" {
          schema  = schema.public
          on      = table.t
          columns = [table.t.column.a]
          exprs   = ["a + 1"]
          types   = [MCV]
        }"""
    ).schemas
    assert schema.rules == (Rule(name="r", table="t", event="UPDATE", definition="DO INSTEAD NOTHING"),)
    assert schema.statistics == (
        Statistics(name="s", of=TableRef(name="t"), columns=("a",), exprs=("a + 1",), kinds=("MCV",)),
    )


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ('view "x" {\n schema = schema.public\n}', 'missing attribute "as" of view "x"'),
        (
            'materialized "x" {\n schema = schema.public\n as = " ; "\n}',
            'missing attribute "as" of materialized "x"',
        ),
        (
            'materialized "x" {\n schema = schema.public\n as = "-"\n replica_identity = "USING INDEX i"\n}',
            'unknown value "USING INDEX i" for attribute "replica_identity"',
        ),
        ('rule "x" {\n on = table.t\n as = "DO NOTHING"\n}', 'missing attribute "event" of rule "x"'),
        ('rule "x" {\n on = table.t\n event = UPDATE\n}', 'missing attribute "as" of rule "x"'),
        (
            'statistics "x" {\n schema = schema.public\n on = table.t\n}',
            '"columns" or "exprs" are required for statistics "x"',
        ),
        ('rule "x" {\n on = table.t\n event = "SELECT"\n as = "-"\n}', 'unknown value "SELECT"'),
    ],
)
def test_what_is_missing_is_named(block: str, message: str) -> None:
    with pytest.raises(HCLError) as caught:
        read(HEAD + block)
    assert message in caught.value.message
