"""Repair brings copies to agreement from any damage, loses nothing, and may die at any request."""

from __future__ import annotations

import pytest

from backstay.errors import ConflictError
from backstay.registry.chain import Entry
from backstay.registry.records import Approval
from backstay.registry.repair import carry_out, repairs
from backstay.registry.signing_keys import Signer
from backstay.registry.store_replica import StoreReplica
from backstay.registry.survey import branch
from backstay.registry.trust import Trust
from backstay.storage.memory import MemoryStore
from tests.registry.caretaker import Caretaker
from tests.registry.simulator import Killed, World, error_of, plan, refuse, state
from tests.registry.test_interrupted import Plug
from tests.registry.test_reads import forked, push_without
from tests.registry.test_survey import DAMAGES, entry, filled, inflict
from tests.servers.registry import registry_server

STRAY = "an object that is not ours"
CONFLICT = "a plan with other statements"


def apart_from_branches(world: World) -> list[dict[str, bytes]]:
    return [
        {key: data for key, data in content.items() if not key.startswith("app/branches/")}
        for content in world.contents()
    ]


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("name", sorted(DAMAGES.keys() - {STRAY, CONFLICT}))
def test_every_damage_is_mended_from_the_other_copies(name: str, number: int) -> None:
    whole = filled().contents()[0]
    world = filled()
    inflict(world, number, DAMAGES[name][0])
    steps = Caretaker(world).sync()
    assert steps
    assert [step.error for step in steps if step.error] == []
    assert {step.url for step in steps} == {world.stores[number].url}
    assert Caretaker(world).problems() == ()
    assert all(content == whole for content in apart_from_branches(world))


@pytest.mark.parametrize("name", ["an entry that was altered", "an entry that is a web page"])
def test_what_is_replaced_is_kept(name: str) -> None:
    world = filled()
    inflict(world, 1, DAMAGES[name][0])
    damaged = world.contents()[1][entry(2)]
    Caretaker(world).sync()
    (kept,) = [data for key, data in world.contents()[1].items() if key.startswith("app/branches/")]
    assert kept == damaged


def test_a_registry_that_is_right_is_left_alone() -> None:
    world = filled()
    before = world.contents()
    assert Caretaker(world).sync() == ()
    assert world.contents() == before


def test_an_object_of_somebody_else_is_reported_and_left_alone() -> None:
    world = filled()
    inflict(world, 0, DAMAGES[STRAY][0])
    assert Caretaker(world).sync() == ()


def test_copies_that_each_missed_something_are_brought_together() -> None:
    world = filled()
    push_without(world, [0], "d", tags=["d"])
    push_without(world, [2, 0], "e", tags=["e"])
    world.registry(stores=[world.primary]).approve_plan(
        "app", "add-email", Approval(time="2026-01-02T00:00:00Z")
    )
    Caretaker(world).sync()
    assert Caretaker(world).problems() == ()
    contents = world.contents()
    assert contents[0] == contents[1] == contents[2]
    assert world.registry().read("app", tag="e").state == state("e")
    assert world.registry().plan("app", "add-email").status == "APPROVED"


def test_a_new_copy_gets_everything() -> None:
    world = filled()
    world.stores[2].real = MemoryStore("mem://backup2")
    Caretaker(world).sync()
    assert world.contents()[2] == world.contents()[0]


def test_damage_on_several_copies_is_mended_where_one_of_them_is_whole() -> None:
    world = filled()
    for number, name in enumerate(
        ["a state that is gone", "an entry that is gone", "the newest entry that is gone"]
    ):
        inflict(world, number, DAMAGES[name][0])
    Caretaker(world).sync()
    assert Caretaker(world).problems() == ()


def test_a_state_that_no_copy_has_is_left_as_a_problem_and_its_entry_is_not_copied() -> None:
    world = World()
    world.registry(stores=world.stores[:2]).push("app", state("a"))
    for store in world.stores[:2]:
        (key,) = store.real.list("app/states/")
        store.real.delete(key)
    assert Caretaker(world).sync() == ()
    assert world.contents()[2] == {}
    assert {problem.kind for problem in Caretaker(world).problems()} == {"missing", "behind"}


def test_a_fork_is_not_touched_without_a_choice() -> None:
    world = World()
    forked(world, ours=[0, 1], theirs=[2])
    before = world.contents()
    assert Caretaker(world).sync() == ()
    assert world.contents() == before


def fork() -> World:
    """A common beginning; then two pushes here, and three with a plan there."""
    world = World()
    world.registry().push("app", state("common"), tags=["latest", "both"])
    for name in ("a", "b"):
        push_without(world, [2], name, tags=["latest", name])
    push_without(world, [0, 1], "c", tags=["latest", "c"])
    for name in ("d", "e"):
        push_without(world, [0, 1], name, tags=["latest", "both"])
    world.registry(stores=[world.stores[2]]).create_plan(plan())
    return world


def entries_of(world: World, number: int) -> list[Entry]:
    replica = StoreReplica(world.stores[number].real)
    head = replica.head("app")
    return [replica.entry("app", n) for n in range(1, head.sequence + 1 if head else 1)]


