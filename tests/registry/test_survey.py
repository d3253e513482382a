"""Everything that can be wrong with a copy, or between copies, and what verify calls it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backstay.registry import chain
from backstay.registry.inventory import repositories, take
from backstay.registry.records import Approval, VersionRecord
from backstay.registry.signing_keys import Signer
from backstay.registry.store_replica import StoreReplica
from backstay.registry.trust import Trust
from backstay.storage.memory import MemoryStore
from tests.registry.caretaker import Caretaker
from tests.registry.simulator import World, deny, plan, refuse, state
from tests.registry.test_reads import forked, push_without
from tests.servers.registry import registry_server


def filled() -> World:
    """Three versions on three copies, and a plan."""
    world = World()
    for name in "abc":
        world.registry().push("app", state(name), tags=["latest", name], version=f"version-{name}")
    world.registry().create_plan(plan())
    return world


Damage = Callable[[dict[str, bytes]], dict[str, bytes | None]]


def key_of(contents: dict[str, bytes], part: str, number: int = 0) -> str:
    return [key for key in sorted(contents) if part in key][number]


def entry(number: int) -> str:
    return f"app/log/{number:010d}.json"


DAMAGES: dict[str, tuple[Damage, set[tuple[str, str]]]] = {
    "an entry that is cut short": (lambda all: {entry(2): all[entry(2)][:40]}, {("corrupt", entry(2))}),
    "an entry that is a web page": (lambda all: {entry(2): b"<html>"}, {("corrupt", entry(2))}),
    "an entry that was altered": (
        lambda all: {entry(2): all[entry(2)].replace(b"version-b", b"version-B")},
        {("corrupt", entry(2)), ("corrupt", "app/versions/version-b.json")},
    ),
    "an entry of another repository": (
        lambda all: {entry(2): all[entry(2)].replace(b'"app"', b'"web"')},
        {("corrupt", entry(2))},
    ),
    "an entry in place of another": (lambda all: {entry(2): all[entry(1)]}, {("corrupt", entry(2))}),
    "an entry that is gone": (lambda all: {entry(2): None}, {("missing", entry(2))}),
    "the newest entry that is gone": (lambda all: {entry(3): None}, {("behind", "")}),
    "a state that is gone": (
        lambda all: {key_of(all, "/states/"): None},
        {("missing", "/states/")},
    ),
    "a state with a bit flipped": (
        lambda all: {key_of(all, "/states/"): all[key_of(all, "/states/")][:-1] + b"]"},
        {("corrupt", "/states/")},
    ),
    "a state in place of another": (
        lambda all: {key_of(all, "/states/"): all[key_of(all, "/states/", 1)]},
        {("corrupt", "/states/")},
    ),
    "a tag that points back": (
        lambda all: {"app/tags/latest.json": b'{"name":"latest","sequence":1}'},
        {("pointer", "app/tags/latest.json")},
    ),
    "a tag that points at nothing": (
        lambda all: {"app/tags/latest.json": b'{"name":"latest","sequence":9}'},
        {("corrupt", "app/tags/latest.json")},
    ),
    "a tag that is gone": (
        lambda all: {"app/tags/latest.json": None},
        {("pointer", "app/tags/latest.json")},
    ),
    "a tag that is no JSON": (
        lambda all: {"app/tags/latest.json": b"{"},
        {("corrupt", "app/tags/latest.json")},
    ),
    "a version that is gone": (
        lambda all: {"app/versions/version-a.json": None},
        {("pointer", "app/versions/version-a.json")},
    ),
    "a plan that is gone": (lambda all: {key_of(all, "/plans/"): None}, {("behind", "/plans/")}),
    "a plan that is cut short": (
        lambda all: {key_of(all, "/plans/"): all[key_of(all, "/plans/")][:9]},
        {("corrupt", "/plans/")},
    ),
    "a plan with other statements": (
        lambda all: {key_of(all, "/plans/"): all[key_of(all, "/plans/")].replace(b"ALTER", b"DROP!")},
        {("conflict", "/plans/")},
    ),
    "an object that is not ours": (
        lambda all: {"app/notes.txt": b"hello"},
        {("stray", "app/notes.txt")},
    ),
}


def inflict(world: World, number: int, damage: Damage) -> None:
    store = world.stores[number].real
    for key, data in damage(world.contents()[number]).items():
        _ = store.delete(key) if data is None else store.put(key, data)


def test_a_registry_that_is_right_has_no_problems() -> None:
    assert Caretaker(filled()).problems() == ()


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("name", DAMAGES)
def test_each_damage_is_found_where_it_is_and_called_by_its_name(name: str, number: int) -> None:
    damage, expected = DAMAGES[name]
    world = filled()
    inflict(world, number, damage)
    found = Caretaker(world).problems()
    for kind, part in expected:
        assert any(p.kind == kind and part.removeprefix("app/") in f"/{p.object}" for p in found), found
    culprits = {problem.url for problem in found}
    assert culprits == {world.stores[number].url} or name == "a plan with other statements"


def test_a_copy_that_cannot_be_read_is_one_problem() -> None:
    for fault in (refuse, deny):
        world = filled()
        world.backups[0].fail(fault)
        found = Caretaker(world).problems()
        assert [(p.kind, p.url) for p in found] == [("unreachable", "mem://backup1")]


def test_a_copy_that_fails_in_the_middle_is_not_half_believed() -> None:
    world = filled()
    world.backups[0].fail(refuse, methods=("get",), part="states/")
    assert [p.kind for p in Caretaker(world).problems()] == ["unreachable"]


def test_a_lagging_copy_is_behind() -> None:
    world = filled()
    push_without(world, [0], "d")
    world.primary.fail(refuse)
    world.registry().approve_plan("app", "add-email", Approval(time="2026-01-02T00:00:00Z"))
    world.heal()
    found = Caretaker(world).problems()
    assert {(p.kind, p.url) for p in found} == {("behind", "mem://primary")}
    assert len(found) == 2


def test_a_fork_is_told_with_both_heads() -> None:
    world = World()
    forked(world, ours=[0, 1], theirs=[2])
    (problem,) = [p for p in Caretaker(world).problems() if p.kind == "forked"]
    heads = [StoreReplica(store).head("app") for store in (world.stores[0], world.stores[2])]
    assert problem.url == "mem://backup2"
    for head in heads:
        assert head
        assert head.digest[:12] in problem.text
        assert head.record.time in problem.text


def test_an_unsigned_entry_is_untrusted_where_keys_are_trusted() -> None:
    ours = Signer(bytes(32))
    trust = Trust((ours.public,))
    world = World()
    world.registry(trust=trust, signer=ours).push("app", state("a"), tags=["latest"])
    assert Caretaker(world, trust).problems() == ()
    world.registry().push("app", state("b"))
    assert {(p.kind, p.object) for p in Caretaker(world, trust).problems()} == {
        ("untrusted", "log/0000000002.json")
    }
    assert Caretaker(world).problems() == ()


def test_a_signed_line_decides_before_one_that_is_not() -> None:
    ours = Signer(bytes(32))
    trust = Trust((ours.public,))
    world = World()
    world.registry(stores=world.stores[:1]).push("app", state("forged"))
    world.registry(stores=world.stores[1:], trust=trust, signer=ours).push("app", state("a"))
    agreement = Caretaker(world, trust).agreement()
    assert agreement.history[0].record.state == chain.digest(world.backups[0].get(key(world)).data)
    assert [standing.forked for standing in agreement.standings] == [True, False, False]


def key(world: World) -> str:
    (found,) = world.backups[0].real.list("app/states/")
    return found


def test_a_server_is_verified_like_a_store() -> None:
    store = MemoryStore()
    with registry_server(store) as server:
        replica = server.replica()
        registry = World().registry(stores=[store])
        for name in "abc":
            registry.push("app", state(name), tags=["latest"])
        registry.create_plan(plan())
        caretaker = Caretaker([replica, StoreReplica(store)])
        assert caretaker.problems() == ()
        store.put(entry(2), b"{")
        assert {(p.kind, p.object) for p in caretaker.problems()} >= {("corrupt", "log/0000000002.json")}


LIES = {
    "out of order": lambda keys: [*reversed(keys)],
    "twice": lambda keys: [*keys, *keys],
    "folders": lambda keys: [*keys, "app/", "app/log/", "app/states/"],
}


@pytest.mark.parametrize("name", LIES)
def test_a_listing_may_come_in_any_order_twice_and_with_folders(name: str) -> None:
    keys = list(filled().contents()[0])
    assert take("app", LIES[name](keys)) == take("app", keys)
    assert repositories(LIES[name](keys)) == ("app",)


def test_repositories_are_found_by_their_objects() -> None:
    keys = ["app/log/0000000001.json", "=2ehidden/plans/a/b/c.json", ".backstay/probe", "tokens/x.json"]
    assert repositories(keys) == (".hidden", "app")


def test_the_newest_entry_of_a_long_log_is_found_without_reading_all_of_it() -> None:
    class Counting(MemoryStore):
        read = 0

        def list(self, prefix: str):  # type: ignore[no-untyped-def]
            for key in super().list(prefix):
                self.read += 1
                yield key

    for length in (1, 999, 1000, 1001, 2000, 30_777):
        store = Counting()
        for sequence in range(1, length):
            store.put(f"app/log/{sequence:010d}.json", b"")
        store.put(f"app/log/{length:010d}.json", record(length))
        head = StoreReplica(store).head("app")
        assert head is not None
        assert head.sequence == length
        assert store.read <= 1000 + 1000 + 30


def record(sequence: int) -> bytes:
    return chain.seal(
        VersionRecord(
            repo="app", sequence=sequence, version="v", state="", parent="", time="2026-01-01T00:00:00Z"
        )
    ).data
