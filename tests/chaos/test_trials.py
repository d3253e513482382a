"""Disks, caches, clocks, many writers and lagging lists: once each; `make chaos` tries more of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from tests.chaos.harms import lost_answer, reply, reset_at_once
from tests.chaos.site import Site
from tests.chaos.trials import (
    BY_STEP,
    at_another_time,
    lagging,
    many_writers,
    on_a_full_disk,
    with_broken_writes,
    without_cache,
)

NewSite = Callable[[Sequence[str]], Site]
FILES = ("file", "file", "file")


def test_a_full_disk_at_the_registry(new_site: NewSite) -> None:
    met, wrong = on_a_full_disk(new_site(FILES), BY_STEP["push"], 0)
    assert wrong == []
    assert met


def test_writes_that_end_half_way(new_site: NewSite) -> None:
    met, wrong = with_broken_writes(new_site(FILES), BY_STEP["push"], 60)
    assert wrong == []
    assert met


@pytest.mark.parametrize("kind", ["dangling", "garbage"])
def test_no_command_depends_on_its_cache(kind: str, new_site: NewSite) -> None:
    assert without_cache(new_site(FILES), BY_STEP["push"], kind) == []


def test_a_clock_that_jumps(new_site: NewSite) -> None:
    assert at_another_time(new_site(FILES), BY_STEP["push"], 0, 2 * 86400) == []


def test_many_writers_while_requests_fail(new_site: NewSite) -> None:
    harms = (reply(503), lost_answer, reset_at_once)
    met, wrong = many_writers(new_site(("moto", "file")), random.Random(3), harms)
    assert wrong == []
    assert met


def test_lists_that_lag(new_site: NewSite) -> None:
    met, wrong = lagging(new_site(("moto", "file")), 0, times=2)
    assert wrong == []
    assert met