@pytest.mark.parametrize(("keep", "losers"), [(0, [2]), (1, [2]), (2, [0, 1])])
def test_a_fork_is_settled_by_choice_and_the_losing_entries_stay_readable(
    keep: int, losers: list[int]
) -> None:
    world = fork()
    winning = entries_of(world, keep)
    losing = [entries_of(world, number)[1:] for number in losers]
    steps = Caretaker(world).sync(keep=world.stores[keep].url, branch="the other")
    assert [step.error for step in steps if step.error] == []
    assert Caretaker(world).problems() == ()
    for number in range(3):
        assert entries_of(world, number) == winning
    for number, lost in zip(losers, losing, strict=True):
        assert list(branch(StoreReplica(world.stores[number]), "app", "the other")) == lost
        for each in lost:
            assert StoreReplica(world.stores[number]).state("app", each.record.state)
    world.memory.seen.clear()
    after = world.registry()
    assert after.read("app").version == winning[-1].record
    assert after.read("app").notices == ()
    assert after.plans("app") == (plan(),)
    pushed = after.push("app", state("next"), tags=["latest"])
    assert [target.error for target in pushed.targets] == ["", "", ""]


def test_tags_of_the_losing_branch_go_and_shared_ones_point_where_the_winner_says() -> None:
    world = fork()
    Caretaker(world).sync(keep="mem://primary")
    registry = world.registry(stores=[world.stores[2]])
    assert registry.read("app", tag="both").state == state("common")
    assert not list(world.stores[2].real.list("app/tags/c"))


@pytest.mark.parametrize("keep", ["mem://primary", "mem://backup2"])
def test_a_settlement_may_die_at_any_request_and_is_repeated(keep: str) -> None:
    def settle(world: World, requests: int) -> bool:
        """Did it live to its end?"""
        caretaker = Caretaker(world)
        planned = repairs(caretaker.agreement(keep), caretaker.replicas, settle=True)
        plug = Plug(requests)
        for store in world.stores:
            store.fail(plug)
        try:
            carry_out(planned)
        except Killed:
            return False
        finally:
            world.heal()
        return True

    requests, alive = 0, False
    while not alive:
        world = fork()
        everything = {e.digest for number in (0, 2) for e in entries_of(world, number)}
        winner = entries_of(world, 0 if keep == "mem://primary" else 2)
        alive = settle(world, requests)
        Caretaker(world).sync(keep=keep)
        assert Caretaker(world).problems() == (), requests
        assert entries_of(world, 0) == entries_of(world, 2) == winner
        assert everything <= kept_anywhere(world), requests
        requests += 1
    assert requests > 30


def kept_anywhere(world: World) -> set[str]:
    """The digests of all entries that can be read somewhere, in the history or on a branch."""
    found = set()
    for survey in Caretaker(world).surveys():
        found |= {e.digest for e in survey.entries.values()}
        found |= {e.digest for entries in survey.branches.values() for e in entries}
    return found


def test_two_plans_of_one_name_are_settled_by_choice() -> None:
    world = filled()
    inflict(world, 2, DAMAGES[CONFLICT][0])
    assert Caretaker(world).sync() == ()
    Caretaker(world).sync(keep="mem://backup2", branch="plans")
    assert Caretaker(world).problems() == ()
    assert "DROP!" in world.registry().plan("app", "add-email").migration
    assert any(key.startswith("app/branches/plans/plans/") for key in world.contents()[0])


def test_a_copy_that_is_written_to_meanwhile_is_left_as_it_is() -> None:
    world = fork()
    caretaker = Caretaker(world)
    planned = repairs(caretaker.agreement("mem://primary"), caretaker.replicas, settle=True)
    push_without(world, [0, 1], "meanwhile")
    before = world.contents()[2]
    (step,) = [step for step in carry_out(planned) if step.url == "mem://backup2"]
    assert "in the meantime" in step.error
    assert world.contents()[2] == before


def test_a_failure_stops_the_repair_of_one_copy_only() -> None:
    world = filled()
    for number in (1, 2):
        world.stores[number].real = MemoryStore(world.stores[number].url)
    caretaker = Caretaker(world)
    planned = repairs(caretaker.agreement(), caretaker.replicas)
    world.stores[1].fail(refuse, methods=("create",))
    steps = carry_out(planned)
    assert [step.url for step in steps if step.error] == ["mem://backup1"]
    assert world.contents()[2] == world.contents()[0]
    world.heal()
    Caretaker(world).sync()
    assert Caretaker(world).problems() == ()


def test_a_plan_that_is_not_signed_is_not_passed_on() -> None:
    ours = Signer(bytes(32))
    trust = Trust((ours.public,))
    world = World()
    world.registry(trust=trust, signer=ours).push("app", state("a"))
    world.registry(stores=[world.primary]).create_plan(plan())
    caretaker = Caretaker(world, trust)
    assert caretaker.sync() == ()
    assert [problem.kind for problem in caretaker.problems()] == ["untrusted"]
    assert not list(world.backups[0].real.list("app/plans/"))


def test_a_server_is_caught_up_and_keeps_what_it_has() -> None:
    behind = MemoryStore()
    world = fork()
    with registry_server(behind) as server:
        replicas = [StoreReplica(world.primary), server.replica()]
        assert [step.error for step in Caretaker(replicas).sync() if step.error] == []
        assert Caretaker(replicas).problems() == ()
        theirs = [StoreReplica(world.stores[2]), server.replica()]
        error = next(step.error for step in Caretaker(theirs).sync(keep="mem://backup2") if step.error)
        assert "is a registry server, which removes and replaces nothing" in error
        assert Caretaker(replicas).problems() == ()


def test_the_check_looks_at_the_copy_itself() -> None:
    world = filled()
    inflict(world, 1, DAMAGES["a tag that is gone"][0])
    caretaker = Caretaker(world)
    (repair,) = repairs(caretaker.agreement(), caretaker.replicas)
    assert repair.check() is None
    world.registry().push("app", state("d"))
    assert isinstance(error_of(repair.check), ConflictError)
