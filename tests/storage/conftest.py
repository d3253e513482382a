"""The stores under test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backstay.storage.open import open_store
from backstay.storage.store import Store
from tests.servers.s3 import S3Server
from tests.servers.stores import IGNORING_CONDITIONS, STORES, new_store, use_credentials


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> Callable[[S3Server], None]:
    """Puts a server's credentials into the environment, and nothing else of the machine's."""
    return lambda server: use_credentials(server, monkeypatch)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Every kind of store, empty."""
    return new_store(request.param, request, tmp_path, monkeypatch)


@pytest.fixture
def strict_store(request: pytest.FixtureRequest, store: Store) -> Store:
    """Every store so that it keeps conditions."""
    if set(IGNORING_CONDITIONS).isdisjoint(request.node.callspec.params.values()):
        return store
    return open_store(f"{store.url}{'&' if '?' in store.url else '?'}conditional=off")
