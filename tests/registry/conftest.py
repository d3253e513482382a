"""A world of stores for each test; real stores where the wire matters."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from backstay.storage.memory import MemoryStore
from backstay.storage.open import open_store
from backstay.storage.store import Store
from tests.registry.simulator import World
from tests.servers.s3 import S3Server


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store that answers at once, empty."""
    return MemoryStore() if request.param == "memory" else open_store(f"file://{tmp_path}/store")


@pytest.fixture(params=["memory", "file", "moto", "rclone"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Every kind of store, empty; rclone the way it can be a primary."""
    if request.param == "memory":
        return MemoryStore()
    if request.param == "file":
        return open_store(f"file://{tmp_path}/store")
    server: S3Server = request.getfixturevalue(request.param)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    conditions = {"conditional": "off"} if request.param == "rclone" else {}
    return open_store(server.url("bucket", uuid.uuid4().hex, **conditions))
