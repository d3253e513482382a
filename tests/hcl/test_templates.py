"""Quoted strings and heredocs: escapes, trim marks, indentation, directives."""

from __future__ import annotations

import pytest

from tests.hcl.support import value_of

LOCALS = 'name = "Ann"\n on = true\n list = ["a", "b"]\n map = { k = 1, j = 2 }'

QUOTED = {
    '"${local.name}!"': "Ann!",
    '"${local.list}"': ("a", "b"),
    '"${1}"': 1,
    '"${1}${2}"': "12",
    '"${true}-${1.50}-${-3}"': "true-1.5--3",
    '"$${x} %%{x} $x %x $$ 100%"': "${x} %{x} $x %x $$ 100%",
    '"a  ${~ local.name ~}  b"': "aAnnb",
    '"%{ if local.on }yes%{ else }no%{ endif }"': "yes",
    '"%{ if !local.on }yes%{ endif }"': "",
    '"%{ for x in local.list }<${x}>%{ endfor }"': "<a><b>",
    '"%{ for k, v in local.map }${k}=${v};%{ endfor }"': "j=2;k=1;",
    '"%{ for x in local.list }%{ if x == "b" }${x}%{ endif }%{ endfor }"': "b",
    '"${"${"${local.name}"}"}"': "Ann",
    '"${[for x in local.list : "${x}!"][1]}"': "b!",
    r'"\u00e9\U0001F600\t"': "é😀\t",
    '"${{ a = "}" }.a}"': "}",
}


@pytest.mark.parametrize(("text", "expected"), QUOTED.items())
def test_quoted(text: str, expected: object) -> None:
    assert value_of(text, LOCALS) == expected


HEREDOCS = {
    "lines are kept as they are": ('<<E\na \\n\n  b "c"\nE\n', 'a \\n\n  b "c"\n'),
    "an empty one": ("<<E\nE\n", ""),
    "blank lines": ("<<E\n\n\nE\n", "\n\n"),
    "the closing marker may be indented": ("<<E\na\n  E\n", "a\n"),
    "a marker inside of a line does not close": ("<<E\na E\nEE\nE\n", "a E\nEE\n"),
    "common indentation goes": ("<<-E\n    a\n      b\n    E\n", "a\n  b\n"),
    "blank lines do not count": ("<<-E\n    a\n\n    b\n    E\n", "a\n\nb\n"),
    "an interpolation at the begin counts": ("<<-E\n    ${local.name}\n  b\n  E\n", "  Ann\nb\n"),
    "interpolation": ("<<E\n${local.name} $${x}\nE\n", "Ann ${x}\n"),
    "directives with trim marks leave no lines": (
        "<<E\n%{ for x in local.list ~}\n${x}\n%{ endfor ~}\nE\n",
        "a\nb\n",
    ),
    "a trim mark takes one line only": ("<<E\n${local.name ~}\n  b\nE\n", "Ann  b\n"),
}


@pytest.mark.parametrize(("text", "expected"), HEREDOCS.values(), ids=HEREDOCS)
def test_heredocs(text: str, expected: str) -> None:
    assert value_of(text, LOCALS) == expected


def test_a_heredoc_may_be_an_argument() -> None:
    assert value_of("upper(<<E\nabc\nE\n)") == "ABC\n"


def test_a_heredoc_may_be_in_a_list() -> None:
    assert value_of("[<<E\na\nE\n, 1]") == ("a\n", 1)
