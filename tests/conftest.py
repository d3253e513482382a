"""Servers that tests share: each is started once, each test gets a database or prefix of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import hypothesis
import pytest
from msgspec.structs import replace

from backstay.registry import http_connection, patience
from backstay.server import app
from backstay.storage import remote
from tests.servers.clouds import azurite_server, crane_registry, distribution_registry, gcs_server
from tests.servers.postgres import VERSIONS, fresh_database, postgres_server
from tests.servers.s3 import S3Server, gofakes3_server, moto_server, rclone_server

LONG_SECONDS = 300

hypothesis.settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("same")
"""Every run tries the same examples, however long they take; `--hypothesis-profile=default` tries others."""

for name in (
    "CI",
    "GITHUB_ACTIONS",
    "KUBERNETES_SERVICE_HOST",
    "BACKSTAY_LOG",
    "BACKSTAY_DEBUG",
    "RUNNER_DEBUG",
):
    os.environ.pop(
        name, None
    )  # What runs the tests may be a CI system; what they run is not, if they do not say so.


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No limit of time is met: for races, which a busy machine makes as slow as an outage would be."""
    for module in (http_connection, remote):
        for name in ("CONNECT_SECONDS", "READ_SECONDS", "DEADLINE_SECONDS"):
            monkeypatch.setattr(module, name, LONG_SECONDS)
    monkeypatch.setattr(patience, "SECONDS", LONG_SECONDS)
    monkeypatch.setattr(app, "OPERATIONS", [replace(each, seconds=LONG_SECONDS) for each in app.OPERATIONS])


@pytest.fixture(scope="session")
def postgres_servers() -> Iterator[Callable[[str], str]]:
    """The URL of the server of a version, started when it is first asked for."""
    running: dict[str, str] = {}
    with ExitStack() as stack:

        def server(major: str) -> str:
            if major not in running:
                running[major] = stack.enter_context(postgres_server(major))
            return running[major]

        yield server


@pytest.fixture(params=VERSIONS)
def postgres_major(request: pytest.FixtureRequest) -> str:
    """Each version in turn."""
    major: str = request.param
    return major


@pytest.fixture
def postgres(postgres_servers: Callable[[str], str], postgres_major: str) -> Iterator[str]:
    """The URL of an empty database (realm scope), on each version in turn."""
    with fresh_database(postgres_servers(postgres_major)) as url:
        yield url


@pytest.fixture(scope="session")
def moto() -> Iterator[S3Server]:
    """An S3 server that keeps conditional writes, with one bucket."""
    with moto_server() as server:
        server.create_buckets("bucket")
        yield server


@pytest.fixture(scope="session")
def gofakes3() -> Iterator[S3Server]:
    """Another one, of other makers."""
    with gofakes3_server() as server:
        server.create_buckets("bucket")
        yield server


@pytest.fixture(scope="session")
def rclone() -> Iterator[S3Server]:
    """An S3 server that ignores conditional writes, with one bucket."""
    with rclone_server() as server:
        server.create_buckets("bucket")
        yield server


@pytest.fixture(scope="session")
def gcs() -> Iterator[str]:
    """The URL of a Google Cloud Storage with one bucket."""
    with gcs_server() as url:
        yield url


@pytest.fixture(scope="session")
def azurite() -> Iterator[str]:
    """The connection string of an Azure Blob Storage with one container."""
    with azurite_server() as connection:
        yield connection


@pytest.fixture(scope="session")
def distribution() -> Iterator[str]:
    """The address of an OCI registry."""
    with distribution_registry() as host:
        yield host


@pytest.fixture(scope="session")
def crane() -> Iterator[str]:
    """The address of another OCI registry."""
    with crane_registry() as host:
        yield host
