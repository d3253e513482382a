"""An apply that waits for its approval, in processes: it goes on when that comes, and ends when cancelled."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.runner import Runner, Running

PROJECT = """
env "ci" {
  src = "file://schema.sql"
  url = "sqlite://app.db"
  dev = "sqlite://dev?mode=memory"
  schema {
    repo {
      name = "app"
      url  = "file://registry"
    }
  }
}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    path = tmp_path / "workspace"
    path.mkdir()
    (path / "atlas.hcl").write_text(PROJECT)
    (path / "schema.sql").write_text("CREATE TABLE users (id integer);")
    return path


def waiting(workspace: Path, tmp_path: Path) -> tuple[Running, str]:
    """A step that waits, and the plan that it waits for."""
    inputs = {"env": "ci", "lint-review": "ALWAYS", "wait-timeout": "5m", "wait-interval": "100ms"}
    step = Runner(workspace, temp=tmp_path / "runner").start("schema/apply", {**inputs, "comment": "never"})
    assert step.process.stdout
    while not (found := re.search(r"approve (atlas://\S+)", line := step.process.stdout.readline().decode())):
        assert line, "the step ended"
    return step, found[1]


def tables(workspace: Path) -> set[str]:
    with closing(sqlite3.connect(workspace / "app.db")) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


def test_it_applies_the_plan_when_somebody_approves_it(workspace: Path, tmp_path: Path) -> None:
    step, plan = waiting(workspace, tmp_path)
    approve = [
        sys.executable,
        "-m",
        "backstay.cli",
        "schema",
        "plan",
        "approve",
        "--url",
        plan,
        "--env",
        "ci",
    ]
    subprocess.run(approve, cwd=workspace, check=True, capture_output=True)
    result = step.finish()
    assert result.exit_code == 0, result.raw
    assert f'"plan":"{plan}"' in result.outputs["targets"]
    assert tables(workspace) == {"users"}


def test_it_ends_when_it_is_cancelled(workspace: Path, tmp_path: Path) -> None:
    step, _ = waiting(workspace, tmp_path)
    step.process.send_signal(signal.SIGINT)
    result = step.finish()
    assert (result.exit_code, result.outputs["failure-reason"]) == (130, "cancelled")
    assert tables(workspace) == set()
