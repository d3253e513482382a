"""Several pushes at once: one line of history, the same on every copy."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backstay.registry import chain, layout
from backstay.registry.records import Approval
from backstay.registry.replicated import ReplicatedRegistry
from backstay.registry.store_replica import StoreReplica
from backstay.storage.memory import MemoryStore
from backstay.storage.open import open_store
from backstay.storage.store import Store
from tests.registry.simulator import World, plan, refuse, state
from tests.servers.s3 import S3Server

pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.fixture(params=["memory", "file", "moto"])
def stores(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], list[Store]]:
    """Opens the same primary and backup as another process would."""
    if request.param == "memory":
        shared: list[Store] = [MemoryStore("mem://primary"), MemoryStore("mem://backup")]
        return lambda: shared
    if request.param == "file":
        return lambda: [open_store(f"file://{tmp_path}/{name}") for name in ("primary", "backup")]
    server: S3Server = request.getfixturevalue("moto")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    prefix = uuid.uuid4().hex
    opened: list[Store] = [open_store(server.url("bucket", f"{prefix}/{n}")) for n in ("primary", "backup")]
    return lambda: opened


def history(store: Store) -> list[chain.Entry]:
    keys = list(store.list(layout.log("app")))
    return [
        chain.open_entry(store.get(key).data, "app", sequence, store.url)
        for sequence, key in enumerate(keys, 1)
    ]


def check_one_line(stores: Sequence[Store], pushes: int) -> None:
    primary, backup = (history(store) for store in stores)
    assert primary == backup
    assert len(primary) == pushes
    assert all(map(chain.follows, primary, [None, *primary[:-1]]))
    assert len({entry.record.version for entry in primary}) == pushes


def test_pushes_of_different_content_make_one_line(stores: Callable[[], list[Store]], world: World) -> None:
    workers, each = 4, 2
    begin = threading.Barrier(workers)

    def push(worker: int) -> None:
        primary, backup = (StoreReplica(store) for store in stores())
        registry = ReplicatedRegistry(primary, [backup], memory=world.memory)
        begin.wait()
        for number in range(each):
            pushed = registry.push("app", state(f"t{worker}{number}"), tags=["latest", f"v{worker}{number}"])
            assert [target.error for target in pushed.targets] == ["", ""]

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(push, range(workers)))
    check_one_line(stores(), workers * each)
    for store in stores():
        registry = ReplicatedRegistry(StoreReplica(store), memory=world.memory)
        newest = history(store)[-1]
        assert registry.read("app", tag="latest").version == newest.record
        for worker in range(workers):
            assert registry.read("app", tag=f"v{worker}1").state == state(f"t{worker}1")


def test_pushes_of_the_same_content_make_one_version(stores: Callable[[], list[Store]], world: World) -> None:
    begin = threading.Barrier(3)

    def push(worker: int) -> bool:
        primary, backup = (StoreReplica(store) for store in stores())
        registry = ReplicatedRegistry(primary, [backup], memory=world.memory)
        begin.wait()
        return registry.push("app", state("same"), tags=["latest"], version="one").created

    with ThreadPoolExecutor(3) as pool:
        created = list(pool.map(push, range(3)))
    assert any(created)
    primary, backup = (history(store) for store in stores())
    assert primary == backup
    assert {entry.record.version for entry in primary} == {"one"}


def test_approvals_at_once_are_all_kept_or_the_first_one_is(
    stores: Callable[[], list[Store]], world: World
) -> None:
    def registry() -> ReplicatedRegistry:
        primary, backup = (StoreReplica(store) for store in stores())
        return ReplicatedRegistry(primary, [backup], memory=world.memory)

    registry().create_plan(plan())
    begin = threading.Barrier(3)

    def approve(worker: int) -> None:
        begin.wait()
        registry().approve_plan("app", "add-email", Approval(time=f"2026-01-0{worker + 1}T00:00:00Z"))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(approve, range(3)))
    copies = [
        ReplicatedRegistry(StoreReplica(store), memory=world.memory).plan("app", "add-email")
        for store in stores()
    ]
    assert copies[0] == copies[1]
    assert copies[0].status == "APPROVED"
    assert 1 <= len(copies[0].approvals) <= 3


@pytest.mark.parametrize("method", ["put", "list", "create"])
def test_no_backup_leads_because_of_one_lost_connection_to_the_primary(method: str, world: World) -> None:
    """What others push to the primary meanwhile would be another history than the one on the backup."""
    world.registry().push("app", state("a"), tags=["latest"])
    lost = iter([refuse])
    world.primary.fail(lambda call, go: next(lost, lambda *_: go())(call, go), methods=(method,))
    pushed = world.registry().push("app", state("b"), tags=["latest"])
    assert world.primary.hits > 1
    assert [target.error for target in pushed.targets] == ["", "", ""]
