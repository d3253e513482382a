"""Which copy a read is served from, in every state of the world: design's table, row by row."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from backstay.errors import (
    AuthError,
    BackstayError,
    CorruptError,
    ForkError,
    NetworkError,
    NotFoundError,
    StaleError,
)
from backstay.registry.copies import Budget
from tests.registry.simulator import (
    Fault,
    Hang,
    World,
    cut_short,
    deny,
    error_of,
    flip_bit,
    lose,
    plan,
    refuse,
    state,
    web_page,
)


class Case(msgspec.Struct, frozen=True):
    """Faults of the primary and of the two backups, and what a read then gives: a source or an error.

    `part` limits the faults to keys with it (`states/`).
    """

    primary: Fault | None = None
    first: Fault | None = None
    second: Fault | None = None
    part: str = ""
    source: str = ""
    error: type[BackstayError] | None = None
    told: tuple[str, ...] = ()


CASES = {
    "all well": Case(source="primary"),
    "primary refused": Case(refuse, source="backup1", told=("mem://primary: connection refused",)),
    "primary and first refused": Case(refuse, refuse, source="backup2", told=("primary", "backup1")),
    "all refused": Case(refuse, refuse, refuse, error=NetworkError),
    "backups refused": Case(None, refuse, refuse, source="primary", told=("backup1", "backup2")),
    "primary denies": Case(deny, error=AuthError),
    "primary denies the state only": Case(deny, part="states/", error=AuthError),
    "backup denies": Case(refuse, deny, source="backup2", told=("access is denied",)),
    "backup denies the state only": Case(refuse, deny, part="states/", source="backup2", told=("denied",)),
    "backups deny": Case(refuse, deny, deny, error=NetworkError),
    "primary has no such repository": Case(lose, error=NotFoundError),
    "primary is down, first has no such repository": Case(refuse, lose, source="backup2"),
    "state cut short": Case(cut_short, part="states/", source="backup1", told=("does not have its digest",)),
    "state altered": Case(flip_bit, part="states/", source="backup1", told=("does not have its digest",)),
    "state is a web page": Case(web_page, part="states/", source="backup1", told=("digest",)),
    "state is gone": Case(lose, part="states/", source="backup1", told=("is not there",)),
    "state refused": Case(refuse, part="states/", source="backup1", told=("connection refused",)),
    "entry cut short": Case(cut_short, part="log/0", source="backup1", told=("cut short or altered",)),
    "entry is a web page": Case(web_page, part="log/0", source="backup1", told=("cut short or altered",)),
    "entry listed but gone": Case(lose, part="log/0", source="backup1", told=("listed, but not there",)),
    "every state altered": Case(flip_bit, flip_bit, flip_bit, part="states/", error=CorruptError),
    "primary altered, backups refused": Case(flip_bit, refuse, refuse, part="states/", error=CorruptError),
}


@pytest.mark.parametrize("name", CASES)
def test_each_failure_has_its_answer(name: str, world: World) -> None:
    case = CASES[name]
    world.registry().push("app", state("a"), tags=["latest"])
    for store, fault in zip(world.stores, (case.primary, case.first, case.second), strict=True):
        store.fail(fault, part=case.part)
    if case.error:
        error = error_of(lambda: world.registry().read("app"))
        assert type(error) is case.error
        return
    found = world.registry().read("app")
    assert found.state == state("a")
    assert found.source == f"mem://{case.source}"
    assert all(any(words in notice for notice in found.notices) for words in case.told)
    assert bool(found.notices) == bool(case.primary or case.first or case.second)


def test_when_all_fail_each_one_is_named_and_the_primary_decides_the_kind(world: World) -> None:
    world.registry().push("app", state("a"))
    for store, fault in zip(world.stores, (refuse, deny, lose), strict=True):
        store.fail(fault)
    error = error_of(lambda: world.registry().read("app"))
    assert isinstance(error, NetworkError)
    assert "mem://primary: connection refused" in error.message
    assert "mem://backup1: access is denied" in error.message
    assert "mem://backup2: no such repository" in error.message


@pytest.mark.parametrize("which", [{"tag": "nope"}, {"version": "nope"}])
@pytest.mark.parametrize("fault", [None, refuse])
def test_an_unknown_tag_is_unknown_whoever_answers(
    world: World, which: dict[str, str], fault: Fault | None
) -> None:
    world.registry().push("app", state("a"))
    world.primary.fail(fault)
    with pytest.raises(NotFoundError, match="nope"):
        world.registry().read("app", **which)


@pytest.mark.parametrize("answers_anything", [True, False])
def test_a_primary_that_hangs_does_not_use_up_the_time_of_the_others(
    world: World, answers_anything: bool
) -> None:
    world.registry().push("app", state("a"))
    hang = Hang()
    world.primary.fail(hang, part="states/" if answers_anything else "")
    found = world.registry(budget=Budget(answer=0.1, grace=0.1, read=5)).read("app")
    hang.released.set()
    assert found.source == "mem://backup1"
    assert "no answer within" in found.notices[0]


def test_five_dead_backups_cost_the_grace_once(world: World) -> None:
    world = World(backups=5)
    world.registry().push("app", state("a"))
    hang = Hang()
    for store in world.backups:
        store.fail(hang)
    found = world.registry(budget=Budget(answer=3600, grace=0.05, read=3600)).read("app")
    hang.released.set()
    assert found.source == "mem://primary"
    assert len(found.notices) == 5


def push_without(world: World, away: list[int], name: str, **arguments: object) -> None:
    """A push while some of the stores are away, whatever this machine has seen."""
    for index in away:
        world.stores[index].fail(refuse)
    world.registry(allow_stale=True).push("app", state(name), **arguments)  # type: ignore[arg-type]
    world.heal()


def test_a_push_that_only_the_backups_took_is_what_the_next_read_gives(world: World) -> None:
    world.registry().push("app", state("a"), tags=["latest"])
    push_without(world, [0], "b", tags=["latest", "v2"])
    for which in ({}, {"tag": "latest"}, {"tag": "v2"}):
        found = world.registry().read("app", **which)
        assert (found.state, found.source) == (state("b"), "mem://backup1")
        assert "1 entry ahead of mem://primary" in found.notices[0]


def test_so_is_a_first_push_that_the_primary_never_saw(world: World) -> None:
    push_without(world, [0], "a", tags=["latest"])
    found = world.registry().read("app")
    assert (found.state, found.source) == (state("a"), "mem://backup1")


def test_but_a_repository_that_was_removed_from_the_primary_stays_removed(world: World) -> None:
    world.registry().push("app", state("a"))
    world.primary.real = type(world.primary.real)("mem://primary")  # type: ignore[call-arg]
    with pytest.raises(NotFoundError) as caught:
        world.registry().read("app")
    assert "mem://backup1 has it" in caught.value.hint


def test_a_tag_that_only_a_backup_moved_counts(world: World) -> None:
    world.registry().push("app", state("a"), tags=["latest"])
    push_without(world, [0], "a", tags=["production"])
    assert world.registry().read("app", tag="production").source == "mem://backup1"


def test_among_backups_the_newest_counts_when_the_primary_is_away(world: World) -> None:
    world.registry().push("app", state("a"))
    push_without(world, [0, 1], "b")
    world.primary.fail(refuse)
    found = world.registry().read("app")
    assert (found.state, found.source) == (state("b"), "mem://backup2")


def test_a_backup_that_is_behind_is_told_and_not_used(world: World) -> None:
    world.registry().push("app", state("a"))
    push_without(world, [1], "b")
    found = world.registry().read("app")
    assert (found.state, found.source) == (state("b"), "mem://primary")
    assert "mem://backup1 is 1 entry behind" in found.notices[0]


def forked(world: World, ours: list[int], theirs: list[int]) -> None:
    """Two groups of stores that each took a push the other did not see."""
    world.registry().push("app", state("a"), tags=["latest"])
    push_without(world, theirs, "ours", tags=["latest"])
    push_without(world, ours, "theirs", tags=["latest"])


def test_a_fork_is_told_and_the_primary_decides(world: World) -> None:
    forked(world, ours=[0, 1], theirs=[2])
    found = world.registry().read("app")
    assert (found.state, found.source) == (state("ours"), "mem://primary")
    assert any("mem://backup2 is forked" in notice for notice in found.notices)


def test_a_longer_fork_is_not_newer(world: World) -> None:
    forked(world, ours=[0, 1], theirs=[2])
    push_without(world, [0, 1], "theirs too")
    found = world.registry().read("app")
    assert found.state == state("ours")
    assert any("mem://backup2 is forked" in notice for notice in found.notices)


def test_forked_backups_without_the_primary_are_refused_with_both_digests(world: World) -> None:
    forked(world, ours=[0, 1], theirs=[2])
    world.primary.fail(refuse)
    error = error_of(lambda: world.registry().read("app"))
    assert isinstance(error, ForkError)
    assert error.message.count("digest ") == 2
    assert error.message.count("2026-01-01T") == 2


def test_an_ahead_history_with_a_broken_link_is_not_believed(world: World) -> None:
    world.registry().push("app", state("a"))
    for name in ("b", "c"):
        push_without(world, [0], name)
    for store in world.backups:
        store.fail(flip_bit, part="log/0000000002")
    found = world.registry().read("app")
    assert (found.state, found.source) == (state("a"), "mem://primary")
    assert sum("is forked" in notice for notice in found.notices) == 2


def test_an_older_answer_than_was_seen_is_an_error_that_says_how_old(world: World) -> None:
    world.registry().push("app", state("a"))
    push_without(world, [1, 2], "b")
    world.primary.fail(refuse)
    error = error_of(lambda: world.registry().read("app"))
    assert isinstance(error, StaleError)
    assert "2026-01-01T12:01:00Z: 1 entry older" in error.message
    assert "--allow-stale" in error.hint
    found = world.registry(allow_stale=True).read("app")
    assert found.state == state("a")
    assert any("older" in notice for notice in found.notices)


def test_a_primary_whose_newest_state_is_corrupt_is_not_outvoted_by_an_older_backup(world: World) -> None:
    world.registry().push("app", state("a"))
    push_without(world, [1, 2], "b")
    world.memory.seen.clear()
    world.primary.fail(flip_bit, part="states/")
    assert isinstance(error_of(lambda: world.registry().read("app")), StaleError)


def test_a_primary_that_went_back_is_served_with_a_notice(world: World) -> None:
    world.registry().push("app", state("a"))
    push_without(world, [0], "b")
    for store in world.backups:
        store.fail(refuse)
    found = world.registry().read("app")
    assert found.state == state("a")
    assert any("older than what this machine has already seen" in notice for notice in found.notices)


def _states(contents: dict[str, bytes]) -> dict[str, bytes]:
    return {key: data for key, data in contents.items() if "/states/" in key}


TAMPERED: dict[str, Callable[[dict[str, bytes]], dict[str, bytes]]] = {
    "a tag that points at a version without it": lambda all: {
        "app/tags/v1.json": all["app/tags/v2.json"],
    },
    "a tag that points nowhere": lambda all: {
        "app/tags/v1.json": b'{"name":"v1","sequence":9}',
    },
    "a tag that is a web page": lambda all: {"app/tags/v1.json": b"<html>"},
    "an entry in place of another": lambda all: {
        "app/log/0000000001.json": all["app/log/0000000002.json"],
    },
    "a state in place of another": lambda all: dict(
        zip(_states(all), reversed(_states(all).values()), strict=True)
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_tampered_with_is_found_out(name: str, world: World) -> None:
    for version in ("v1", "v2"):
        world.registry().push("app", state(version), tags=[version])
    for key, data in TAMPERED[name](world.contents()[0]).items():
        world.primary.real.put(key, data)
    found = world.registry().read("app", tag="v1")
    assert (found.state, found.source) == (state("v1"), "mem://backup1")
    assert found.notices[0].startswith("mem://primary: ")


def test_plans_are_read_from_all_copies(world: World) -> None:
    world.primary.fail(refuse)
    world.registry().create_plan(plan())
    world.heal()
    assert world.registry().plans("app") == (plan(),)


@pytest.mark.parametrize(
    ("fault", "error"),
    [(refuse, None), (flip_bit, None), (deny, AuthError)],
    ids=["refused", "altered", "denied"],
)
def test_plans_fall_back_like_versions(world: World, fault: Fault, error: type[BackstayError] | None) -> None:
    world.registry().create_plan(plan())
    world.primary.fail(fault)
    if error:
        with pytest.raises(error):
            world.registry().plan("app", "add-email")
        return
    assert world.registry().plan("app", "add-email") == plan()
    assert world.notices[0].startswith("mem://primary: ")


def test_plans_without_any_copy_are_an_error_not_an_empty_list(world: World) -> None:
    for store in world.stores:
        store.fail(refuse)
    with pytest.raises(NetworkError):
        world.registry().plans("app")
