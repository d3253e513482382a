"""Names become segments of keys: nothing leads out, nothing is confused, nothing is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.errors import ConfigError
from backstay.registry.names import LONGEST_SEGMENT, escape, unescape

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(NAMES)
def test_every_name_comes_back(name: str) -> None:
    assert unescape(escape(name)) == name


@given(NAMES)
def test_a_segment_stays_in_its_directory(name: str) -> None:
    segment = escape(name)
    assert re.fullmatch(r"[a-z0-9_=-][a-z0-9._=-]*", segment)
    assert segment not in (".", "..")


@given(NAMES, NAMES)
def test_different_names_stay_different_even_where_case_does_not_count(a: str, b: str) -> None:
    assert (escape(a).casefold() == escape(b).casefold()) == (a == b)


@pytest.mark.parametrize(
    ("name", "segment"),
    [
        ("app", "app"),
        ("v1.2.3-rc_1", "v1.2.3-rc_1"),
        ("App", "=41pp"),
        ("team/app", "team=2fapp"),
        ("..", "=2e."),
        (".hidden", "=2ehidden"),
        ("../../etc/passwd", "=2e.=2f..=2fetc=2fpasswd"),
        ("a=b", "a=3db"),
        ("C:\\", "=43=3a=5c"),
        ("\0", "=00"),
        ("é", "=c3=a9"),
        ("e\u0301", "e=cc=81"),
        ("${{ x }}", "=24=7b=7b=20x=20=7d=7d"),
    ],
)
def test_what_segments_look_like(name: str, segment: str) -> None:
    assert escape(name) == segment
    assert unescape(segment) == name


@pytest.mark.parametrize("name", ["", "x" * (LONGEST_SEGMENT + 1), "X" * 100, "\ud800"])
def test_what_cannot_be_a_name_is_explained(name: str) -> None:
    with pytest.raises(ConfigError, match="tag") as caught:
        escape(name, "tag")
    assert caught.value.hint


@pytest.mark.parametrize("segment", ["", ".", "..", ".x", "A", "a/b", "=", "=4", "=zz", "=61", "=FF", "=ff"])
def test_what_nobody_escaped_is_not_a_name(segment: str) -> None:
    with pytest.raises(ValueError, match=r"escaped|decode"):
        unescape(segment)
