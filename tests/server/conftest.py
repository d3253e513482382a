"""A server over a store in memory whose every call can be made to fail, and plain HTTP to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backstay.storage.memory import MemoryStore
from tests.registry.simulator import FaultyStore
from tests.servers.registry import RegistryServer, registry_server


@pytest.fixture
def faulty() -> FaultyStore:
    """The storage of `server`."""
    return FaultyStore(MemoryStore("mem://secret-bucket"))


@pytest.fixture
def server(faulty: FaultyStore) -> Iterator[RegistryServer]:
    with registry_server(faulty) as running:
        yield running
