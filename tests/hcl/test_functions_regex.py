"""Regular expressions: RE2 syntax, the results of a backtracking engine, linear time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.hcl.functions import FUNCTIONS, FunctionError, machine
from backstay.hcl.functions.machine import Machine
from backstay.hcl.functions.pattern import compile_pattern
from backstay.hcl.values import List, Value

RESULTS: list[tuple[str, tuple[str, ...], Value]] = [
    ("regex", ("[a-z]+", "53453453.345345aaabbbccc23454"), "aaabbbccc"),
    ("regex", (r"(\d\d\d\d)-(\d\d)-(\d\d)", "2019-02-01"), ("2019", "02", "01")),
    ("regex", (r"^(?:(?P<scheme>[^:/?#]+):)?(?://(?<host>[^/?#]*))?", "https://h.example/x"),
     {"scheme": "https", "host": "h.example"}),
    ("regex", ("a(b)?", "a"), (None,)),
    ("regex", ("(?i)HeLLo", "hello"), "hello"),
    ("regex", ("a(?i:B)c", "abc"), "abc"),
    ("regex", ("(?s)a.b", "a\nb"), "a\nb"),
    ("regex", ("(?m)^b$", "a\nb\nc"), "b"),
    ("regex", ("(?U)a+", "aaa"), "a"),
    ("regex", ("a+?", "aaa"), "a"),
    ("regex", ("a{2,3}", "aaaa"), "aaa"),
    ("regex", ("x{,3}", "x{,3}"), "x{,3}"),
    ("regex", (r"[[:upper:]][^[:digit:]]\pL\P{Lu}", "XyÀz"), "XyÀz"),
    ("regex", (r"[]a-]+", "-]a"), "-]a"),
    ("regex", (r"\x41\x{1F600}\101\Q.*\E", "A😀A.*"), "A😀A.*"),
    ("regex", (r"\bfoo\b", "a foo b"), "foo"),
    ("regex", ("foo|foobar", "foobar"), "foo"),
    ("regex", ("(|a)+", "aaa"), ("",)),
    ("regexall", ("[a-z]+", "1234abcd5678efgh9"), List(("abcd", "efgh"))),
    ("regexall", ("(.)b", "abcb"), List((("a",), ("c",)))),
    ("regexall", ("a*", "baac"), List(("", "aa", ""))),
    ("regexall", ("x", "abc"), List(())),
    ("regexmatch", ("^[a-z_]+$", "snake_case"), True),
    ("regexmatch", ("^[a-z_]+$", "Camel"), False),
    ("regexpescape", ("a.b*c[d]",), r"a\.b\*c\[d\]"),
    ("regexreplace", ("hello world", r"(\w+) (\w+)", "${2}-$1$$$9"), "world-hello$"),
    ("regexreplace", ("2024-05", "(?P<y>\\d+)-(?P<m>\\d+)", "$m/$y"), "05/2024"),
    ("regexreplace", ("abc", "", "-"), "-a-b-c-"),
    ("regexreplace", ("aaa", "a", "$1x"), ""),
    ("regexreplace", ("aaa", "a", "${1}x"), "xxx"),
]  # fmt: skip

REFUSALS = [
    ("(?=a)", "look-around"),
    ("(?<!a)b", "look-around"),
    (r"(a)\1", "an escape that RE2 does not know"),
    ("a**", "repeats a repetition"),
    ("a*+", "repeats a repetition"),
    ("*a", "repeats nothing"),
    ("(a", "a ( without a )"),
    ("a)", "a ) without a ("),
    ("[a", "a [ without a ]"),
    ("[b-a]", "a bad range"),
    ("a\\", "ends in a backslash"),
    ("a{1001}", "repeats more than 1000 times"),
    ("(?<n>a)(?<n>b)", "two groups of one name"),
    (r"\p{Greek}", "an escape that RE2 does not know"),
    ("[[:nope:]]", "an unknown class"),
    ("(((a{100}){100}){100}){100}", "too large"),
    ("(" * 1000 + ")" * 1000, "nested deeper"),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), RESULTS)
def test_result(name: str, arguments: tuple[str, ...], expected: Value) -> None:
    result = FUNCTIONS[name](*arguments)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(("pattern", "message"), REFUSALS)
def test_refusal(pattern: str, message: str) -> None:
    with pytest.raises(FunctionError, match=re.escape(message)):
        FUNCTIONS["regexmatch"](pattern, "a")


def test_no_match_is_an_error_of_regex_alone() -> None:
    with pytest.raises(FunctionError, match="does not match"):
        FUNCTIONS["regex"]("b", "a")


def test_named_and_numbered_groups_do_not_mix() -> None:
    with pytest.raises(FunctionError, match="mixes named and numbered"):
        FUNCTIONS["regex"]("(a)(?<n>b)", "ab")


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^(a*)*b$", "(.*)(.*)(.*)(.*)(.*)x$"])
def test_patterns_that_explode_elsewhere_end(pattern: str) -> None:
    assert FUNCTIONS["regexmatch"](pattern, "a" * 2000 + "!") is False


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "MAX_STEPS", 10_000)
    with pytest.raises(FunctionError, match="more than 10000 steps"):
        FUNCTIONS["regexmatch"]("(a?){500}b", "a" * 100_000)


ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\w", r"\d", "(?:ab|b)", "(?:a|ab)"])
SUFFIXES = st.sampled_from(["", "", "?", "*", "+", "??", "*?", "+?", "{2}", "{1,2}", "{1,}?"])
PIECES = st.tuples(ATOMS, SUFFIXES).map("".join)
PATTERNS = st.lists(st.lists(PIECES, max_size=4).map("".join), min_size=1, max_size=3).map(
    "|".join
) | st.tuples(PIECES, PIECES, PIECES, SUFFIXES).map(lambda p: f"{p[0]}({p[1]}b|a{p[2]}){p[3]}b?")


@given(PATTERNS, st.text("ab1\n", max_size=10))
def test_a_match_spans_what_pythons_engine_matches(pattern: str, text: str) -> None:
    expected = re.search(pattern, text, re.ASCII)
    found = Machine(compile_pattern(pattern), text).search()
    assert (found and found[:2]) == (expected and expected.span())
