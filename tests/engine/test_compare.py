"""What is said about the difference of two states."""

from __future__ import annotations

import pytest

from backstay.engine.compare import describe
from backstay.schema.changes import Change


def added(count: int) -> list[Change]:
    return [Change(action="add", kind="table", schema="public", name=f"t{n}") for n in range(count)]


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, ""), (1, "add table public.t0"), (2, "add table public.t0; add table public.t1")],
)
def test_changes_are_told_in_one_line(count: int, text: str) -> None:
    assert describe(added(count)) == text


def test_of_many_changes_the_first_are_named() -> None:
    told = describe(added(900)).split("; ")
    assert (len(told), told[-1]) == (11, "and 890 more")
