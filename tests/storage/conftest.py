"""The stores under test."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from backstay.storage.memory import MemoryStore
from backstay.storage.open import open_store
from backstay.storage.store import Store
from tests.servers.s3 import S3Server


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> Callable[[S3Server], None]:
    """Puts a server's credentials into the environment, and nothing else of the machine's."""

    def use(server: S3Server) -> None:
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)

    return use


STORES = ("memory", "file", "moto", "rclone")


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path, credentials: Callable[[S3Server], None]) -> Store:
    """Every kind of store, empty."""
    if request.param == "memory":
        return MemoryStore()
    if request.param == "file":
        return open_store(f"file://{tmp_path}/store")
    server: S3Server = request.getfixturevalue(request.param)
    credentials(server)
    return open_store(server.url("bucket", f"some/prefix/{uuid.uuid4().hex}"))


@pytest.fixture
def strict_store(request: pytest.FixtureRequest, store: Store) -> Store:
    """Every store that keeps conditions itself."""
    if "rclone" in request.node.callspec.params.values():
        return open_store(f"{store.url}&conditional=off")
    return store
