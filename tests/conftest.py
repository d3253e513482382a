"""Servers that tests share: each version is started once, each test gets a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.servers.postgres import VERSIONS, fresh_database, postgres_server


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
