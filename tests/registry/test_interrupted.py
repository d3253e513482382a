"""A process that dies after any of its requests: readers see the old or the new, and repeating converges."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from backstay.registry.records import Approval
from backstay.registry.replicated import ReplicatedRegistry
from tests.registry.simulator import Call, Killed, World, plan, refuse, state

Action = Callable[[ReplicatedRegistry], Any]


class Plug:
    """Lets so many requests through, then the process is dead: no further one happens anywhere."""

    def __init__(self, requests: int) -> None:
        self.left = requests
        self._lock = threading.Lock()

    def __call__(self, call: Call, proceed: Callable[[], Any]) -> Any:
        with self._lock:
            if self.left <= 0:
                raise Killed
            self.left -= 1
            return proceed()


def run_until(world: World, requests: int, action: Action) -> bool:
    """Run an action that dies after so many requests; did it live to the end?"""
    plug = Plug(requests)
    for store in world.stores:
        store.fail(plug)
    try:
        action(world.registry())
    except Killed:
        return False
    finally:
        world.heal()
    return True


def requests_of(prepare: Callable[[], World], action: Action) -> int:
    world = prepare()
    plug = Plug(1_000_000)
    for store in world.stores:
        store.fail(plug)
    action(world.registry())
    return 1_000_000 - plug.left


def fresh() -> World:
    return World()


def pushed_once() -> World:
    world = World()
    world.registry().push("app", state("old"), tags=["latest"])
    return world


def primary_lagging() -> World:
    world = pushed_once()
    world.primary.fail(refuse)
    world.registry().push("app", state("missed"), tags=["latest"])
    world.registry().create_plan(plan("missed"))
    world.heal()
    return world


def push_new(registry: ReplicatedRegistry) -> None:
    registry.push("app", state("new"), tags=["latest", "v2"], version="two")


@pytest.mark.parametrize("prepare", [pushed_once, primary_lagging])
def test_a_push_that_dies_leaves_the_old_or_the_new(prepare: Callable[[], World]) -> None:
    total = requests_of(prepare, push_new)
    assert total > 20
    for requests in range(total):
        world = prepare()
        old = world.registry().read("app").state
        assert not run_until(world, requests, push_new)
        check_every_reader(world, (old, state("new")))
        push_new(world.registry())
        check_converged(world)


def test_a_first_push_that_dies_leaves_nothing_or_the_new() -> None:
    for requests in range(requests_of(fresh, push_new)):
        world = fresh()
        assert not run_until(world, requests, push_new)
        push_new(world.registry())
        check_converged(world)


def test_after_a_push_that_died_another_one_also_converges() -> None:
    for requests in range(requests_of(pushed_once, push_new)):
        world = pushed_once()
        run_until(world, requests, push_new)
        world.registry().push("app", state("other"), tags=["latest"])
        contents = world.contents()
        logs = [{key: data for key, data in content.items() if "/log/" in key} for content in contents]
        assert logs[0] == logs[1] == logs[2]
        assert world.registry().read("app").state == state("other")
        if world.registry().read("app").version.sequence == 3:
            assert world.registry().read("app", version="two").state == state("new")


def check_every_reader(world: World, allowed: tuple[object, ...]) -> None:
    """Also one that can reach only one of the copies, as long as that copy is not behind what was seen."""
    for which in ({}, {"tag": "latest"}):
        assert world.registry().read("app", **which).state in allowed
        for alone in world.stores:
            for store in world.stores:
                store.fail(None if store is alone else refuse)
            found = world.registry(allow_stale=True).read("app", **which)
            assert found.state in (*allowed, state("old"))
            world.heal()


def check_converged(world: World) -> None:
    contents = world.contents()
    assert contents[0] == contents[1] == contents[2]
    for which in ({}, {"tag": "v2"}, {"version": "two"}):
        found = world.registry().read("app", **which)
        assert (found.state, found.notices) == (state("new"), ())


ACTIONS: dict[str, Action] = {
    "create": lambda registry: registry.create_plan(plan()),
    "approve": lambda registry: registry.approve_plan("app", "add-email", Approval(time="t")),
    "delete": lambda registry: registry.delete_plan("app", "add-email"),
}


@pytest.mark.parametrize("name", ["create", "approve"])
def test_a_step_of_a_plan_that_dies_can_be_repeated(name: str) -> None:
    def prepare() -> World:
        world = pushed_once()
        if name != "create":
            world.registry().create_plan(plan())
        return world

    for requests in range(requests_of(prepare, ACTIONS[name])):
        world = prepare()
        run_until(world, requests, ACTIONS[name])
        ACTIONS[name](world.registry())
        contents = world.contents()
        assert contents[0] == contents[1] == contents[2]


def test_a_removal_that_dies_can_be_repeated_until_every_copy_has_it() -> None:
    def prepare() -> World:
        world = pushed_once()
        world.registry().create_plan(plan())
        return world

    for requests in range(requests_of(prepare, ACTIONS["delete"])):
        world = prepare()
        run_until(world, requests, ACTIONS["delete"])
        if any(b'"removed"' not in data for each in world.contents() for data in plans_in(each)):
            ACTIONS["delete"](world.registry())
        contents = world.contents()
        assert contents[0] == contents[1] == contents[2]
        assert world.registry().plans("app") == ()


def plans_in(content: dict[str, bytes]) -> list[bytes]:
    return [data for key, data in content.items() if "/plans/" in key]
