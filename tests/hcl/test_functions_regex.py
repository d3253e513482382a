"""Regular expressions: RE2 syntax and Go's way to find all matches, linear time."""

from __future__ import annotations

import re

import pytest

from backstay.hcl.functions import FUNCTIONS, FunctionError
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
    ("(?=a)", "invalid perl operator"),
    (r"(a)\1", "invalid escape sequence"),
    ("a**", "bad repetition operator"),
    ("*a", "no argument for repetition operator"),
    ("(a", "missing )"),
    ("a)", "unexpected )"),
    ("[a", "missing ]"),
    ("[b-a]", "invalid character class range"),
    ("a\\", "trailing \\"),
    ("a{1001}", "invalid repetition size"),
    ("[[:nope:]]", "invalid character class range"),
    ("(((a{100}){100}){100}){100}", "invalid repetition size"),
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
