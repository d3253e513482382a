"""A copy that kept us waiting is not asked again; one that answers, or refuses at once, is."""

from __future__ import annotations

import threading

import pytest

from backstay.errors import CorruptError, NetworkError
from backstay.registry.copies import Budget
from backstay.registry.patience import SECONDS, Patience
from backstay.registry.store_replica import StoreReplica
from tests.registry.simulator import Hang, World, plan, state


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def silent(clock: Clock, seconds: float) -> str:
    clock.now += seconds
    raise NetworkError("no answer in time")


def test_after_a_silence_nobody_is_asked() -> None:
    clock = Clock()
    patience = Patience(clock)
    with pytest.raises(NetworkError, match="in time"):
        patience.ask(lambda: silent(clock, SECONDS + 1))
    asked: list[bool] = []
    with pytest.raises(NetworkError, match="not asked again"):
        patience.ask(lambda: asked.append(True))
    assert asked == []


def test_who_refuses_at_once_is_asked_again() -> None:
    clock = Clock()
    patience = Patience(clock)
    with pytest.raises(NetworkError):
        patience.ask(lambda: silent(clock, SECONDS / 2))
    assert patience.ask(lambda: "yes") == "yes"


def test_a_long_answer_is_an_answer() -> None:
    clock = Clock()
    patience = Patience(clock)

    def late() -> str:
        clock.now += 60
        raise CorruptError("cut short")

    with pytest.raises(CorruptError):
        patience.ask(late)
    assert patience.ask(lambda: "yes") == "yes"


def test_while_a_question_is_open_for_long_no_other_is_asked() -> None:
    clock = Clock()
    patience = Patience(clock)
    asked, released = threading.Event(), threading.Event()

    def hang() -> None:
        asked.set()
        released.wait()

    thread = threading.Thread(target=patience.ask, args=(hang,))
    thread.start()
    asked.wait()
    assert patience.ask(lambda: "at the same time") == "at the same time"
    clock.now += SECONDS + 1
    with pytest.raises(NetworkError):
        patience.ask(lambda: "later")
    released.set()
    thread.join()
    assert patience.ask(lambda: "it answered after all") == "it answered after all"


def test_a_hanging_primary_is_asked_once_in_a_run() -> None:
    world = World()
    world.registry().push("app", state("a"), tags=["latest"])
    hang = Hang()
    world.primary.fail(hang)
    clock = Clock()
    replicas = [StoreReplica(store, patience=Patience(clock)) for store in world.stores]
    registry = world.registry(replicas=replicas, budget=Budget(answer=1, read=10, write=10))
    assert registry.read("app").source == "mem://backup1"
    clock.now += SECONDS + 1
    assert registry.read("app").source == "mem://backup1"
    written = registry.create_plan(plan())
    assert "not asked again" in written.targets[0].error
    assert registry.plans("app") == (plan(),)
    assert world.primary.hits == 1
    hang.released.set()
