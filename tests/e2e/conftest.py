"""Jobs on real servers: two S3 implementations, two versions of PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.container import available
from tests.e2e.runner import ROOT, Runner
from tests.servers.postgres import fresh_database
from tests.servers.s3 import S3Server, moto_server, rclone_server

collect_ignore = [] if available() else ["test_container.py"]
"""What needs namespaces is not collected where the kernel gives none, as without root."""

GUIDE = Path(__file__).with_name("guide")
SERVERS = {"moto": moto_server, "rclone": rclone_server}


@pytest.fixture(scope="session")
def s3_servers() -> Iterator[Callable[[str], S3Server]]:
    """An S3 server by name, started when it is first asked for."""
    running: dict[str, S3Server] = {}
    with ExitStack() as stack:

        def server(name: str) -> S3Server:
            if name not in running:
                running[name] = stack.enter_context(SERVERS[name]())
            return running[name]

        yield server


@pytest.fixture(params=SERVERS)
def s3(request: pytest.FixtureRequest, s3_servers: Callable[[str], S3Server]) -> S3Server:
    """Each S3 implementation in turn."""
    return s3_servers(request.param)


@pytest.fixture
def dev_database(postgres_servers: Callable[[str], str], postgres_major: str) -> Iterator[str]:
    """An empty database for a dev URL, on the same server as `postgres`."""
    with fresh_database(postgres_servers(postgres_major)) as url:
        yield url


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., Runner]:
    """A job whose workspace holds the guide's project."""

    def job(**more: object) -> Runner:
        workspace = tmp_path / "workspace"
        if not workspace.exists():
            workspace.mkdir()
            shutil.copy(GUIDE / "atlas.hcl", workspace)
            shutil.copy(ROOT / "examples" / "shop" / "schema.hcl", workspace)
        return Runner(workspace, temp=tmp_path / "runner", **more)  # type: ignore[arg-type]

    return job
