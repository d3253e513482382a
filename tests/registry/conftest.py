"""A world of stores for each test; real stores where the wire matters."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstay.registry import writing
from backstay.storage.memory import MemoryStore
from backstay.storage.open import open_store
from backstay.storage.store import Store
from tests.registry.simulator import World
from tests.servers.stores import STORES, new_store


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause before a primary that failed is asked again."""
    monkeypatch.setattr(writing, "PAUSE", 0)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store that answers at once, empty."""
    return MemoryStore() if request.param == "memory" else open_store(f"file://{tmp_path}")


@pytest.fixture(params=STORES)
def any_store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Every kind of store, empty, the way it can be a primary."""
    return new_store(request.param, request, tmp_path, monkeypatch, alone=True)
