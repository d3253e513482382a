"""How a list of type specs is read in both directions."""

from __future__ import annotations

import pytest

from backstay.dialects.mapping.types import Types, TypeSpec, simple
from backstay.hcl.values import RawSQL

TYPES = Types(
    (
        TypeSpec(("varchar",), ("", "varchar({})"), "string"),
        TypeSpec(("numeric", "decimal"), ("numeric", "numeric({},0)", "numeric({},{})"), "decimal"),
        *simple("uuid", "uuid"),
    )
)


def test_a_type_without_required_arguments_is_a_variable() -> None:
    assert TYPES.names.variables["decimal"] == RawSQL("numeric")
    assert "varchar" not in TYPES.names.variables


@pytest.mark.parametrize(
    ("name", "arguments", "sql"),
    [
        ("varchar", (9,), "varchar(9)"),
        ("decimal", (), "numeric"),
        ("decimal", (9,), "numeric(9,0)"),
        ("decimal", (9, 2), "numeric(9,2)"),
        ("uuid", (), "uuid"),
    ],
)
def test_a_type_is_a_function_of_its_arguments(name: str, arguments: tuple[int, ...], sql: str) -> None:
    assert TYPES.names.functions[name](*arguments) == RawSQL(sql)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("varchar", (), 'Type "varchar" requires at least 1 argument'),
        ("varchar", (1, 2), 'too many arguments for type definition "varchar"'),
        ("decimal", (1, 2, 3), 'too many arguments for type definition "decimal"'),
        ("uuid", (1,), 'Type "uuid" does not accept attributes'),
        ("varchar", ("9",), 'arguments of type "varchar" are whole numbers'),
        ("varchar", (True,), 'arguments of type "varchar" are whole numbers'),
    ],
)
def test_wrong_arguments_are_named(name: str, arguments: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        TYPES.names.functions[name](*arguments)


@pytest.mark.parametrize(
    ("sql", "call"),
    [
        ("varchar(9)", "varchar(9)"),
        ("numeric", "numeric"),
        ("numeric(9,0)", "numeric(9)"),
        ("numeric(9,2)", "numeric(9,2)"),
        ("numeric(9,-2)", "numeric(9,-2)"),
        ("uuid", "uuid"),
    ],
)
def test_sql_is_written_under_the_canonical_name(sql: str, call: str) -> None:
    assert str(TYPES.call(sql)) == call


@pytest.mark.parametrize("sql", ["varchar", "uuid(1)", "numeric(1,2,3)", "numeric( 9)", "UUID", "", "()"])
def test_sql_that_no_spec_gives_back_has_no_name(sql: str) -> None:
    assert TYPES.call(sql) is None


def test_a_name_that_is_no_type_gets_its_nearest_neighbour() -> None:
    message, hint = TYPES.problem("varchr")
    assert message == 'Unknown column.type; There is no type named "varchr".'
    assert hint == 'did you mean "varchar"?'


def test_a_type_without_its_required_argument_is_told_apart_from_an_unknown_one() -> None:
    assert TYPES.problem("varchar")[0] == 'Type "varchar" requires at least 1 argument'
