"""Blocks of routines and triggers to the model: what people write beside what is written for them."""

from __future__ import annotations

import pytest

from backstay.errors import HCLError
from backstay.schema.model import (
    Aggregate,
    Argument,
    EventTrigger,
    Function,
    Language,
    Procedure,
    Schema,
    Trigger,
)
from tests.dialects.postgres.reading import read

TABLE = """
    schema "app" {}
    table "t" {
      schema = schema.app
      column "a" {
        type = int
      }
      column "b c" {
        type = int
      }
    }
    function "touch" {
      schema = schema.app
      lang   = PLpgSQL
      return = trigger
      as     = "BEGIN RETURN NEW; END"
    }
    """


def app(text: str, *, qualify: bool = False) -> Schema:
    return read(TABLE + text, qualify=qualify).schemas[0]


def test_a_function() -> None:
    found = app(
        """
        enum "kind" {
          schema = schema.app
          values = ["x"]
        }
        function "f" {
          schema = schema.app
          lang   = "sql"
          arg "a" {
            type = int
          }
          arg "b" {
            type    = text
            default = "it's"
          }
          arg {
            type = enum.kind
            mode = VARIADIC
          }
          return_set = text
          as         = <<-SQL
            SELECT $1;
              -- $${x}
            SQL
          volatility = "stable"
          parallel   = SAFE
          leakproof  = true
          strict     = true
          security   = DEFINER
          cost       = 0.5
          rows       = 10
          support    = function.touch
          set        = { search_path = "app, public" }
          depends_on = [table.t]
          comment    = "one"
        }
        """
    )
    assert found.functions[0] == Function(
        name="f",
        arguments=(
            Argument(name="a", type="integer"),
            Argument(name="b", type="text", default="'it''s'"),
            Argument(type='"kind"', mode="VARIADIC"),
        ),
        language="sql",
        body="SELECT $1;\n  -- ${x}\n",
        returns="text",
        returns_set=True,
        volatility="STABLE",
        parallel="SAFE",
        leakproof=True,
        strict=True,
        security_definer=True,
        cost=0.5,
        rows=10,
        support='"touch"',
        settings=(("search_path", "app, public"),),
        comment="one",
    )


def test_overloads_share_a_name_and_a_reference() -> None:
    found = app(
        """
        function "touch" {
          schema = schema.app
          lang   = PLV8
          arg { type = int }
          return_table {
            column "x" { type = int }
          }
          as = ""
        }
        procedure "touch" {
          schema = schema.app
          lang   = SQL
          as     = ""
        }
        trigger "tr" {
          on = table.t
          before { insert = true }
          execute { function = function.touch }
        }
        """.replace("PLV8", '"plv8"')
    )
    assert [function.identifier for function in found.functions] == ["touch()", "touch(integer)"]
    assert found.functions[1].language == "plv8"
    assert found.functions[1].arguments[1] == Argument(name="x", type="integer", mode="TABLE")
    assert found.procedures == (Procedure(name="touch"),)
    assert found.triggers[0].function == '"touch"'


def test_a_trigger() -> None:
    found = app(
        """
        trigger "tr" {
          on = table.t
          for = ROW
          after {
            insert    = true
            update_of = [column.a, column["b c"]]
          }
          when = "NEW.a > 1"
          from = table.t
          deferrable = INITIALLY_DEFERRED
          execute {
            function = function.touch
            args     = ["x"]
          }
        }
        trigger "builtin" {
          on      = table.t
          foreach = STATEMENT
          instead_of { delete = true }
          referencing { old_table = "old" }
          execute { function = "pg_catalog.tsvector_update_trigger" }
          enabled = ALWAYS
        }
        """,
        qualify=True,
    )
    assert found.triggers == (
        Trigger(
            name="builtin",
            table="t",
            timing="INSTEAD OF",
            events=("DELETE",),
            function="pg_catalog.tsvector_update_trigger",
            old_table="old",
            enabled="ALWAYS",
        ),
        Trigger(
            name="tr",
            table="t",
            timing="AFTER",
            events=("INSERT", "UPDATE"),
            update_of=("a", "b c"),
            level="ROW",
            when="NEW.a > 1",
            function='"app"."touch"',
            arguments=("x",),
            constraint=True,
            deferrable="INITIALLY DEFERRED",
            from_table='"app"."t"',
        ),
    )


def test_an_aggregate_an_event_trigger_and_a_language() -> None:
    realm = read(
        TABLE
        + """
        aggregate "total" {
          schema = schema.app
          arg "x" { type = int }
          state_type    = bigint
          state_func    = function.touch
          initial_value = 0
          final_modify  = READ_WRITE
          parallel      = SAFE
        }
        event_trigger "et" {
          on      = sql_drop
          tags    = ["DROP TABLE"]
          execute = function.touch
        }
        language "mine" {
          handler = function.touch
          trusted = true
        }
        """
    )
    assert realm.schemas[0].aggregates == (
        Aggregate(
            name="total",
            arguments=(Argument(name="x", type="integer"),),
            state_type="bigint",
            state_func='"touch"',
            initial_value="0",
            final_modify="READ_WRITE",
            parallel="SAFE",
        ),
    )
    touch = '"app"."touch"'
    assert realm.event_triggers == (
        EventTrigger(name="et", event="sql_drop", tags=("DROP TABLE",), function=touch),
    )
    assert realm.languages == (Language(name="mine", handler=touch, trusted=True),)


FUNCTION = 'function "f" {{\n schema = schema.app\n {} \n}}'
TRIGGER = 'trigger "tr" {{\n on = table.t\n {} \n}}'
BEFORE = "before {\n insert = true\n }\n"
ERRORS = [
    (FUNCTION.format('as = ""\n return = int'), 'missing attribute "lang" of function "f"'),
    (FUNCTION.format("lang = SQL\n return = int"), 'missing attribute "as" of function "f"'),
    (FUNCTION.format('lang = SQL\n as = ""\n return = integr'), "There is no type named"),
    (FUNCTION.format('lang = SQL\n as = ""\n arg "a" {}'), 'Unknown arg.type; arg "a" has no type.'),
    (
        FUNCTION.format('lang = SQL\n as = ""\n return = int\n return_set = int'),
        'function "f" has more than one of return, return_set, return_table',
    ),
    (FUNCTION.format('lang = SQL\n as = ""\n return = int\n volatility = NEVER'), "NEVER"),
    (
        FUNCTION.format('lang = SQL\n as = ""\n return = int\n set = ["x"]'),
        'for attribute "set", want object',
    ),
    (FUNCTION.format('lang = SQL\n as = ""\n return = int\n support = function.g'), '"g" not found'),
    (TRIGGER.format("execute {\n function = function.touch\n }"), "needs one block before or after"),
    (TRIGGER.format(BEFORE), 'trigger "tr" needs one block execute, and has 0'),
    (TRIGGER.format("before {}\n execute {\n function = function.touch\n }"), "no event in before"),
    (TRIGGER.format(BEFORE + "execute {\n function = table.t\n }"), "want reference to a function"),
]


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_mistakes_are_pointed_at(text: str, message: str) -> None:
    with pytest.raises(HCLError) as caught:
        app(text)
    assert message in caught.value.detail
    assert caught.value.filename == "schema.hcl"
