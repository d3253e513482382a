"""The normal form of types, defaults and expressions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.dialects.sqlite.normal import default, expression, type_name
from backstay.dialects.sqlite.tokens import scan, tokens

COLUMNS = {"a": "a", "b c": "B c", "order": "order", "key": "Key"}


@pytest.mark.parametrize(
    ("source", "normal"),
    [
        ("a>1", "a > 1"),
        ("((A  <> 1))", "a <> 1"),
        ("(a) + (a)", "(a) + (a)"),
        ("a==1 and not A!=-  2", "a = 1 AND NOT a <> -2"),
        ("a - - 1", "a - -1"),
        ("a --x\n - 1 /* y */", "a - 1"),
        ("- -a", "- -a"),
        ("~ -a", "~-a"),
        ("Lower ( a )", "lower(a)"),
        ('"lower"(a)', "lower(a)"),
        ('"a" = "z"', "a = 'z'"),
        ("[b c] > `B C`", "`B c` > `B c`"),
        ("t.a > T.[b c]", "a > `B c`"),
        ('"order" > key', "`order` > `Key`"),
        ("a IN(1,2)", "a IN (1, 2)"),
        ("a in ('x','Y')", "a IN ('x', 'Y')"),
        ("case when a isnull then 1 else 'x' end", "CASE WHEN a ISNULL THEN 1 ELSE 'x' END"),
        ("cast(a as INTEGER) || X'ab'", "cast(a AS integer) || x'AB'"),
        ("a collate nocase", "a COLLATE NOCASE"),
        ("0XFF + 1E5 + .5", "0xff + 1e5 + .5"),
        ("a ->> '$.x'", "a ->> '$.x'"),
        ("a like '%A''B' escape '\\'", "a LIKE '%A''B' ESCAPE '\\'"),
        ("typeof(A)='text' or A is null", "typeof(a) = 'text' OR a IS NULL"),
    ],
)
def test_one_spelling_is_chosen(source: str, normal: str) -> None:
    assert expression(tokens(source), "t", COLUMNS) == normal
    assert expression(tokens(normal), "t", COLUMNS) == normal


@pytest.mark.parametrize(
    ("source", "normal"),
    [
        ("abc", "'abc'"),
        ('"it\'s"', "'it''s'"),
        ("NULL", None),
        ("TRUE", "true"),
        ("+5", "5"),
        ("-  5", "-5"),
        ("((4))", "4"),
        ("current_timestamp", "CURRENT_TIMESTAMP"),
        ("datetime( 'now' )", "datetime('now')"),
        ("x'ab'", "x'AB'"),
        ("'a  b'", "'a  b'"),
    ],
)
def test_defaults(source: str, normal: str | None) -> None:
    assert default(source) == normal
    if normal is not None:
        assert default(normal) == normal


@pytest.mark.parametrize(
    ("source", "normal"),
    [
        ("", "blob"),
        ("INTEGER", "integer"),
        ("VarChar( 10 )", "varchar(10)"),
        ("decimal (10 , 2)", "decimal(10,2)"),
        ("UNSIGNED  BIG\n INT", "unsigned big int"),
        ("int /* big */", "int"),
        ("odd, type](3", "odd, type](3"),
    ],
)
def test_types(source: str, normal: str) -> None:
    assert type_name(source) == normal
    assert type_name(normal) == normal


@given(st.text(alphabet="aA1.'\"`[]()-+,/* \n;_é|<>=", max_size=40))
def test_tokens_are_the_whole_text(text: str) -> None:
    assert "".join(token.text for token in scan(text)) == text


PIECES = st.lists(
    st.sampled_from(
        ["a", "A", '"a"', "'x'", "1", "(", ")", "-", "+", "~", ",", "AND", "not", "lower(", "[b c]", "||"]
    ),
    max_size=12,
).map(" ".join)


@given(PIECES)
def test_normalising_twice_changes_nothing(source: str) -> None:
    once = expression(tokens(source), "t", COLUMNS)
    assert expression(tokens(once), "t", COLUMNS) == once
