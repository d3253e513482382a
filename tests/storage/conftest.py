"""The stores under test."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backstay.storage.memory import MemoryStore
from backstay.storage.open import open_store
from backstay.storage.store import Store
from tests.servers.clouds import azurite_server, crane_registry, distribution_registry, gcs_server
from tests.servers.s3 import S3Server

FOREIGN_VARIABLES = (
    "AWS_PROFILE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_SESSION_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "STORAGE_EMULATOR_HOST",
    "AZURE_STORAGE_ACCOUNT",
    "AZURE_STORAGE_CONNECTION_STRING",
    "AZURE_STORAGE_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
)


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> Callable[[S3Server], None]:
    """Puts a server's credentials into the environment, and nothing else of the machine's."""

    def use(server: S3Server) -> None:
        for name in FOREIGN_VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)

    return use


@pytest.fixture(scope="session")
def gcs() -> Iterator[str]:
    with gcs_server() as url:
        yield url


@pytest.fixture(scope="session")
def azurite() -> Iterator[str]:
    with azurite_server() as connection:
        yield connection


@pytest.fixture(scope="session")
def distribution() -> Iterator[str]:
    with distribution_registry() as host:
        yield host


@pytest.fixture(scope="session")
def crane() -> Iterator[str]:
    with crane_registry() as host:
        yield host


STORES = ("memory", "file", "moto", "rclone", "gcs", "azurite", "distribution", "crane")
IGNORING_CONDITIONS = ("rclone", "distribution", "crane")


@pytest.fixture(params=STORES)
def store(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    credentials: Callable[[S3Server], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Store:
    """Every kind of store, empty."""
    prefix = f"some/prefix/{uuid.uuid4().hex}"
    match request.param:
        case "memory":
            return MemoryStore()
        case "file":
            return open_store(f"file://{tmp_path}/store")
        case "gcs":
            monkeypatch.setenv("STORAGE_EMULATOR_HOST", request.getfixturevalue("gcs"))
            return open_store(f"gs://bucket/{prefix}")
        case "azurite":
            monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", request.getfixturevalue("azurite"))
            return open_store(f"azblob://container/{prefix}")
        case "distribution" | "crane":
            host = request.getfixturevalue(request.param)
            return open_store(f"oci://{host}/some/repository-{uuid.uuid4().hex}")
    server: S3Server = request.getfixturevalue(request.param)
    credentials(server)
    return open_store(server.url("bucket", prefix))


@pytest.fixture
def strict_store(request: pytest.FixtureRequest, store: Store) -> Store:
    """Every store that keeps conditions itself."""
    if not set(IGNORING_CONDITIONS).isdisjoint(request.node.callspec.params.values()):
        separator = "&" if "?" in store.url else "?"
        return open_store(f"{store.url}{separator}conditional=off")
    return store
