"""Declared variables: types, defaults, conversion."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backstay.errors import HCLError
from backstay.hcl.document import Document, Source
from backstay.hcl.values import List, Set, Value


def variable(body: str, **inputs: Value) -> Value:
    """The value of `var.v`, declared with this body."""
    text = f'variable "v" {{\n{body}\n}}\nresult {{\n  value = var.v\n}}\n'
    return Document.load([Source("test.hcl", text)], inputs=inputs).blocks("result")[0].get("value")


CONVERSIONS: list[tuple[str, Value, Value]] = [
    ("string", "a", "a"),
    ("string", 1, "1"),
    ("string", True, "true"),
    ("number", "12", 12),
    ("number", "1.5", Decimal("1.5")),
    ("int", "12", 12),
    ("bool", "true", True),
    ("list(string)", ("a", 1), List(("a", "1"))),
    ("list(string)", "a", List(("a",))),
    ("list(number)", "1", List((1,))),
    ("list", ("a", 1), List(("a", "1"))),
    ("set(string)", ("b", "a", "b"), Set(("a", "b"))),
    ("map(number)", {"a": "1"}, {"a": 1}),
    ("list(list(string))", (("a",), ()), List((List(("a",)), List(())))),
    ("tuple([string, number])", ("a", "1"), ("a", 1)),
    ("object({ a = string, b = number })", {"a": 1, "b": "2"}, {"a": "1", "b": 2}),
    ("object({ a = optional(string) })", {}, {"a": None}),
    ("any", (1, "a"), (1, "a")),
    ('"string"', 1, "1"),
    ("string", None, None),
]


@pytest.mark.parametrize(("type_", "given", "expected"), CONVERSIONS)
def test_values_are_converted_to_the_declared_type(type_: str, given: Value, expected: Value) -> None:
    value = variable(f"type = {type_}", v=given)
    assert value == expected
    assert type(value) is type(expected)


def test_a_value_wins_over_the_default() -> None:
    assert variable('default = "d"', v="given") == "given"


def test_the_default_is_converted_as_well() -> None:
    assert variable("type = string\ndefault = 1") == "1"


def test_the_default_may_call_functions() -> None:
    assert variable('default = upper("a")') == "A"


def test_inputs_that_nobody_declared_are_ignored() -> None:
    assert variable("default = 1", other="x") == 1


ERRORS = [
    ("", {}, '1:1: missing value for required variable "v"'),
    (
        "type = number",
        {"v": "x"},
        '1:1: variable "v": a number is required, and this string does not read as one',
    ),
    ("type = bool", {"v": "yes"}, '1:1: variable "v": a bool is required: "true" or "false"'),
    ("type = map(string)", {"v": "x"}, '1:1: variable "v": an object is required, not a string'),
    ("type = object({ a = string })", {"v": {}}, '1:1: variable "v": attribute "a" is required'),
    (
        "type = tuple([string])",
        {"v": ("a", "b")},
        '1:1: variable "v": a tuple of 1 elements is required, not of 2',
    ),
    (
        'type = "text"',
        {"v": "a"},
        '2:8: invalid type "text" for variable "v". Valid types are: string, number, bool, list, map, or set',
    ),
    (
        "type = list(text)",
        {"v": "a"},
        '2:8: invalid type "list(text)" for variable "v". '
        "Valid types are: string, number, bool, list, map, or set",
    ),
    ("default = var.v", {}, '2:11: cyclic reference to "var.v"'),
]


@pytest.mark.parametrize(("body", "inputs", "message"), ERRORS)
def test_wrong_declarations_and_values(body: str, inputs: dict[str, Value], message: str) -> None:
    with pytest.raises(HCLError) as caught:
        variable(body, **inputs)
    assert str(caught.value) == f"test.hcl:{message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("variable {}", "1:1: a variable has one label, its name"),
        ('variable "a" {}\nvariable "a" {}', '2:1: variable "a" is declared twice'),
    ],
)
def test_wrong_labels(text: str, message: str) -> None:
    with pytest.raises(HCLError) as caught:
        Document.load([Source("test.hcl", text)], inputs={"a": 1})
    assert str(caught.value) == f"test.hcl:{message}"
