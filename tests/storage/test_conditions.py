"""The probe tells a store that keeps conditions from one that ignores them."""

from __future__ import annotations

import pytest

from backstay.errors import ConflictError
from backstay.storage.conditions import PROBE, CheckedWrites, supports_conditions
from backstay.storage.memory import MemoryStore
from backstay.storage.store import Store
from tests.servers.stores import IGNORING_CONDITIONS, STORES


class Careless(MemoryStore):
    """Ignores conditions in silence."""

    conditional: bool | None = None

    def create(self, key: str, data: bytes) -> str:
        return self.put(key, data)

    def replace(self, key: str, data: bytes, etag: str) -> str:
        return self.put(key, data)


class CarelessReplace(MemoryStore):
    """Keeps the one condition, ignores the other."""

    conditional: bool | None = None

    def replace(self, key: str, data: bytes, etag: str) -> str:
        return self.put(key, data)


@pytest.mark.parametrize("store", STORES, indirect=True)
def test_every_store_is_known_for_what_it_is(request: pytest.FixtureRequest, store: Store) -> None:
    assert supports_conditions(store) is (request.node.callspec.params["store"] not in IGNORING_CONDITIONS)


@pytest.mark.parametrize("kind", [Careless, CarelessReplace])
def test_one_ignored_condition_is_enough(kind: type[MemoryStore]) -> None:
    store = kind()
    assert not supports_conditions(store)
    assert not supports_conditions(store)


def test_the_probe_leaves_one_object_outside_of_any_repository() -> None:
    store = Careless()
    supports_conditions(store)
    assert list(store.list("")) == [PROBE]
    assert PROBE.startswith(".")


def test_where_the_answer_is_known_nothing_is_written() -> None:
    store = MemoryStore()
    assert supports_conditions(store)
    assert list(store.list("")) == []


def test_checked_writes_refuse_what_the_store_would_not() -> None:
    store = CheckedWrites(Careless())
    etag = store.create("key", b"1")
    with pytest.raises(ConflictError):
        store.create("key", b"2")
    with pytest.raises(ConflictError):
        store.replace("key", b"2", "another etag")
    store.replace("key", b"2", etag)
    assert store.get("key").data == b"2"
