"""JSON comes out as Go's encoding/json writes it. The expected texts were printed by Go itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstay.report.gojson import ZERO_TIME, Document, encode


class Inner(Document, frozen=True):
    name: str = ""


class Outer(Document, frozen=True, kw_only=True):
    url: str = msgspec.field(name="URL")
    count: int = 0
    from_hash: str = ""
    inner: Inner | None = None
    always: Inner
    items: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (0, "0"),
        (-(2**63), "-9223372036854775808"),
        (0.0, "0"),
        (1.5, "1.5"),
        (1e16, "10000000000000000"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e21, "1.5e+21"),
        (1e-6, "0.000001"),
        (1.25e-7, "1.25e-7"),
        (-1e-9, "-1e-9"),
        ("a<b>&\u2028\u2029", r'"a\u003cb\u003e\u0026\u2028\u2029"'),
        ('\x00\x01\b\f\n\r\t\x1f\x7f"\\/é😀', r'"\u0000\u0001\b\f\n\r\t\u001f' + "\x7f" + r'\"\\/é😀"'),
        ("\udcff", r'"\ufffd"'),
        ([], "[]"),
        ({}, "{}"),
        ({"b": 1, "a": [1, "x", None]}, '{"a":[1,"x",null],"b":1}'),
        (datetime(2026, 1, 1, 10, 0, 0, 100_000, tzinfo=UTC), '"2026-01-01T10:00:00.1Z"'),
        (
            datetime(2026, 1, 1, 10, tzinfo=timezone(timedelta(hours=-5, minutes=-30))),
            '"2026-01-01T10:00:00-05:30"',
        ),
        (ZERO_TIME, '"0001-01-01T00:00:00Z"'),
    ],
)
def test_values_are_written_as_go_writes_them(value: object, text: str) -> None:
    assert encode(value) == text


def test_members_come_in_declared_order_and_are_left_out_while_empty() -> None:
    assert encode(Outer(url="", always=Inner())) == '{"URL":"","Always":{}}'
    full = Outer(url="u", count=2, from_hash="h", inner=Inner(name="n"), always=Inner(), items=("a",))
    assert encode(full) == (
        '{"URL":"u","Count":2,"FromHash":"h","Inner":{"Name":"n"},"Always":{},"Items":["a"]}'
    )


def test_an_empty_object_behind_a_pointer_is_not_left_out() -> None:
    assert encode(Outer(url="", inner=Inner(), always=Inner())) == '{"URL":"","Inner":{},"Always":{}}'


def test_indentation_and_prefix_go_in_front_of_every_line_but_the_first() -> None:
    value = {"b": [1, 2], "a": {}, "c": [], "d": {"x": None}}
    assert encode(value, prefix="> ", indent="  ").splitlines() == [
        "{",
        '>   "a": {},',
        '>   "b": [',
        ">     1,",
        ">     2",
        ">   ],",
        '>   "c": [],',
        '>   "d": {',
        '>     "x": null',
        ">   }",
        "> }",
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_has_no_json(value: float) -> None:
    with pytest.raises(ValueError, match="has no JSON form"):
        encode(value)


def test_what_is_not_data_has_no_json() -> None:
    with pytest.raises(TypeError, match="object has no JSON form"):
        encode([object()])


# Whole floats beyond 2**53 are written without an exponent, so that Python reads them back as other integers.
scalars = st.none() | st.booleans() | st.integers() | st.floats(-(2.0**53), 2.0**53) | st.text()
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@settings(max_examples=60, deadline=None)
@given(json_values, st.sampled_from(["", " ", "\t"]), st.sampled_from(["", "  "]))
def test_every_value_reads_back_as_itself(value: object, indent: str, prefix: str) -> None:
    text = encode(value, indent=indent, prefix=prefix)
    assert json.loads(text) == value
    assert not set("<>&\u2028\u2029") & set(text)
