"""Every function: what it gives, and what it refuses."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.hcl.functions import FUNCTIONS, FunctionError
from backstay.hcl.functions.convert import identity
from backstay.hcl.values import List, RawSQL, Set, Value

NAMES = """
abs alltrue anytrue ceil chomp chunklist coalescelist compact concat contains csvdecode distinct
element empty endswith flatten floor format formatdate formatlist indent index join jsondecode jsonencode
keys length log lower max merge min parseint pow print range regex regexall regexmatch regexpescape
regexreplace replace reverse setintersection setproduct setsubtract setunion signum slice sort split sql
startswith strrev substr timeadd timestamp title tobool tolist tonumber toset tostring trim trimprefix
trimspace trimsuffix upper urlescape urlqueryset urlsetpath urluserinfo values yamldecode yamlencode
yamlmerge zipmap
"""

D = Decimal
MOMENT = "2018-01-02T23:12:01Z"
LEGACY = "mysql://root:pass@localhost:3306/"

RESULTS: list[tuple[str, tuple[Value, ...], Value]] = [
    # numbers and bools
    ("abs", (-3,), 3),
    ("abs", (D("-0.5"),), D("0.5")),
    ("abs", ("-7",), 7),
    ("ceil", (D("1.2"),), 2),
    ("ceil", (-5,), -5),
    ("floor", (D("-1.2"),), -2),
    ("signum", (D("-0.1"),), -1),
    ("signum", (0,), 0),
    ("max", (1, D("2.5"), -3), D("2.5")),
    ("min", (4, "3"), 3),
    ("log", (8, 2), 3),
    ("pow", (2, 100), 2**100),
    ("pow", (4, D("0.5")), 2),
    ("pow", (2, -1), D("0.5")),
    ("parseint", ("-ff", 16), -255),
    ("parseint", ("1011", 2), 11),
    ("range", (3,), List((0, 1, 2))),
    ("range", (3, 1), List((3, 2))),
    ("range", (0, 1, D("0.25")), List((0, D("0.25"), D("0.5"), D("0.75")))),
    ("range", (0,), List(())),
    ("alltrue", ((),), True),
    ("alltrue", ((True, "true"),), True),
    ("alltrue", ((True, None),), False),
    ("anytrue", ((),), False),
    ("anytrue", ((False, "true"),), True),
    # strings
    ("lower", ("ÀB",), "àb"),
    ("lower", ("İ ΑΣ",), "i ασ"),
    ("upper", ("straße",), "STRAßE"),
    ("upper", ("ᾳ ǆ",), "ᾼ Ǆ"),
    ("title", ("ǆ ßa",), "ǅ ßa"),
    ("title", ("hello wide-world o'neill 1st",), "Hello Wide-World O'neill 1st"),
    ("strrev", ("abc",), "cba"),
    ("chomp", ("a\r\n\n",), "a"),
    ("indent", (2, "a\nb\n"), "a\n  b\n  "),
    ("join", ("-", ("a", 1), (True,)), "a-1-true"),
    ("split", (",", "a,,b"), List(("a", "", "b"))),
    ("split", ("", "ab"), List(("a", "b"))),
    ("replace", ("a.b.c", ".", "/"), "a/b/c"),
    ("replace", ("1 + 2", "/\\d/", "x"), "1 + 2"),
    ("substr", ("hello", 1, 3), "ell"),
    ("substr", ("hello", -2, -1), "lo"),
    ("substr", ("hello", 9, 2), ""),
    ("startswith", ("hello", "he"), True),
    ("endswith", ("hello", "he"), False),
    ("trim", ("?!x?", "!?"), "x"),
    ("trim", (" x ", ""), " x "),
    ("trimprefix", ("hello", "he"), "llo"),
    ("trimsuffix", ("hello", "lo"), "hel"),
    ("trimspace", ("\n\t x ",), "x"),
    # collections
    ("length", ("añb",), 3),
    ("length", ({"a": 1},), 1),
    ("length", (Set(("a", "b")),), 2),
    ("empty", ((),), True),
    ("empty", ({"a": 1},), False),
    ("contains", ((1, 2), 2), True),
    ("contains", ((1, 2), True), False),
    ("contains", ((1, 2), "1"), False),
    ("index", (("a", "b"), 1), "b"),
    ("index", ({"a": 7}, "a"), 7),
    ("element", (("a", "b"), 3), "b"),
    ("element", (("a", "b"), -1), "b"),
    ("slice", ((1, 2, 3, 4), 1, 3), (2, 3)),
    ("reverse", ((1, 2),), (2, 1)),
    ("concat", ((1,), (), ("a", (2,))), (1, "a", (2,))),
    ("chunklist", ((1, 2, 3), 2), List(((1, 2), (3,)))),
    ("chunklist", ((1, 2, 3), 0), List(((1, 2, 3),))),
    ("coalescelist", ((), (1,)), (1,)),
    ("compact", (("a", "", None, "b"),), List(("a", "b"))),
    ("distinct", (("b", "a", "b", 1, True),), ("b", "a", 1, True)),
    ("flatten", (((1, (2, ())), 3),), (1, 2, 3)),
    ("sort", (("b", "a", "C"),), List(("C", "a", "b"))),
    ("keys", ({"b": 1, "a": 2},), List(("a", "b"))),
    ("values", ({"b": 1, "a": 2},), (2, 1)),
    ("merge", ({"a": 1, "b": 2}, None, {"b": 3}), {"a": 1, "b": 3}),
    ("zipmap", (("a", "b"), (1, 2)), {"a": 1, "b": 2}),
    ("setproduct", (("a", "b"), (1,)), List((("a", 1), ("b", 1)))),
    ("setunion", (("b",), ("a", "b")), Set(("a", "b"))),
    ("setintersection", (("a", "b"), ("b", "c"), ("b",)), Set(("b",))),
    ("setsubtract", (("a", "b"), ("b",)), Set(("a",))),
    ("toset", (("b", "a", 1),), Set(("1", "a", "b"))),
    ("toset", ((10, 9, 9),), Set((9, 10))),
    ("tolist", ((1, "a", True),), List(("1", "a", "true"))),
    ("tolist", (Set(("a",)),), List(("a",))),
    ("tobool", ("true",), True),
    ("tonumber", ("1.50",), D("1.5")),
    ("tonumber", ("1e3",), 1000),
    ("tonumber", (None,), None),
    ("tostring", (D("1.50"),), "1.5"),
    ("tostring", (True,), "true"),
    # formats
    ("format", ("%s=%v %q", "a", 1, 'x"y'), 'a=1 "x\\"y"'),
    ("format", ("%5d|%-5s|%05.1f|%+d", 42, "ab", D("3.14159"), 7), "   42|ab   |003.1|+7"),
    ("format", ("%x %X %#x %o %b", 255, 255, 255, 8, 5), "ff FF 0xff 10 101"),
    ("format", ("%e %.2e %g %g", 12345, D("0.00123"), D("1e21"), D("0.5")),
     "1.234500e+04 1.23e-03 1e+21 0.5"),
    ("format", ("%v %#v %t", {"b": (1, None)}, "s", "true"), '{"b":[1,null]} "s" true'),
    ("format", ("%[2]s-%[1]s 100%%", "a", "b"), "b-a 100%"),
    ("format", ("{{ json . | json_merge %q }}", '{"a":1}'), '{{ json . | json_merge "{\\"a\\":1}" }}'),
    ("format", ("%.2s", "abc"), "ab"),
    ("formatlist", ("%s.%s", "a", ("x", "y")), List(("a.x", "a.y"))),
    ("formatlist", ("%s", ()), List(())),
    # encodings
    ("jsonencode", ({"b": (1, D("2.50"), None, True), "a": "<é>"},),
     '{"a":"\\u003cé\\u003e","b":[1,2.5,null,true]}'),
    ("jsondecode", ('{"a": [1, 2.5, 1e2, null, true, "x"]}',), {"a": (1, D("2.5"), 100, None, True, "x")}),
    ("jsondecode", ('"\\ud83d\\ude00 \\ud800"',), "😀 \ufffd"),
    ("csvdecode", ('a,b\n1,"x\ny"\n',), List(({"a": "1", "b": "x\ny"},))),
    ("yamlencode", ({"a": {}, "l": (1, {"x": "y", "z": ()}), "m": {"k": "v"}},),
     '"a": {}\n"l":\n- 1\n- "x": "y"\n  "z": []\n"m":\n  "k": "v"\n'),
    ("yamldecode", ("a: [1, 0x10, 0o17, 010, -1.5, ~, yes, 2001-01-01]\n",),
     {"a": (1, 16, 15, 10, D("-1.5"), None, "yes", "2001-01-01")}),
    ("yamldecode", ("x: &x {a: 1, b: '2'}\ny: {<<: *x, a: 3}\nz: *x",),
     {"x": {"a": 1, "b": "2"}, "y": {"a": 3, "b": "2"}, "z": {"a": 1, "b": "2"}}),
    ("yamldecode", ("!!str 12",), "12"),
    ("yamldecode", ("",), None),
    ("yamlmerge", ("a: {x: 1, y: 2}", "a: {y: 3}\nb: [1]"), '"a":\n  "x": 1\n  "y": 3\n"b":\n- 1\n'),
    # times
    ("formatdate", ("DD MMM YYYY hh:mm ZZZ", MOMENT), "02 Jan 2018 23:12 UTC"),
    ("formatdate", ("EEEE, DD-MMM-YY hh:mm:ss ZZZ", MOMENT), "Tuesday, 02-Jan-18 23:12:01 UTC"),
    ("formatdate", ("H 'o''clock' AA, M/D", "2018-01-02T00:12:01+05:30"), "12 o'clock AM, 1/2"),
    ("formatdate", ("Z ZZZZ ZZZZZ", "2018-01-02T00:12:01-08:00"), "-08:00 -0800 -08:00"),
    ("timeadd", ("2017-11-22T00:00:00Z", "1h10m"), "2017-11-22T01:10:00Z"),
    ("timeadd", ("2017-11-22T00:00:00+02:00", "-1.5s"), "2017-11-21T23:59:58.5+02:00"),
    # URLs
    ("urlescape", ("a b&c/é",), "a+b%26c%2F%C3%A9"),
    ("urlsetpath", (LEGACY, "tenant"), "mysql://root:pass@localhost:3306/tenant"),
    ("urlqueryset", ("postgres://h/d?sslmode=disable&a=1", "search_path", "x y"),
     "postgres://h/d?a=1&search_path=x+y&sslmode=disable"),
    ("urlqueryset", ("sqlite://file.db", "_fk", "1"), "sqlite://file.db?_fk=1"),
    ("urluserinfo", ("postgres://h:5/d", "us@er", "p/w:"), "postgres://us%40er:p%2Fw%3A@h:5/d"),
    ("urluserinfo", ("postgres://old:x@h/d", "new"), "postgres://new@h/d"),
    # SQL
    ("sql", ("now()",), RawSQL("now()")),
]  # fmt: skip

REFUSALS: list[tuple[str, tuple[Value, ...], str]] = [
    ("abs", (), "abs takes 1 argument, not 0"),
    ("substr", ("a", 1), "substr takes 3 arguments, not 2"),
    ("max", (), "max takes at least 1 argument, not 0"),
    ("range", (1, 2, 3, 4), "range takes 1 to 3 arguments, not 4"),
    ("abs", ("x",), "argument 1: a number is required, and this string does not read as one"),
    ("abs", (None,), "argument 1: a number is required, not null"),
    ("lower", ((),), "argument 1: a string is required, not a list"),
    ("substr", ("a", D("0.5"), 1), "argument 2: a whole number is required"),
    ("keys", (("a",),), "argument 1: an object is required, not a list"),
    ("log", (0, 10), "positive"),
    ("pow", (10, 10**9), "too large"),
    ("tonumber", ("٣",), "does not read as one"),
    ("tonumber", ("NaN",), "does not read as one"),
    ("tonumber", ("1_000",), "does not read as one"),
    ("pow", (0, -1), "not a finite number"),
    ("parseint", ("12", 1), "between 2 and 36"),
    ("parseint", ("zz", 10), "not a whole number in base 10"),
    ("range", (10**9,), "more than 100000 elements"),
    ("range", (1, 5, -1), "the step must lead"),
    ("tonumber", ("1e999999999",), "too large"),
    ("tobool", ("yes",), "a bool is required"),
    ("toset", ({"a": 1},), "a list is required, not an object"),
    ("index", ((1,), 1), "no element 1 in a list of 1"),
    ("element", ((), 0), "an empty list"),
    ("slice", ((1,), 0, 2), "within 0 and 1"),
    ("coalescelist", ((), ()), "every list is empty"),
    ("zipmap", (("a",), ()), "1 keys for 0 values"),
    ("setproduct", (tuple(range(1000)), tuple(range(1000))), "more than 100000 elements"),
    ("indent", (10**9, "a\nb"), "more than 8388608 characters"),
    ("replace", ("a" * 5000, "a", "b" * 5000), "more than 8388608 characters"),
    ("join", ("x" * 5000, ("a",) * 5000), "more than 8388608 characters"),
    ("format", ("%999999999d", 1), "more than 100000"),
    ("format", ("%d",), "needs argument 1, and there are 0"),
    ("format", ("x", 1), "1 arguments for 0 directives"),
    ("format", ("%y", 1), "not a directive"),
    ("format", ("%s", None), "needs a value, not null"),
    ("formatlist", ("%s%s", (1,), (1, 2)), "different lengths"),
    ("jsondecode", ("[" * 100_000,), "nested too deeply"),
    ("jsondecode", ("{",), "invalid JSON"),
    ("jsondecode", ("NaN",), "NaN is not a number"),
    ("jsondecode", ("1" * 100_000,), "too large"),
    ("jsonencode", (RawSQL("x"),), "an SQL expression has no JSON form"),
    ("csvdecode", ("",), "no header"),
    ("csvdecode", ("a,a\n1,2",), "same name"),
    ("csvdecode", ("a,b\n1",), "1 fields where the header has 2"),
    ("csvdecode", ('a\n"x',), "invalid CSV in line 2"),
    ("yamldecode", ("[" * 100_000,), "nested too deeply"),
    ("yamldecode", ("a: b: c",), "invalid YAML in line 1"),
    ("yamldecode", ("!!python/object/apply:os.system [id]",), "not of the core schema"),
    ("yamldecode", ("a: *b",), "an alias without an anchor"),
    ("yamldecode", ("1\n---\n2",), "more than one document"),
    ("formatdate", ("XX", MOMENT), 'unknown sequence "XX"'),
    ("formatdate", ("YYYY 'x", MOMENT), "unclosed quote"),
    ("formatdate", ("YYYY", "2018-02-30T00:00:00Z"), "does not exist"),
    ("timeadd", ("yesterday", "1h"), "not an RFC 3339 timestamp"),
    ("timeadd", (MOMENT, "1 hour"), "not a duration"),
    ("timeadd", ("9999-12-31T23:59:59Z", "1s"), "not within the years"),
    ("urlsetpath", ("postgres://h:x/d", "y"), "not a URL"),
    ("sql", ("",), "empty expression"),
]  # fmt: skip


def test_the_library_is_complete() -> None:
    assert sorted(FUNCTIONS) == NAMES.split()


def test_every_function_has_a_case() -> None:
    covered = {name for name, _, _ in RESULTS}
    assert set(FUNCTIONS) - covered == {
        *("print", "timestamp"),
        *("regex", "regexall", "regexmatch", "regexpescape", "regexreplace"),
    }


@pytest.mark.parametrize(("name", "arguments", "expected"), RESULTS)
def test_result(name: str, arguments: tuple[Value, ...], expected: Value) -> None:
    result = FUNCTIONS[name](*arguments)
    assert identity(result) == identity(expected)
    assert type(result) is type(expected)


@pytest.mark.parametrize(("name", "arguments", "message"), REFUSALS)
def test_refusal(name: str, arguments: tuple[Value, ...], message: str) -> None:
    with pytest.raises(FunctionError, match=re.escape(message)):
        FUNCTIONS[name](*arguments)


def test_an_alias_bomb_is_refused_before_it_goes_off() -> None:
    letters = "abcdefghij"
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join(['*' + a] * 10)}]" for a, b in pairwise(letters)]
    with pytest.raises(FunctionError, match="stands for more than 100000 values"):
        FUNCTIONS["yamldecode"]("\n".join(lines))


def test_print_writes_to_standard_error_and_hands_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert FUNCTIONS["print"]("text") == "text"
    assert FUNCTIONS["print"]({"a": 1}) == {"a": 1}
    captured = capsys.readouterr()
    assert captured.err == 'text\n{"a":1}\n'
    assert captured.out == ""


def test_timestamp_is_now_in_utc() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", FUNCTIONS["timestamp"]())


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.decimals(-1000, 1000, places=3).map(lambda d: FUNCTIONS["tonumber"](str(d)))
    | st.text(st.characters(codec="utf-8"))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_json_round_trip(value: Value) -> None:
    assert identity(FUNCTIONS["jsondecode"](FUNCTIONS["jsonencode"](value))) == identity(value)


PRINTABLE = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"), exclude_characters="\ufeff"
)


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(PRINTABLE),
    lambda inner: st.lists(inner, max_size=4).map(tuple)
    | st.dictionaries(st.text(PRINTABLE, max_size=5).filter(lambda key: key != "<<"), inner, max_size=4),
    max_leaves=20,
))  # fmt: skip
def test_yaml_round_trip(value: Value) -> None:
    assert identity(FUNCTIONS["yamldecode"](FUNCTIONS["yamlencode"](value))) == identity(value)


@given(st.lists(SCALARS).map(tuple))
def test_a_set_has_no_order_and_no_duplicates(values: tuple[Value, ...]) -> None:
    once = FUNCTIONS["toset"](values)
    assert FUNCTIONS["toset"](values[::-1] + values) == once
    assert len({identity(value) for value in once}) == len(once)


SECRET = "s3cr3t-value"


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"print"}))
def test_no_message_quotes_a_value(name: str) -> None:
    messages = [_refusal(name, (SECRET,) * count) for count in range(1, 5)]
    messages += [_refusal(name, ((SECRET,), SECRET)), _refusal(name, ({"a": SECRET}, (SECRET,)))]
    assert not any(SECRET in message for message in messages)


def _refusal(name: str, arguments: tuple[Value, ...]) -> str:
    try:
        FUNCTIONS[name](*arguments)
    except FunctionError as error:
        return str(error)
    return ""
