"""A world of stores in which every call can go wrong, and what a test needs to build one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from backstay.errors import AuthError, BackstayError, NetworkError, NotFoundError
from backstay.registry.copies import Budget
from backstay.registry.records import PlanRecord
from backstay.registry.replica import Replica
from backstay.registry.replicated import ReplicatedRegistry
from backstay.registry.store_replica import StoreReplica
from backstay.registry.trust import Trust
from backstay.schema.model import Column, Realm, Schema, Table
from backstay.schema.state import State
from backstay.storage.memory import MemoryStore
from backstay.storage.store import Object, Store

WRITES = ("put", "create", "replace", "delete")


class Killed(Exception):
    """The process ended here. Not one of our errors: nothing of ours may catch it."""


class Call(msgspec.Struct, frozen=True):
    """A call of a store: which method, for which key."""

    store: str
    method: str
    key: str


Fault = Callable[[Call, Callable[[], Any]], Any]
"""What happens instead of a call: gets the call itself, to make it or not."""


def refuse(call: Call, proceed: Callable[[], Any]) -> Any:
    raise NetworkError("connection refused")


def deny(call: Call, proceed: Callable[[], Any]) -> Any:
    raise AuthError("access is denied", hint="check the key")


def lose(call: Call, proceed: Callable[[], Any]) -> Any:
    """There is no such thing, or nothing at all."""
    if call.method == "list":
        return iter(())
    raise NotFoundError(f"no object {call.key}")


def lose_answer(call: Call, proceed: Callable[[], Any]) -> Any:
    """It is done, and nobody hears of it."""
    proceed()
    raise NetworkError("no answer in time")


def cut_short(call: Call, proceed: Callable[[], Any]) -> Any:
    return _altered(proceed(), lambda data: data[: len(data) // 2])


def flip_bit(call: Call, proceed: Callable[[], Any]) -> Any:
    return _altered(proceed(), lambda data: data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])


def web_page(call: Call, proceed: Callable[[], Any]) -> Any:
    return _altered(proceed(), lambda data: b"<html>Please log in</html>")


def _altered(found: Any, change: Callable[[bytes], bytes]) -> Any:
    return Object(change(found.data), found.etag) if isinstance(found, Object) else found


class Hang:
    """Says nothing, until the test is over."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def __call__(self, call: Call, proceed: Callable[[], Any]) -> Any:
        self.released.wait()
        raise NetworkError("hung")


class FaultyStore:
    """A store behind a fault, of all calls or of those whose method and key are named."""

    conditional: bool | None = True

    def __init__(self, store: Store) -> None:
        self.url = store.url
        self.real = store
        self.calls: list[Call] = []
        self.fault: Fault | None = None
        self.methods: Sequence[str] = ()
        self.part = ""
        self.hits = 0

    def fail(self, fault: Fault | None, *, methods: Sequence[str] = (), part: str = "") -> None:
        """From now on: this fault, for these methods (all), and keys with this part (all)."""
        self.fault, self.methods, self.part, self.hits = fault, methods, part, 0

    def get(self, key: str) -> Object:
        found: Object = self._call("get", key, lambda: self.real.get(key))
        return found

    def put(self, key: str, data: bytes) -> str:
        return str(self._call("put", key, lambda: self.real.put(key, data)))

    def create(self, key: str, data: bytes) -> str:
        return str(self._call("create", key, lambda: self.real.create(key, data)))

    def replace(self, key: str, data: bytes, etag: str) -> str:
        return str(self._call("replace", key, lambda: self.real.replace(key, data, etag)))

    def list(self, prefix: str) -> Iterator[str]:
        found: Iterator[str] = self._call("list", prefix, lambda: self.real.list(prefix))
        return found

    def delete(self, key: str) -> None:
        self._call("delete", key, lambda: self.real.delete(key))

    def _call(self, method: str, key: str, proceed: Callable[[], Any]) -> Any:
        call = Call(self.url, method, key)
        self.calls.append(call)
        if self.fault and (not self.methods or method in self.methods) and self.part in key:
            self.hits += 1
            return self.fault(call, proceed)
        return proceed()


class Forgetful:
    """A memory that lasts as long as the test."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], int] = {}

    def highest(self, registry: str, repo: str) -> int:
        return self.seen.get((registry, repo), 0)

    def remember(self, registry: str, repo: str, sequence: int) -> None:
        self.seen[registry, repo] = max(sequence, self.highest(registry, repo))


class World:
    """A primary and two backups in memory, and a clock that moves on by a minute when looked at."""

    def __init__(self, backups: int = 2) -> None:
        names = ["primary", *(f"backup{n}" for n in range(1, backups + 1))]
        self.stores = [FaultyStore(MemoryStore(f"mem://{name}")) for name in names]
        self.memory = Forgetful()
        self.notices: list[str] = []
        self._now = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)

    @property
    def primary(self) -> FaultyStore:
        return self.stores[0]

    @property
    def backups(self) -> list[FaultyStore]:
        return self.stores[1:]

    def registry(
        self, *, stores: Sequence[Store] = (), replicas: Sequence[Replica] = (), **settings: Any
    ) -> ReplicatedRegistry:
        """A fresh process with these stores (all), or with clients of them that are given."""
        trust = settings.get("trust", Trust())
        primary, *backups = replicas or [StoreReplica(store, trust) for store in stores or self.stores]
        defaults: dict[str, Any] = {
            "memory": self.memory,
            "clock": self.tick,
            "notify": self.notices.append,
            "budget": Budget(answer=5, grace=5, read=10, write=10),
        }
        return ReplicatedRegistry(primary, backups, **{**defaults, **settings})

    def tick(self) -> datetime:
        self._now += timedelta(minutes=1)
        return self._now

    def heal(self) -> None:
        for store in self.stores:
            store.fail(None)

    def contents(self) -> list[dict[str, bytes]]:
        """Everything in each store."""
        return [{key: store.real.get(key).data for key in store.real.list("")} for store in self.stores]


def state(name: str) -> State:
    """A small state; another name makes another one."""
    table = Table(name=name, columns=(Column(name="id", type="integer"),))
    realm = Realm(schemas=(Schema(name="main", tables=(table,)),))
    return State(hash=f"hash-of-{name}", dialect="sqlite", server_version="3.45", scoped=True, realm=realm)


def plan(name: str = "add-email", sql: str = "ALTER TABLE t ADD c int;", **changes: Any) -> PlanRecord:
    fields: dict[str, Any] = {
        "repo": "app",
        "name": name,
        "from_hash": "from+/=",
        "to_hash": "to+/=",
        "migration": sql,
        "status": "PENDING",
        "time": "2026-01-01T12:00:00Z",
    }
    return PlanRecord(**{**fields, **changes})


def error_of(action: Callable[[], Any]) -> BackstayError:
    """The error an action ends in."""
    try:
        action()
    except BackstayError as error:
        return error
    raise AssertionError("no error")
