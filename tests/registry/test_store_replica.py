"""The small steps of one copy, where the order of things is not what it should be."""

from __future__ import annotations

import pytest

from backstay.errors import ConflictError, NotFoundError
from backstay.registry import chain
from backstay.registry.records import VersionRecord
from backstay.registry.store_replica import StoreReplica
from backstay.storage.memory import MemoryStore
from tests.registry.simulator import Call, World, state


def entry(sequence: int, previous: chain.Entry | None, *tags: str) -> chain.Entry:
    return chain.seal(
        VersionRecord(
            repo="app",
            sequence=sequence,
            version=f"v{sequence}",
            state="0" * 64,
            parent=previous.digest if previous else "",
            time="2026-01-01T00:00:00Z",
            tags=tags,
        )
    )


FIRST = entry(1, None, "latest")
SECOND = entry(2, FIRST, "latest")


def test_a_late_writer_does_not_move_a_tag_back() -> None:
    replica = StoreReplica(MemoryStore())
    for each in (FIRST, SECOND):
        replica.append("app", each)
    replica.index("app", FIRST)
    assert replica.tagged("app", "latest") == SECOND


def test_a_pointer_that_cannot_be_read_is_made_anew() -> None:
    store = MemoryStore()
    replica = StoreReplica(store)
    replica.append("app", FIRST)
    store.put("app/tags/latest.json", b"<html>")
    replica.append("app", SECOND)
    assert replica.tagged("app", "latest") == SECOND


def test_appending_the_same_entry_again_is_idempotent() -> None:
    store = MemoryStore()
    replica = StoreReplica(store)
    replica.append("app", FIRST)
    before = {key: store.get(key) for key in store.list("")}
    replica.append("app", FIRST)
    assert {key: store.get(key) for key in store.list("")} == before


def test_a_sequence_that_is_taken_is_a_conflict() -> None:
    replica = StoreReplica(MemoryStore())
    replica.append("app", FIRST)
    with pytest.raises(ConflictError):
        replica.append("app", entry(1, None, "other"))
    with pytest.raises(NotFoundError):
        replica.tagged("app", "other")


def test_a_pointer_that_others_keep_changing_is_a_conflict_in_the_end() -> None:
    world = World(backups=0)

    def always_late(call: Call, proceed: object) -> str:
        raise ConflictError("somebody was faster")

    world.primary.fail(always_late, methods=("create",), part="tags/")
    with pytest.raises(ConflictError, match="changes all the time"):
        StoreReplica(world.primary).append("app", FIRST)


def hide_newest(call: Call, proceed: object) -> object:
    """A listing that does not show the newest entry yet."""
    return iter(list(proceed())[:-1])  # type: ignore[operator]


def test_a_listing_that_is_behind_is_put_right_by_the_write(world: World) -> None:
    for name in ("a", "b"):
        world.registry().push("app", state(name))
    world.stores[1].fail(hide_newest, methods=("list",), part="/log/")
    pushed = world.registry().push("app", state("c"))
    assert [target.error for target in pushed.targets] == ["", "", ""]
    contents = world.contents()
    assert contents[0] == contents[1] == contents[2]


def test_a_fork_behind_such_a_listing_is_still_a_fork(world: World) -> None:
    world.registry().push("app", state("a"))
    foreign = entry(2, StoreReplica(world.primary).head("app"))
    StoreReplica(world.stores[1]).append("app", foreign)
    world.stores[1].fail(hide_newest, methods=("list",), part="/log/")
    world.registry(stores=[world.stores[0], world.stores[2]]).push("app", state("b"))
    pushed = world.registry().push("app", state("c"))
    assert "forked" in pushed.targets[1].error
    assert world.stores[1].real.get("app/log/0000000002.json").data == foreign.data
