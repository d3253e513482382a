"""Stores whose listing lies: in disorder, twice, late, or with keys that lead nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.registry.simulator import Call, Fault, World, plan, state

Keys = Callable[[list[str]], list[str]]


def listing(change: Keys, times: int = 1_000_000) -> Fault:
    """The first so many listings come changed."""
    left = [times]

    def fault(call: Call, proceed: Callable[[], Any]) -> Iterator[str]:
        keys = list(proceed())
        if left[0] > 0:
            left[0] -= 1
            keys = change(keys)
        return iter(keys)

    return fault


HARMLESS: dict[str, Keys] = {
    "in disorder": lambda keys: keys[::-1],
    "twice": lambda keys: keys + keys,
    "with folders": lambda keys: [*keys, "app/", "app/log/", "app/plans/", "app/plans/a/b/"],
    "with strangers": lambda keys: [*keys, "app/log/notes.txt", "app/log/99.json", "app/plans/a.json"],
}


@pytest.mark.parametrize("name", HARMLESS)
def test_disorder_in_a_listing_does_no_harm(name: str) -> None:
    world = World()
    for store in world.stores:
        store.fail(listing(HARMLESS[name]), methods=("list",))
    for letter in "abc":
        pushed = world.registry().push("app", state(letter), tags=["latest"])
        assert [target.error for target in pushed.targets] == ["", "", ""]
    world.registry().create_plan(plan())
    found = world.registry().read("app")
    assert (found.state, found.version.sequence, found.notices) == (state("c"), 3, ())
    assert world.registry().plans("app") == (plan(),)


def drop_newest(keys: list[str]) -> list[str]:
    return keys[:-1] if keys and "/log/" in keys[-1] else keys


def test_a_push_onto_a_listing_that_lags_begins_again() -> None:
    world = World()
    world.registry().push("app", state("a"), tags=["latest"])
    world.primary.fail(listing(drop_newest, times=1), methods=("list",), part="log/")
    world.registry(stores=[world.primary]).push("app", state("b"), tags=["latest"])
    world.heal()
    found = world.registry().read("app")
    assert (found.state, found.version.sequence) == (state("b"), 2)


def test_a_read_from_a_listing_that_lags_is_corrected_by_a_copy_that_does_not() -> None:
    world = World()
    for letter in "ab":
        world.registry().push("app", state(letter), tags=["latest"])
    world.primary.fail(listing(drop_newest), methods=("list",), part="log/")
    found = world.registry().read("app")
    assert (found.state, found.source) == (state("b"), "mem://backup1")
    assert "1 entry ahead of mem://primary" in found.notices[0]


def test_an_entry_that_is_listed_and_not_there_is_a_corrupt_copy() -> None:
    world = World()
    for letter in "ab":
        world.registry().push("app", state(letter), tags=["latest"])
    world.primary.fail(
        listing(lambda keys: [*keys, "app/log/0000000003.json"]), methods=("list",), part="log/"
    )
    found = world.registry().read("app")
    assert (found.state, found.source) == (state("b"), "mem://backup1")
    assert "entry 3 of app is listed, but not there" in found.notices[0]
