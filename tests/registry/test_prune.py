"""What prune removes and what it never does, while pushes go on, and how a pruned registry lives on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backstay.errors import CorruptError, PrunedError, UnsupportedError
from backstay.registry import chain
from backstay.registry.prune import Remover, Rule, decide
from backstay.registry.records import Approval, Pruning, RunContext
from backstay.registry.signing_keys import Signer
from backstay.registry.store_replica import StoreReplica
from backstay.registry.trust import Trust
from backstay.schema.canonical import encode
from backstay.schema.state import State
from backstay.storage.memory import MemoryStore
from tests.registry.caretaker import Caretaker
from tests.registry.simulator import Call, Killed, World, error_of, plan, refuse, state
from tests.registry.test_interrupted import Plug
from tests.registry.test_reads import forked
from tests.servers.registry import registry_server

NAMES = "abcdef"


def filled(*, tagged: str = "") -> World:
    """A version for each letter, of which only some have a tag of their own."""
    world = World()
    for name in NAMES:
        world.registry().push(
            "app", state(name), tags=["latest", *(name if name in tagged else "")], version=name
        )
    return world


def digest(name: str) -> str:
    return chain.digest(encode(state(name)))


def states(world: World, number: int = 0) -> str:
    """The letters of the states that are there."""
    there = world.contents()[number]
    return "".join(name for name in NAMES if f"app/states/{digest(name)}.json" in there)


@pytest.mark.parametrize(("keep", "left"), [(1, "f"), (2, "ef"), (5, "bcdef"), (6, NAMES), (99, NAMES)])
def test_the_newest_versions_stay(keep: int, left: str) -> None:
    world = filled()
    assert Caretaker(world).prune(keep) == [len(NAMES) - len(left)] * 3
    assert [states(world, number) for number in range(3)] == [left] * 3
    assert Caretaker(world).problems() == ()


def test_what_a_tag_points_at_stays() -> None:
    world = filled(tagged="ac")
    Caretaker(world).prune(1)
    assert states(world) == "acf"
    assert world.registry().read("app", tag="a").state == state("a")


COMMITS = {name: name * 40 for name in NAMES}


def pushed_from_commits() -> World:
    """A version for each letter, tagged with its commit as pipelines do; `b` is a release, too."""
    world = World()
    for name, commit in COMMITS.items():
        tags = ["latest", commit, *(["release-1", commit[:7]] if name == "b" else [])]
        context = RunContext(commit=commit)
        world.registry().push("app", state(name), tags=tags, version=name, context=context)
    return world


LETTING_GO: list[tuple[str, dict[str, Any], str]] = [
    ("nothing, if nobody says so", {}, NAMES),
    ("tags named after their commit", {"commit_tags": True}, "bf"),
    ("tags like these", {"let_go": ("release-*",)}, NAMES),
    ("tags like these or those", {"let_go": ("release-*", "?" * 40, "bbbbbbb")}, "f"),
    ("both", {"commit_tags": True, "let_go": ("release-*",)}, "f"),
    ("everything but the newest", {"let_go": ("*",)}, "f"),
    ("only what is older", {"let_go": ("*",), "since": "2026-01-01T12:05:00Z"}, "ef"),
]


@pytest.mark.parametrize(("_", "asked", "left"), LETTING_GO, ids=[row[0] for row in LETTING_GO])
def test_tags_let_go_of_old_versions_where_the_caller_says_so(
    _: str, asked: dict[str, Any], left: str
) -> None:
    world = pushed_from_commits()
    assert Caretaker(world).prune(1, **asked) == [len(NAMES) - len(left)] * 3
    assert states(world) == left
    assert Caretaker(world).problems() == ()


def test_a_tag_that_let_go_says_that_its_version_was_pruned() -> None:
    world = pushed_from_commits()
    Caretaker(world).prune(1, commit_tags=True)
    assert isinstance(error_of(lambda: world.registry().read("app", tag=COMMITS["a"])), PrunedError)
    assert world.registry().read("app", tag="release-1").state == state("b")
    assert world.registry().read("app", tag=COMMITS["b"]).state == state("b")


def test_a_tag_whose_name_cannot_be_read_keeps_its_version() -> None:
    entry = StoreReplica(filled().primary).head("app")
    assert entry
    assert Rule(keep=1, let_go=("*",), commit_tags=True).holds("", entry)


def test_a_tag_that_only_begins_like_a_commit_of_its_version_keeps_it() -> None:
    world = World()
    context = RunContext(commit="c" * 40)
    world.registry().push("app", state("a"), tags=["cccccc"], version="a", context=context)
    world.registry().push("app", state("b"), tags=["latest"], version="b", context=context)
    assert Caretaker(world).prune(1, commit_tags=True) == [0, 0, 0]


def test_entries_that_only_move_tags_are_no_versions() -> None:
    world = filled()
    for tag in ("one", "two", "three"):
        world.registry().push("app", state("f"), tags=[tag])
    Caretaker(world).prune(2)
    assert states(world) == "ef"


def test_what_an_open_plan_leads_from_or_to_stays_and_a_removed_one_needs_nothing() -> None:
    def planned(name: str, before: str, after: str) -> Any:
        return plan(name, from_hash=state(before).hash, to_hash=state(after).hash)

    world = filled()
    registry = world.registry()
    registry.create_plan(planned("pending", "a", "b"))
    registry.create_plan(planned("approved", "b", "c"))
    registry.approve_plan("app", "approved", Approval(time="2026-01-02T00:00:00Z"))
    registry.create_plan(planned("removed", "d", "e"))
    registry.delete_plan("app", "removed")
    Caretaker(world).prune(1)
    assert states(world) == "abcf"
    assert {found.name for found in world.registry().plans("app")} == {"pending", "approved"}


def test_what_a_repair_put_aside_stays() -> None:
    world = World()
    forked(world, ours=[0, 1], theirs=[2])
    lost = StoreReplica(world.stores[2]).head("app")
    assert lost
    Caretaker(world).sync(keep="mem://primary")
    world.registry(allow_stale=True).push("app", state("z"))
    Caretaker(world).prune(1)
    assert StoreReplica(world.stores[2]).state("app", lost.record.state)


def test_states_that_no_entry_names_go() -> None:
    world = filled()
    world.primary.real.put(f"app/states/{digest('dead')}.json", encode(state("dead")))
    assert Caretaker(world).prune(99) == [1, 0, 0]
    assert Caretaker(world).problems() == ()


def test_the_history_stays_and_can_be_verified() -> None:
    world = filled()
    before = {key: data for key, data in world.contents()[0].items() if "/log/" in key}
    Caretaker(world).prune(1)
    after = {key: data for key, data in world.contents()[0].items() if "/log/" in key}
    assert before == after
    assert len(world.registry().log("app", 99).entries) == len(NAMES)


def test_a_pruned_version_says_so_and_is_not_looked_for_elsewhere() -> None:
    world = filled()
    Caretaker([StoreReplica(world.primary)]).prune(1)
    error = error_of(lambda: world.registry().read("app", version="a"))
    assert isinstance(error, PrunedError)
    assert "version a of app was pruned at 2026-02-01T00:00:00Z" in error.message
    assert error.reason_code == "pruned"


def test_a_pruned_version_that_is_pushed_again_is_back() -> None:
    world = filled()
    Caretaker(world).prune(1)
    world.registry().push("app", state("a"), tags=["latest"], version="again")
    assert world.registry().read("app", version="again").state == state("a")
    assert Caretaker(world).problems() == ()


def test_a_state_that_gets_lost_after_it_came_back_is_missing_and_read_elsewhere() -> None:
    world = filled()
    Caretaker(world).prune(1)
    world.registry().push("app", state("a"), tags=["latest"], version="again")
    world.primary.real.delete(f"app/states/{digest('a')}.json")
    assert [problem.kind for problem in Caretaker(world).problems()] == ["missing"]
    found = world.registry().read("app", version="again")
    assert (found.state, found.source) == (state("a"), "mem://backup1")
    Caretaker(world).sync()
    assert Caretaker(world).problems() == ()


def test_a_new_copy_of_a_pruned_registry_is_caught_up_by_the_next_push() -> None:
    world = filled()
    Caretaker(world).prune(1)
    world.stores[2].real = MemoryStore("mem://backup2")
    pushed = world.registry().push("app", state("g"), tags=["latest"])
    assert [target.error for target in pushed.targets] == ["", "", ""]
    assert world.contents()[2] == world.contents()[0]
    assert Caretaker(world).problems() == ()


def test_a_new_copy_of_a_pruned_registry_is_made_by_sync() -> None:
    world = filled()
    Caretaker(world).prune(1)
    world.stores[2].real = MemoryStore("mem://backup2")
    Caretaker(world).sync()
    assert world.contents()[2] == world.contents()[0]


def test_pruning_goes_on_where_it_was_done_before() -> None:
    world = filled()
    Caretaker(world).prune(3)
    world.registry().push("app", state("g"), tags=["latest"])
    assert Caretaker(world).prune(2) == [2, 2, 2]
    assert Caretaker(world).prune(2) == [0, 0, 0]
    assert Caretaker(world).problems() == ()


def test_a_note_is_there_before_anything_goes() -> None:
    world = filled()
    Caretaker(world).prune(1)
    for store in world.stores:
        kinds = [call.key.split("/")[1] for call in store.calls if call.method in ("put", "delete")]
        assert kinds.index("pruned") < len(kinds) - kinds[::-1].index("states") - 1
        assert kinds[-len(NAMES) + 1 :] == ["states"] * (len(NAMES) - 1)


def test_a_missing_state_without_a_note_or_with_one_that_is_not_signed_is_a_problem() -> None:
    ours = Signer(bytes(32))
    trust = Trust((ours.public,))
    world = World()
    for name in NAMES:
        world.registry(trust=trust, signer=ours).push("app", state(name), tags=["latest"])
    Caretaker(world, trust).prune(3)
    kinds = {problem.kind for problem in Caretaker(world, trust).problems()}
    assert kinds == {"untrusted", "missing"}
    error = error_of(
        lambda: world.registry(trust=trust).read(
            "app", version=world.registry().log("app", 9).entries[-1].version
        )
    )
    assert isinstance(error, CorruptError)


def test_a_signed_note_counts() -> None:
    ours = Signer(bytes(32))
    trust = Trust((ours.public,))
    world = World()
    for name in NAMES:
        world.registry(trust=trust, signer=ours).push("app", state(name), tags=["latest"])
    Caretaker(world, trust).prune(1, signer=ours)
    assert Caretaker(world, trust).problems() == ()


def test_a_note_of_another_repository_or_that_was_altered_counts_for_nothing() -> None:
    world = filled()
    note = Pruning(repo="web", sequence=9, head="", states=(digest("a"),), time="2026-01-01T00:00:00Z")
    (world.primary.real).put(f"app/pruned/{chain.digest(encode(note))}.json", encode(note))
    world.primary.real.put(f"app/pruned/{'0' * 64}.json", encode(note))
    world.primary.real.delete(f"app/states/{digest('a')}.json")
    found = [(problem.kind, problem.object.split("/")[0]) for problem in Caretaker(world).problems()]
    assert sorted(found) == [("corrupt", "pruned"), ("corrupt", "pruned"), ("missing", "states")]
    assert world.registry().read("app", version="a").source == "mem://backup1"


def test_a_server_is_not_pruned_but_tells_what_was() -> None:
    store = MemoryStore()
    world = World()
    for name in NAMES:
        world.registry(stores=[store]).push("app", state(name), tags=["latest"], version=name)
    with registry_server(store) as server:
        assert isinstance(error_of(lambda: Remover(server.replica(), "app", 6)), UnsupportedError)
        Caretaker([StoreReplica(store)]).prune(1)
        assert Caretaker([server.replica()]).problems() == ()
        copy = MemoryStore()
        Caretaker([server.replica(), StoreReplica(copy)]).sync()
        assert {key: copy.get(key).data for key in copy.list("app/")} == {
            key: store.get(key).data for key in store.list("app/")
        }


Hook = Callable[[], object]


def push_at(moment: Callable[[Call], bool], world: World, pushed: State) -> Hook:
    """Once, when a call of the primary is at that moment, another process pushes."""
    done: list[bool] = []

    def fault(call: Call, proceed: Callable[[], Any]) -> Any:
        found = proceed()
        if not done and moment(call):
            done.append(True)
            world.registry().push("app", pushed, tags=["latest"], version="meanwhile")
        return found

    world.primary.fail(fault)
    return lambda: done


@pytest.mark.parametrize("content", ["a", "e", "new"])
@pytest.mark.parametrize("number", range(14))
def test_a_push_of_pruned_content_at_any_moment_of_a_prune_keeps_its_content(
    number: int, content: str
) -> None:
    """Between any two requests to the primary a whole push happens."""
    world = filled()
    caretaker = Caretaker(world)
    agreement = caretaker.agreement()
    removers = [Remover(replica, "app", len(agreement.history)) for replica in caretaker.replicas]
    retention = decide(agreement, Rule(keep=1))
    seen: list[Call] = []

    def moment(call: Call) -> bool:
        seen.append(call)
        return len(seen) == number + 1

    done = push_at(moment, world, state(content))
    for remover in removers:
        for one in retention.removed:
            remover.remove([one])
    world.heal()
    assert done()
    assert world.registry().read("app", version="meanwhile").state == state(content)
    for store in world.stores:
        assert StoreReplica(store).state("app", digest(content))


def test_a_state_that_is_removed_before_its_entry_is_written_is_brought_again() -> None:
    """The other half of the race: the prune is over before the push has written its entry."""
    world = filled()
    caretaker = Caretaker(world)
    agreement = caretaker.agreement()
    pruned: list[bool] = []

    def fault(call: Call, proceed: Callable[[], Any]) -> Any:
        if not pruned and call.method == "create" and "/log/" in call.key:
            pruned.append(True)
            for replica in caretaker.replicas:
                Remover(replica, "app", len(agreement.history)).remove([digest("a")])
        return proceed()

    world.primary.fail(fault)
    world.registry().push("app", state("a"), tags=["latest"], version="meanwhile")
    world.heal()
    assert pruned
    for store in world.stores:
        assert StoreReplica(store).state("app", digest("a"))


def test_a_prune_that_dies_at_any_request_is_repeated_and_loses_nothing_that_is_needed() -> None:
    requests, alive = 0, False
    while not alive:
        world = filled(tagged="b")
        plug = Plug(requests)
        for store in world.stores:
            store.fail(plug, methods=("put", "delete", "create"))
        try:
            Caretaker(world).prune(1)
            alive = True
        except Killed:
            alive = False
        world.heal()
        assert Caretaker(world).problems() == ()
        assert {"b", "f"} <= set(states(world))
        Caretaker(world).prune(1)
        assert [states(world, number) for number in range(3)] == ["bf"] * 3
        requests += 1
    assert requests > 12


def test_a_copy_that_was_away_during_a_prune_is_told_by_sync() -> None:
    world = filled()
    world.backups[1].fail(refuse)
    Caretaker([StoreReplica(store) for store in world.stores[:2]]).prune(1)
    world.heal()
    Caretaker(world).sync()
    assert Caretaker(world).problems() == ()
    Caretaker(world).prune(1)
    assert states(world, 2) == "f"
