"""A server over a store in memory whose every call can be made to fail, and plain HTTP to it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from backstay.storage.memory import MemoryStore
from tests.registry.simulator import FaultyStore
from tests.servers.registry import RegistryServer, registry_server
from tests.servers.s3 import S3Server


@pytest.fixture
def faulty() -> FaultyStore:
    """The storage of `server`."""
    return FaultyStore(MemoryStore("mem://secret-bucket"))


@pytest.fixture
def server(faulty: FaultyStore) -> Iterator[RegistryServer]:
    with registry_server(faulty) as running:
        yield running


@pytest.fixture(params=["file", "moto"])
def shared(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a storage that several processes can use at once."""
    if request.param == "file":
        return f"file://{tmp_path}/store"
    moto: S3Server = request.getfixturevalue("moto")
    for name, value in moto.environment.items():
        monkeypatch.setenv(name, value)
    return moto.url("bucket", uuid.uuid4().hex)
