"""Expressions to values: operators, conversions, loops, what is refused, and what would never end."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backstay.errors import HCLError
from backstay.hcl.scope import ExhaustedError, UnknownNameError
from tests.hcl.support import value_of

LOCALS = """
  text   = "abc"
  number = 2
  yes    = true
  no     = false
  none   = null
  list   = ["a", "b"]
  object = { b = 2, a = 1 }
  rows   = [{ id = 1, tags = ["x"] }, { id = 2, tags = [] }]
  set    = toset(["b", "a"])
"""

VALUES = {
    # arithmetic: whole numbers stay whole, and decimals are exact
    "1 + 2 * 3": 7,
    "(1 + 2) * 3": 9,
    "7 - 2 - 1": 4,
    "6 / 3": 2,
    "1 / 4": Decimal("0.25"),
    "7 % 3": 1,
    "-7 % 3": -1,
    "7.5 % 2": Decimal("1.5"),
    "0.1 + 0.2": Decimal("0.3"),
    "1.5 * 2": 3,
    "10000000000000000000000 + 1": 10**22 + 1,
    "-local.number": -2,
    "1 - -2": 3,
    # what reads as a number is one, and so for bools
    '"2" * "3"': 6,
    '!"true"': False,
    '"true" && true': True,
    # comparison: equality converts nothing
    "1 < 2": True,
    '"10" > 9': True,
    "1 == 1.0": True,
    '1 == "1"': False,
    "1 == true": False,
    "null == null": True,
    "local.none != null": False,
    "[1, 2] == [1, 2]": True,
    "{ a = 1, b = 2 } == { b = 2, a = 1 }": True,
    # logic looks at the right side only if it matters
    "true || false && false": True,
    "local.no && 1 / 0 == 1": False,
    "local.yes || 1 / 0 == 1": True,
    # conditions: only the chosen branch is evaluated, and the branches may have two types
    "local.yes ? 1 : 1 / 0": 1,
    'local.no ? 1 : "x"': "x",
    "local.no ? 1 : local.yes ? 2 : 3": 2,
    # steps
    "local.list[0]": "a",
    "local.list.1": "b",
    'local.list["1"]': "b",
    "local.object.a": 1,
    'local.object["a"]': 1,
    "local.rows[1].id": 2,
    "{ a = { b = 1 } }.a.b": 1,
    "[[1, 2], [3]][0][1]": 2,
    # splats: null is no element, anything but a list is one
    "local.rows[*].id": (1, 2),
    "local.rows.*.id": (1, 2),
    "local.rows.*.id[0]": 1,
    "local.rows[*].tags[*]": (("x",), ()),
    "local.none[*]": (),
    "local.object[*].a": (1,),
    "local.text[*]": ("abc",),
    # loops: objects in the order of their keys, a set's values are their own keys
    "[for x in local.list : upper(x)]": ("A", "B"),
    "[for i, x in local.list : i]": (0, 1),
    "[for k, v in local.object : k]": ("a", "b"),
    "[for k, v in local.set : k]": ("a", "b"),
    "[for x in [1, 2, 3] : x * 2 if x > 1]": (4, 6),
    "{ for x in local.list : x => upper(x) }": {"a": "A", "b": "B"},
    '{ for x in ["a", "b", "aa"] : length(x) => x... }': {"1": ("a", "b"), "2": ("aa",)},
    "[for x in [[1, 2], [3]] : [for y in x : y + length(x)]]": ((3, 4), (4,)),
    # objects: keys become strings
    "{ 1 = 2, (local.text) = 3, true = 4 }": {"1": 2, "abc": 3, "true": 4},
    # a template of nothing but one interpolation is its value
    '"${local.number}"': 2,
    '"${local.none}"': None,
    # functions
    "max(local.rows[*].id...)": 2,
    'format("%s-%d", "a", 1)': "a-1",
    # try and can look at how their arguments fail
    "try(local.object.c, local.object.b)": 2,
    'try(local.missing, "d")': "d",
    "can(local.object.c)": False,
    "can(local.object.a)": True,
}


@pytest.mark.parametrize(("text", "expected"), VALUES.items())
def test_values(text: str, expected: object) -> None:
    value = value_of(text, LOCALS)
    assert value == expected
    assert type(value) is type(expected)


ERRORS = {
    "local.missing": '11: "local.missing" is not declared',
    "local.lst": '11: "local.lst" is not declared — did you mean "list"?',
    "lcal.text": '11: unknown variable "lcal" — did you mean "local"?',
    "var.x": '11: "var.x" is not declared',
    'uper("a")': '11: unknown function "uper" — did you mean "upper"?',
    "length(1, 2)": "11: length: length takes 1 argument, not 2",
    "1 + local.none": "15: a number is required, not null",
    '1 + "a"': "15: a number is required, and this string does not read as one",
    "local.list + 1": "11: a number is required, not a list",
    "-false": "11: a number is required, not a bool",
    "1 / 0": "11: division by zero",
    "1 % 0": "11: division by zero",
    '!"x"': '11: a bool is required: "true" or "false"',
    '1 ? "a" : "b"': "11: a bool is required, not a number",
    'null ? "a" : "b"': "11: a bool is required, not null",
    "1 < local.list": "15: a number is required, not a list",
    "local.list[2]": "22: the list has 2 elements, and none at index 2",
    "local.list[-1]": "22: the list has 2 elements, and none at index -1",
    "local.list[0.5]": "22: the list has 2 elements, and none at index 0.5",
    "local.list.a": '11: a list has no attribute "a"',
    "local.object.aa": '11: the object has no attribute "aa" — did you mean "a"?',
    'local.object["c"]': '24: the object has no attribute "c"',
    "local.object[local.text]": "24: the object has no attribute of this name",
    "local.none.a": '11: null has no attribute "a"',
    "local.none[0]": "22: null has no elements that could be taken by an index",
    "local.set[0]": "21: a set has no elements that could be taken by an index",
    '"a${local.none}"': "15: a string is required, not null",
    '"a${local.list}"': "15: a string is required, not a list",
    "[for x in 1 : x]": "21: a list, set or object is required, not a number",
    "[for x in null : x]": "21: a list, set or object is required, not null",
    "[for x in [1] : x if null]": "32: a bool is required, not null",
    '{ for x in ["a", "a"] : x => 1 }': (
        '35: two elements have the same key: write "..." after the value to group them'
    ),
    "{ a = 1, a = 2 }": "20: this key is given twice",
    "{ (null) = 1 }": "14: a string is required, not null",
    "max(1...)": "11: a list is required, not a number",
    "try()": "11: try takes at least 1 argument",
    "try(local.x)": '11: try: no argument has a value; the last one says: "local.x" is not declared',
    "can()": "11: can takes 1 argument, not 0",
    '"%{ if 1 }%{ endif }"': "18: a bool is required, not a number",
    '"a${sql("b")}"': "15: a string is required, not an SQL expression",
}


@pytest.mark.parametrize(("text", "message"), ERRORS.items())
def test_mistakes_are_reported_where_they_are(text: str, message: str) -> None:
    with pytest.raises(HCLError) as caught:
        value_of(text, LOCALS)
    line = LOCALS.count("\n") + 5
    assert str(caught.value) == f"test.hcl:{line}:{message}"
    assert caught.value.source_line == f"  value = {text}"


def test_an_unknown_name_has_an_error_of_its_own() -> None:
    with pytest.raises(UnknownNameError) as caught:
        value_of("nothing")
    assert caught.value.name == "nothing"


def doubled(first: str, again: str, times: int = 40) -> str:
    """Locals, each of which holds the one before it twice."""
    lines = [
        f"a0 = {first}",
        *(f"a{n} = {again.replace('@', f'local.a{n - 1}')}" for n in range(1, times + 1)),
    ]
    return "\n".join(lines)


BOMBS = {
    "a doubled template": ("local.a40", doubled('"lol"', '"${@}${@}"')),
    "a doubled list": ("local.a40", doubled("[1]", "[@, @]")),
    "a doubled object": ("local.a40", doubled("{}", "{ x = @, y = @ }")),
    "loops in loops": ("[for a in local.n : [for b in local.n : [for c in local.n : 1]]]", "n = range(1000)"),
    "loops that keep nothing": (
        "[for a in local.n : 1 if [] != [for b in local.n : 1 if [] != [for c in local.n : 1 if false]]]",
        "n = range(1000)",
    ),
    "a template in a loop": (
        '"%{ for a in local.n }${local.t}%{ endfor }"',
        f'n = range(5000)\nt = "{"x" * 50_000}"',
    ),
    "caught by try": ("try(local.a40, 1)", doubled('"lol"', '"${@}${@}"')),
}


@pytest.mark.parametrize(("text", "locals_"), BOMBS.values(), ids=BOMBS)
def test_what_would_fill_the_memory_is_refused(text: str, locals_: str) -> None:
    with pytest.raises(ExhaustedError, match="produce too much"):
        value_of(text, locals_)


def test_a_range_beyond_any_use_is_refused() -> None:
    with pytest.raises(HCLError, match="range"):
        value_of("range(1000000000)")


def test_numbers_beyond_any_use_are_refused() -> None:
    with pytest.raises(HCLError, match="the number is too large"):
        value_of("1e900 * 1e900")


def test_long_chains_of_operators_are_evaluated() -> None:
    assert value_of("0" + " + 1" * 1500) == 1500


def test_references_through_too_many_levels_are_refused() -> None:
    locals_ = "\n".join(["a0 = 1", *(f"a{n} = local.a{n - 1} + 1" for n in range(1, 2000))])
    with pytest.raises(HCLError, match="too many levels"):
        value_of("local.a1999", locals_)


def test_a_few_dozen_levels_are_no_problem() -> None:
    locals_ = "\n".join(["a0 = 1", *(f"a{n} = local.a{n - 1} + 1" for n in range(1, 40))])
    assert value_of("local.a39", locals_) == 40


def test_values_never_appear_in_messages() -> None:
    for text in (
        "local.s + 1",
        "!local.s",
        "local.o[local.s]",
        "tonumber(local.s)",
        "{ (local.s) = 1, (local.s) = 2 }",
    ):
        with pytest.raises(HCLError) as caught:
            value_of(text, 's = upper("hidden")\no = {}')
        assert "HIDDEN" not in str(caught.value) + caught.value.hint
