"""Durations in Go's notation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.errors import ConfigError
from backstay.report.duration import format_duration, parse_duration, short_duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (1e-9, "1ns"),
        (0.000346192, "346.192µs"),
        (0.0011, "1.1ms"),
        (0.5, "500ms"),
        (1.2, "1.2s"),
        (90, "1m30s"),
        (5400, "1h30m0s"),
        (360000.5, "100h0m0.5s"),
        (-1.5, "-1.5s"),
        (0.9999999996, "1s"),
    ],
)
def test_seconds_are_written_as_go_writes_them(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.005031234, "5.03ms"), (1.23456, "1.23s"), (0.000346192, "346.192µs"), (75.123, "1m15.12s")],
)
def test_people_get_two_decimals(seconds: float, text: str) -> None:
    assert short_duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10s", 10),
        ("1m30s", 90),
        ("1h30m", 5400),
        ("500ms", 0.5),
        ("1.5h", 5400),
        ("+2us", 2e-6),
        ("3µs", 3e-6),
        ("-1s", -1),
        ("0", 0),
        (".5s", 0.5),
    ],
)
def test_go_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "10", "10 s", "s", "1x", "1h-1m", "abc", "9999999999h"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="invalid duration"):
        parse_duration(text)


def test_bare_seconds_only_where_they_are_allowed() -> None:
    assert parse_duration("90", bare_seconds=True) == 90
    assert parse_duration("2.5", bare_seconds=True) == 2.5


@given(st.integers(-(10**15), 10**15))
def test_what_is_written_can_be_read(nanoseconds: int) -> None:
    seconds = nanoseconds / 1e9
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds)
