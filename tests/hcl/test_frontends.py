"""Both front ends give one tree: for every HCL file of the repository, and for generated expressions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstay.errors import HCLError
from backstay.hcl import hcl2_frontend, parse
from backstay.hcl.source import Source, decode
from backstay.hcl.syntax import Body
from tests.hcl.support import CORPUS, shape

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("tests", "docs", "examples")
    for path in (ROOT / folder).rglob("*.hcl")
    if path.is_file()
)
WIDE = CORPUS / "wide"
"""Files that the HCL specification allows and python-hcl2 cannot read."""


def read(path: Path) -> Source:
    name = str(path.relative_to(ROOT))
    return Source(name, decode(path.read_bytes(), name)).normal()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_gives_the_same_tree_through_both_front_ends(path: Path) -> None:
    source = read(path)
    assert outcome(hcl2_frontend.parse, source) == outcome(parse.parse, source)


def outcome(frontend: Callable[[Source], Body], source: Source) -> object:
    """The tree, or why there is none."""
    try:
        return shape(frontend(source))
    except HCLError as error:
        return str(error)


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.hcl")), ids=lambda path: path.name)
def test_the_corpus_is_read_by_python_hcl2_itself(path: Path) -> None:
    assert hcl2_frontend.lowered(read(path)) is not None


@pytest.mark.parametrize("path", sorted(WIDE.glob("*.hcl")), ids=lambda path: path.name)
def test_what_python_hcl2_cannot_read_is_left_to_the_fast_front_end(path: Path) -> None:
    source = read(path)
    assert hcl2_frontend.lowered(source) is None
    assert shape(hcl2_frontend.parse(source)) == shape(parse.parse(source))


@pytest.mark.parametrize(
    "text",
    ['a = "x', "a = [", "a = <<E\n", "a = " + "[" * 10_000, 'a = "' + '${"' * 10_000, "/*"],
)
def test_bad_text_is_refused_before_python_hcl2_sees_it(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hcl2_frontend, "lowered", lambda source: pytest.fail("python-hcl2 was asked"))
    with pytest.raises(HCLError):
        hcl2_frontend.parse(Source("a.hcl", text))


@pytest.mark.parametrize(
    "text",
    ["a = 1\n" + "#\n" * 60_000, "a = <<E\n" + "\n" * 20_000 + "x\nE\n"],
    ids=["a long file", "many blank lines"],
)
def test_text_that_takes_python_hcl2_long_is_read_without_it(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hcl2_frontend, "lowered", lambda source: pytest.fail("python-hcl2 was asked"))
    assert list(hcl2_frontend.parse(Source("a.hcl", text)).attributes) == ["a"]


def _joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    strategies = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*strategies).map("".join)


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, max_size=3).map(", ".join)
    operator = st.sampled_from(["||", "&&", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%"])
    return st.one_of(
        _joined(inner, " ", operator, " ", inner),
        _joined(st.sampled_from(["-", "!"]), "(", inner, ")"),
        _joined("(", inner, ")"),
        _joined("[", several, "]"),
        _joined("{ k = ", inner, ', "l" : ', inner, ", (", inner, ") = 1 }"),
        _joined("f(", several, ")"),
        _joined("f(", inner, "...)"),
        _joined(inner, " ? ", inner, " : ", inner),
        _joined("x", st.sampled_from([".y", "[*].y", ".*.y", ".0.y"]), "[", inner, "].z"),
        _joined("[for i, v in ", inner, " : ", inner, " if ", inner, "]"),
        _joined("{for v in ", inner, " : ", inner, " => ", inner, "...}"),
        _joined('"a ${', inner, "} $ %{if ", inner, '}b%{else}c%{endif} % %{for v in x}${v}%{endfor}"'),
    )


EXPRESSIONS = st.recursive(
    st.sampled_from(
        ["1", "2.50", "1e3", "true", "null", '"s"', r'"\"\\\u00e9"', '"$${x} %%{y}"', "a", "a.b", "c-d"]
    ),
    _compound,
    max_leaves=12,
)


@given(text=EXPRESSIONS)
@settings(max_examples=150, deadline=None)
def test_generated_expressions_give_the_same_tree(text: str) -> None:
    source = Source("a.hcl", f"a = {text}\n")
    tree = hcl2_frontend.lowered(source)
    assert tree is not None
    assert shape(tree) == shape(parse.parse(source))
