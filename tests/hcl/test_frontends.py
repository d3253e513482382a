"""Both front ends give one tree: for every HCL file of the repository, and for generated expressions."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstay.hcl.parse import parse
from backstay.hcl.source import Source, decode
from tests.hcl.python_hcl2 import lowered
from tests.hcl.support import CORPUS, shape

ROOT = Path(__file__).parents[2]
WIDE = CORPUS / "wide"
"""Files that the HCL specification allows and python-hcl2 cannot read."""

FILES = sorted(
    path
    for folder in ("tests", "docs", "examples")
    for path in (ROOT / folder).rglob("*.hcl")
    if path.is_file() and WIDE not in path.parents
)


def read(path: Path) -> Source:
    name = str(path.relative_to(ROOT))
    return Source(name, decode(path.read_bytes(), name)).normal()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_gives_the_same_tree_through_both_front_ends(path: Path) -> None:
    source = read(path)
    tree = lowered(source)
    assert tree is not None
    assert shape(tree) == shape(parse(source))


@pytest.mark.parametrize("path", sorted(WIDE.glob("*.hcl")), ids=lambda path: path.name)
def test_what_python_hcl2_cannot_read_is_read_all_the_same(path: Path) -> None:
    source = read(path)
    assert lowered(source) is None
    assert parse(source).attributes or parse(source).blocks


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
    tree = lowered(source)
    assert tree is not None
    assert shape(tree) == shape(parse(source))
