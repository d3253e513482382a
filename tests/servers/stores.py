"""Every kind of store, empty, on the servers that the tests run."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from backstay.storage.memory import MemoryStore
from backstay.storage.open import open_store
from backstay.storage.store import Store
from tests.servers.s3 import S3Server

IGNORING_CONDITIONS = ("rclone", "distribution", "crane")
STORES = ("memory", "file", "moto", "gofakes3", "gcs", "azurite", *IGNORING_CONDITIONS)
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
"""What a machine may have set, and would lead a test to a real cloud."""


def use_credentials(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a server's credentials into the environment, and nothing else of the machine's."""
    for name in FOREIGN_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


def store_url(
    kind: str, request: pytest.FixtureRequest, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The URL of a new store of a kind, on the server of that name; credentials are in the environment."""
    name = uuid.uuid4().hex
    match kind:
        case "memory":
            return f"mem://{name}"
        case "file":
            return f"file://{directory}/{name}"
    server = request.getfixturevalue(kind)
    match kind:
        case "gcs":
            monkeypatch.setenv("STORAGE_EMULATOR_HOST", server)
            return f"gs://bucket/some/prefix/{name}"
        case "azurite":
            monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", server)
            return f"azblob://container/some/prefix/{name}"
        case "distribution" | "crane":
            return f"oci://{server}/some/{name}"
    use_credentials(server, monkeypatch)
    return str(server.url("bucket", f"some/prefix/{name}"))


def new_store(
    kind: str,
    request: pytest.FixtureRequest,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    alone: bool = False,
) -> Store:
    """A new store of a kind. `alone` promises one writer to those that ignore conditions."""
    if kind == "memory":
        return MemoryStore()
    url = store_url(kind, request, directory, monkeypatch)
    if alone and kind in IGNORING_CONDITIONS:
        url += f"{'&' if '?' in url else '?'}conditional=off"
    return open_store(url)
