"""Verify, sync, restore and prune on every kind of store."""

from __future__ import annotations

import pytest

from backstay.errors import PrunedError
from backstay.registry import chain, layout
from backstay.registry.records import Approval
from backstay.registry.store_replica import StoreReplica
from backstay.schema.canonical import encode
from backstay.storage.memory import MemoryStore
from backstay.storage.store import Store
from tests.registry.caretaker import Caretaker
from tests.registry.simulator import World, error_of, plan, state

NAMES = "abcd"


def contents(store: Store) -> dict[str, bytes]:
    return {key: store.get(key).data for key in store.list("app/") if not key.startswith("app/branches/")}


def state_key(name: str) -> str:
    return layout.state("app", chain.digest(encode(state(name))))


@pytest.fixture
def other() -> MemoryStore:
    return MemoryStore("mem://other")


@pytest.fixture
def stores(any_store: Store, other: MemoryStore, world: World) -> list[Store]:
    """A store of each kind and one in memory, with the same history."""
    pair: list[Store] = [any_store, other]
    registry = world.registry(stores=pair)
    for name in NAMES:
        pushed = registry.push("app", state(name), tags=["latest"], version=name)
        assert [target.error for target in pushed.targets] == ["", ""]
    registry.create_plan(plan())
    registry.approve_plan("app", "add-email", Approval(time="2026-01-02T00:00:00Z"))
    return pair


def test_what_is_damaged_lost_or_missed_is_mended(
    stores: list[Store], any_store: Store, other: MemoryStore, world: World
) -> None:
    caretaker = Caretaker([StoreReplica(store) for store in stores])
    assert caretaker.problems() == ()
    any_store.put(state_key("b"), b'{"altered":true}')
    any_store.put(layout.entry("app", 3), b"<html>")
    any_store.delete(layout.tag("app", "latest"))
    any_store.delete(state_key("a"))
    world.registry(stores=[other]).push("app", state("e"), tags=["latest"], version="e")
    assert {problem.url for problem in caretaker.problems()} == {any_store.url}
    steps = caretaker.sync()
    assert [step.error for step in steps if step.error] == []
    assert caretaker.problems() == ()
    assert contents(any_store) == contents(other)


def test_a_fork_is_settled_and_what_lost_is_kept(
    stores: list[Store], any_store: Store, other: MemoryStore, world: World
) -> None:
    world.registry(stores=[any_store]).push("app", state("x"), tags=["latest"], version="x")
    world.registry(stores=[other]).push("app", state("y"), tags=["latest"], version="y")
    caretaker = Caretaker([StoreReplica(store) for store in stores])
    caretaker.sync(keep=other.url)
    assert caretaker.problems() == ()
    kept = {key: data for key, data in contents(any_store).items() if key != state_key("x")}
    assert kept == contents(other)
    assert any(key.endswith("/log/0000000005.json") for key in any_store.list("app/branches/"))
    assert any_store.get(state_key("x")).data == encode(state("x"))


def test_a_registry_is_built_again_from_the_store_that_is_left(
    stores: list[Store], any_store: Store, world: World
) -> None:
    fresh = MemoryStore("mem://fresh")
    Caretaker([StoreReplica(any_store), StoreReplica(fresh)]).sync()
    assert contents(fresh) == contents(any_store)
    assert world.registry(stores=[fresh]).read("app").state == state("d")


def test_old_versions_are_pruned(stores: list[Store], any_store: Store, world: World) -> None:
    caretaker = Caretaker([StoreReplica(store) for store in stores])
    assert caretaker.prune(1) == [3, 3]
    assert caretaker.problems() == ()
    assert list(any_store.list("app/states/")) == [state_key("d")]
    assert isinstance(error_of(lambda: world.registry(stores=stores).read("app", version="a")), PrunedError)
    assert world.registry(stores=stores).push("app", state("a"), tags=["latest"], version="again").created
    assert caretaker.problems() == ()
