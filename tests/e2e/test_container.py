"""Actions in the surroundings of containers: mounts, network, process 1, and files of other owners."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.e2e.container import OWNER, Container, container, send
from tests.e2e.runner import Runner

FAKE = Path(__file__).with_name("fake_entrypoint.py")
WORKFLOW = """
on: {push: {branches: [main]}}
permissions: {contents: read}
jobs:
  deploy:
    runs-on: ubuntu-latest
    services:
      postgres:
        image: postgres:16
        env: {POSTGRES_DB: dev, POSTGRES_PASSWORD: pass}
        ports: ["5432:5432"]
        options: --health-cmd pg_isready --health-interval 10s
    env:
      GITHUB_TOKEN: ${{ github.token }}
    steps:
      - uses: actions/checkout@v4
      - uses: ariga/setup-atlas@v0
        with:
          cloud-token: ${{ secrets.ATLAS_CLOUD_TOKEN }}
      - uses: octo/backstay/schema/apply@v1
        with:
          url: ${{ secrets.DATABASE_URL }}
          to: file://${{ github.workspace }}/schema.sql
          dev-url: ${{ secrets.DEV_DATABASE_URL }}
          auto-approve: true
"""


PROJECT = """
env "e" {
  url = getenv("DATABASE_URL")
  dev = getenv("DEV_DATABASE_URL")
  src = "file://schema.sql"
}
"""


@pytest.fixture
def network() -> Iterator[Container]:
    with container() as made:
        yield made


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    path = tmp_path / "workspace"
    path.mkdir()
    (path / "schema.sql").write_text("CREATE TABLE users (id integer);")
    (path / "json.py").write_text("raise SystemExit('imported from the workspace')")
    return path


def at(url: str, host: str) -> str:
    """A database of this machine as a workflow names it, on the port that services publish."""
    parts = urlsplit(url)
    return f"postgres://postgres:irrelevant@{host}:5432{parts.path}?sslmode=disable&search_path=public"


def tables(url: str) -> set[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute(query)}


def test_a_workflow_with_a_service_on_localhost_runs_unchanged(
    network: Container, workspace: Path, tmp_path: Path, postgres: str, dev_database: str
) -> None:
    network.publish(5432, urlsplit(postgres).port or 0)
    secrets = {
        "DATABASE_URL": at(postgres, "localhost"),
        "DEV_DATABASE_URL": at(dev_database, "127.0.0.1"),
        "ATLAS_CLOUD_TOKEN": "aci_0123456789abcdef",
    }
    runner = Runner(workspace, temp=tmp_path / "runner", secrets=secrets, container=network)
    (result,) = runner.workflow(WORKFLOW)
    assert result.exit_code == 0, result.raw
    assert f"localhost:5432 is reached at {network.gateway}:5432" in result.messages("notice")
    assert json.loads(result.outputs["targets"])[0]["url"].count("@localhost:5432") == 1
    assert tables(postgres) == {"users"}
    made = workspace / result.outputs["plan-file"]
    assert {made.stat().st_uid, made.parent.stat().st_uid} == {OWNER}


HOSTS = ("localhost", "127.0.0.1", "[::1]")


@pytest.mark.parametrize("postgres_major", ["18"], indirect=True)
@pytest.mark.parametrize("host", HOSTS)
def test_every_name_of_the_loopback_is_looked_for_on_the_host(
    network: Container, workspace: Path, tmp_path: Path, postgres: str, dev_database: str, host: str
) -> None:
    network.publish(5432, urlsplit(postgres).port or 0)
    runner = Runner(workspace, temp=tmp_path / "runner", container=network)
    (workspace / "atlas.hcl").write_text(PROJECT)
    urls = {"DATABASE_URL": at(postgres, host), "DEV_DATABASE_URL": at(dev_database, host)}
    found = runner.uses("schema/apply", {"env": "e", "dry-run": "true"}, urls)
    assert found.exit_code == 0, found.raw
    assert any(f"is reached at {network.gateway}:5432" in notice for notice in found.messages("notice"))


@pytest.mark.parametrize("postgres_major", ["18"], indirect=True)
def test_where_nothing_answers_the_service_is_asked_for(
    network: Container, workspace: Path, tmp_path: Path, postgres: str, dev_database: str
) -> None:
    runner = Runner(workspace, temp=tmp_path / "runner", container=network)
    here = {"url": at(postgres, "localhost"), "dev-url": at(dev_database, "localhost")}
    inputs = {**here, "to": "file://schema.sql"}
    lost = runner.uses("schema/apply", inputs)
    assert (lost.exit_code, lost.outputs["failure-reason"]) == (1, "network")
    assert any("use its name (the key under `services:`)" in notice for notice in lost.messages("notice"))
    network.publish(5432, urlsplit(postgres).port or 0)
    off = runner.uses("schema/apply", {**inputs, "database-host": "off"})
    assert off.exit_code == 1
    named = runner.uses("schema/apply", {**inputs, "database-host": network.gateway, "dry-run": "true"})
    assert named.exit_code == 0, named.raw


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_as_process_1_a_step_heeds_signals(
    network: Container, workspace: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    runner = Runner(workspace, temp=tmp_path / "runner", container=network, entrypoint=FAKE)
    step = runner.start("schema/push", {"description": "wait", "comment": "never"})
    assert step.process.stdout
    while b"waiting" not in (line := step.process.stdout.readline()):
        assert line
    send(step.process, number)
    result = step.finish()
    assert result.exit_code == code
    assert result.outputs == {"failure-reason": "cancelled"}


@pytest.mark.parametrize("postgres_major", ["18"], indirect=True)
def test_a_step_does_its_work_where_little_can_be_written(
    network: Container, workspace: Path, tmp_path: Path, postgres: str
) -> None:
    network.publish(5432, urlsplit(postgres).port or 0)
    runner = Runner(workspace, temp=tmp_path / "runner", container=network)
    inputs = {"url": at(postgres, "localhost"), "to": "file://schema.sql", "auto-approve": "true"}
    result = runner.uses("schema/apply", inputs, {"SCARCE": "1"})
    assert result.exit_code == 0, result.raw
    assert tables(postgres) == {"users"}
    assert any("cannot write" in warning for warning in result.messages("warning"))
    assert "plan-file" not in result.outputs
    assert json.loads(result.outputs["plan-json"])["name"]
