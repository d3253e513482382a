"""What a write leaves on each copy, in every state of the world, and how copies come together again."""

from __future__ import annotations

import msgspec
import pytest

from backstay.errors import (
    AuthError,
    BackstayError,
    ConfigError,
    ConflictError,
    CorruptError,
    NetworkError,
    NotFoundError,
    StaleError,
)
from backstay.registry.records import Approval
from backstay.storage.memory import MemoryStore
from tests.registry.simulator import (
    WRITES,
    Fault,
    World,
    cut_short,
    deny,
    error_of,
    flip_bit,
    lose_answer,
    plan,
    refuse,
    state,
)
from tests.registry.test_reads import forked, push_without


def in_step(world: World) -> bool:
    """Do all copies have the same objects?"""
    contents = world.contents()
    return all(content == contents[0] for content in contents)


class Case(msgspec.Struct, frozen=True):
    """Faults of the primary and of the two backups during a push; which of them took it."""

    faults: tuple[Fault | None, Fault | None, Fault | None]
    took: tuple[bool, bool, bool]
    methods: tuple[str, ...] = ()
    part: str = ""


CASES = {
    "all well": Case((None, None, None), (True, True, True)),
    "primary refused": Case((refuse, None, None), (False, True, True)),
    "one backup refused": Case((None, refuse, None), (True, False, True)),
    "all backups refused": Case((None, refuse, refuse), (True, False, False)),
    "only the last is there": Case((refuse, refuse, None), (False, False, True)),
    "primary denies": Case((deny, None, None), (False, True, True)),
    "backup denies": Case((None, deny, None), (True, False, True)),
    "primary reads but does not write": Case((deny, None, None), (False, True, True), methods=WRITES),
    "backup takes the state but not the entry": Case((None, refuse, None), (True, False, True), part="log/"),
    "backup takes the entry but not the tag": Case((None, refuse, None), (True, False, True), part="tags/"),
    "primary takes the state but not the entry": Case(
        (refuse, None, None), (False, True, True), methods=("create",), part="log/"
    ),
    "primary's newest entry is cut short": Case((cut_short, None, None), (False, True, True), part="log/0"),
    "backup's newest entry is cut short": Case((None, None, cut_short), (True, True, False), part="log/0"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_push_lists_who_took_it_and_the_next_one_brings_all_in_step(name: str, world: World) -> None:
    case = CASES[name]
    world.registry().push("app", state("a"), tags=["latest"])
    for store, fault in zip(world.stores, case.faults, strict=True):
        store.fail(fault, methods=case.methods, part=case.part)
    pushed = world.registry().push("app", state("b"), tags=["latest", "v2"])
    assert tuple(not target.error for target in pushed.targets) == case.took
    assert [target.primary for target in pushed.targets] == [True, False, False]
    world.heal()
    assert world.registry().read("app", tag="v2").state == state("b")
    after = world.registry().push("app", state("c"), tags=["latest"])
    assert [target.error for target in after.targets] == ["", "", ""]
    assert in_step(world)
    assert world.registry().read("app").state == state("c")


@pytest.mark.parametrize(("fault", "error"), [(refuse, NetworkError), (deny, AuthError)])
def test_a_push_that_nobody_took_is_an_error_that_lists_all(
    world: World, fault: Fault, error: type[BackstayError]
) -> None:
    world.primary.fail(fault)
    for store in world.backups:
        store.fail(refuse)
    with pytest.raises(error) as caught:
        world.registry().push("app", state("a"))
    for store in world.stores:
        assert store.url in caught.value.message
    assert all(content == {} for content in world.contents())


def test_the_order_on_the_wire_is_content_then_history_then_names(world: World) -> None:
    world.registry().push("app", state("a"), tags=["latest"])
    for store in world.stores:
        written = [call.key.split("/")[1] for call in store.calls if call.method in WRITES]
        assert written == ["states", "log", "versions", "tags"]


def test_the_first_copy_decides_and_the_others_follow(world: World) -> None:
    world.registry().push("app", state("a"))
    seen_at_primary: list[list[str]] = []

    def watch(call: object, proceed: object) -> object:
        seen_at_primary.append(list(world.primary.real.list("app/log/")))
        return proceed()  # type: ignore[operator]

    for store in world.backups:
        store.fail(watch, methods=("create",), part="log/")
    world.registry().push("app", state("b"))
    assert len(seen_at_primary) == 2
    assert all("app/log/0000000002.json" in keys for keys in seen_at_primary)


def test_an_entry_says_who_missed_it(world: World) -> None:
    push_without(world, [0, 2], "a")
    record = world.registry().read("app").version
    assert record.missed == ("mem://primary", "mem://backup2")


def test_a_lagging_copy_is_caught_up_and_says_so(world: World) -> None:
    world.registry().push("app", state("a"), tags=["v1"])
    push_without(world, [0], "b", tags=["v2"])
    push_without(world, [0, 1], "c", tags=["v3"])
    push_without(world, [0, 1], "c", tags=["v3b"])
    pushed = world.registry().push("app", state("d"))
    assert [target.notice for target in pushed.targets] == ["caught up 3 entries", "caught up 2 entries", ""]
    assert in_step(world)
    assert world.registry().read("app", tag="v3b").state == state("c")


def test_a_new_backup_gets_the_whole_history(world: World) -> None:
    for name in "abc":
        world.registry(stores=world.stores[:2]).push("app", state(name), tags=[name])
    world.registry(stores=world.stores[:2]).create_plan(plan())
    world.registry().push("app", state("d"))
    assert in_step(world)


def test_a_repository_lost_by_the_primary_comes_back_with_the_next_push(world: World) -> None:
    world.registry().push("app", state("a"), tags=["v1"])
    world.primary.real = MemoryStore("mem://primary")
    world.registry().push("app", state("b"))
    assert in_step(world)
    assert world.registry().read("app", tag="v1").source == "mem://primary"


def test_a_repeated_push_also_catches_up(world: World) -> None:
    push_without(world, [1], "a", tags=["latest"])
    assert not world.registry().push("app", state("a"), tags=["latest"]).created
    assert in_step(world)


def test_a_repeated_push_mends_a_damaged_state(world: World) -> None:
    world.registry().push("app", state("a"))
    (key,) = world.primary.real.list("app/states/")
    world.primary.real.put(key, b"damaged")
    world.registry().push("app", state("a"))
    assert in_step(world)
    assert world.registry().read("app").notices == ()


def test_a_damaged_state_is_copied_from_whoever_has_it_whole(world: World) -> None:
    world.registry().push("app", state("a"))
    push_without(world, [2], "b")
    world.primary.fail(flip_bit, methods=("get",), part="states/")
    pushed = world.registry().push("app", state("c"))
    assert [target.error for target in pushed.targets] == ["", "", ""]
    world.heal()
    assert in_step(world)


def test_a_damaged_state_is_never_passed_on(world: World) -> None:
    world.registry().push("app", state("a"))
    push_without(world, [2], "b")
    for store in world.stores[:2]:
        store.fail(flip_bit, methods=("get",), part="states/")
    pushed = world.registry().push("app", state("c"))
    assert "does not have its digest" in pushed.targets[2].error
    assert len(list(world.stores[2].real.list("app/log/"))) == 1


def test_a_forked_copy_is_reported_and_not_touched(world: World) -> None:
    forked(world, ours=[0, 1], theirs=[2])
    before = world.contents()[2]
    pushed = world.registry().push("app", state("c"), tags=["latest"])
    assert [bool(target.error) for target in pushed.targets] == [False, False, True]
    assert "forked" in pushed.targets[2].error
    after = world.contents()[2]
    assert {key: data for key, data in after.items() if "/states/" not in key} == {
        key: data for key, data in before.items() if "/states/" not in key
    }


def test_a_longer_fork_does_not_take_over(world: World) -> None:
    forked(world, ours=[0, 1], theirs=[2])
    push_without(world, [0, 1], "theirs too")
    pushed = world.registry().push("app", state("c"), tags=["latest"])
    assert [bool(target.error) for target in pushed.targets] == [False, False, True]
    assert world.registry().read("app").state == state("c")


@pytest.mark.parametrize(
    ("part", "missed"), [("states/", True), ("log/", True), ("versions/", False), ("tags/", False)]
)
def test_an_answer_that_got_lost_does_no_harm(world: World, part: str, missed: bool) -> None:
    """A second look finds that a name leads where it should; what is written again loses its answer again."""
    world.registry().push("app", state("a"), tags=["latest"])
    world.primary.fail(lose_answer, methods=WRITES, part=part)
    pushed = world.registry().push("app", state("b"), tags=["latest"])
    assert world.primary.hits
    assert [bool(target.error) for target in pushed.targets] == [missed, False, False]
    world.heal()
    assert world.registry().read("app", tag="latest").state == state("b")
    world.registry().push("app", state("b"), tags=["latest"])
    assert in_step(world)


class Careless(MemoryStore):
    """Ignores conditions in silence."""

    conditional: bool | None = None

    def create(self, key: str, data: bytes) -> str:
        return self.put(key, data)

    def replace(self, key: str, data: bytes, etag: str) -> str:
        return self.put(key, data)


def test_a_primary_that_ignores_conditions_is_refused(world: World) -> None:
    careless = Careless("mem://careless")
    error = error_of(lambda: world.registry(stores=[careless, world.primary]).push("app", state("a")))
    assert isinstance(error, ConfigError)
    assert "?conditional=off" in error.hint
    assert not any(key.startswith("app/") for key in careless.list(""))


def test_a_backup_that_ignores_conditions_is_used_with_a_notice(world: World) -> None:
    careless = Careless("mem://careless")
    registry = world.registry(stores=[world.primary, careless])
    pushed = registry.push("app", state("a"), tags=["latest"])
    assert pushed.targets[1].error == ""
    assert "ignores conditional writes" in pushed.targets[1].notice
    world.primary.fail(refuse)
    assert registry.read("app").source == "mem://careless"
    assert registry.push("app", state("b"), tags=["latest"]).targets[1].error == ""


def test_a_plan_is_written_to_all_copies(world: World) -> None:
    written = world.registry().create_plan(plan())
    assert [(target.url, target.error) for target in written.targets] == [
        ("mem://primary", ""),
        ("mem://backup1", ""),
        ("mem://backup2", ""),
    ]
    assert in_step(world)


def test_steps_of_a_plan_that_a_copy_missed_are_not_undone(world: World) -> None:
    world.registry().create_plan(plan())
    approval = Approval(time="2026-01-02T00:00:00Z")
    world.primary.fail(refuse)
    world.registry().approve_plan("app", "add-email", approval)
    world.heal()
    assert world.registry().plan("app", "add-email").status == "APPROVED"
    world.backups[0].fail(refuse)
    world.registry().delete_plan("app", "add-email")
    world.heal()
    assert world.registry().plans("app") == ()
    world.primary.fail(refuse)
    world.backups[1].fail(refuse)
    assert [found.status for found in world.registry().plans("app")] == ["APPROVED"], "all that it knows"


def test_a_removed_plan_does_not_come_back_from_a_copy_that_missed_it(world: World) -> None:
    world.registry().create_plan(plan())
    world.backups[0].fail(refuse)
    world.registry().delete_plan("app", "add-email")
    world.heal()
    world.registry().push("app", state("a"))
    assert world.registry().plans("app") == ()
    world.registry().create_plan(plan(sql="SELECT 2"))
    assert world.registry().plans("app") == (plan(sql="SELECT 2"),)
    assert in_step(world)


def test_a_push_brings_plans_that_were_missed(world: World) -> None:
    world.primary.fail(refuse)
    world.registry().create_plan(plan())
    world.heal()
    world.registry().push("app", state("a"))
    assert in_step(world)
    assert list(world.primary.real.list("app/plans/"))


def test_two_plans_of_one_name_made_apart_are_told(world: World) -> None:
    world.primary.fail(refuse)
    world.registry().create_plan(plan(sql="SELECT 1"))
    world.heal()
    for store in world.backups:
        store.fail(refuse)
    world.registry().create_plan(plan(sql="SELECT 2"))
    world.heal()
    assert world.registry().plans("app") == (plan(sql="SELECT 2"),)
    assert any("two different plans" in notice for notice in world.notices)
    with pytest.raises(ConflictError):
        world.registry().create_plan(plan(sql="SELECT 3"))


def test_a_plan_can_only_be_approved_where_it_is(world: World) -> None:
    world.registry().create_plan(plan())
    world.backups[0].fail(cut_short, part="plans/from")
    written = world.registry().approve_plan("app", "add-email", Approval(time="2026-01-02T00:00:00Z"))
    assert [bool(target.error) for target in written.targets] == [False, True, False]
    with pytest.raises(NotFoundError):
        world.registry().approve_plan("app", "other", Approval(time="2026-01-02T00:00:00Z"))


def test_a_plan_that_no_copy_can_read_is_corrupt(world: World) -> None:
    world.registry().create_plan(plan())
    for store in world.stores:
        store.fail(cut_short, part="plans/from")
    with pytest.raises(CorruptError):
        world.registry().approve_plan("app", "add-email", Approval(time="2026-01-02T00:00:00Z"))


def test_without_the_primary_nothing_is_pushed_onto_a_history_known_to_be_incomplete(world: World) -> None:
    world.registry().push("app", state("a"))
    push_without(world, [1, 2], "b")
    world.primary.fail(refuse)
    before = [content.keys() for content in world.contents()]
    error = error_of(lambda: world.registry().push("app", state("c")))
    assert isinstance(error, StaleError)
    assert "would fork the history" in error.message
    logs = [[key for key in content if "/log/" in key] for content in world.contents()]
    assert logs == [[key for key in keys if "/log/" in key] for keys in before]
    world.heal()
    world.registry().push("app", state("c"))
    assert in_step(world)


def test_an_incomplete_history_can_be_built_on_where_that_is_accepted(world: World) -> None:
    world.registry().push("app", state("a"))
    push_without(world, [1, 2], "b")
    world.primary.fail(refuse)
    pushed = world.registry(allow_stale=True).push("app", state("c"))
    assert [bool(target.error) for target in pushed.targets] == [True, False, False]
