"""The decision tables of the actions, a scenario for each cell, from `scenarios/`."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.runner import SHA, Result, Runner
from tests.e2e.scenarios import Scenario, event, matches, missing, scenarios
from tests.servers.github import FakeGitHub, fake_github

PROJECT = """
env "ci" {
  src = "file://schema.sql"
  url = getenv("DATABASE_URL")
  dev = "sqlite://dev?mode=memory"
  schema {
    repo {
      name = "app"
      url  = "file://registry"
    }
  }
}
"""
MERGED = {"number": 7, "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": SHA}


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with fake_github() as server:
        yield server


class Stage:
    """A checkout, a database, a registry and a GitHub, on which the steps of a scenario run."""

    def __init__(self, path: Path, github: FakeGitHub) -> None:
        self.path, self.github, self.runs = path, github, 0
        self.workspace = path / "workspace"
        self.workspace.mkdir()
        (self.workspace / "atlas.hcl").write_text(PROJECT)
        self.database = path / "app.db"
        self.sql("")

    def sql(self, text: str) -> set[str]:
        with closing(sqlite3.connect(self.database)) as connection:
            connection.executescript(text)
            tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            return {name for (name,) in tables}

    def prepare(self, step: dict[str, Any]) -> None:
        files = {**step.get("files", {}), **({"schema.sql": step["schema"]} if "schema" in step else {})}
        for name, text in files.items():
            target = self.workspace / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        self.sql(step.get("sql", ""))
        self.github.refuse = step.get("refuse", {})
        if step.get("merged"):
            self.github.pulls[SHA] = [MERGED]
        if "cli" in step:
            done = subprocess.run(
                [sys.executable, "-m", "backstay.cli", *step["cli"]],
                cwd=self.workspace, env={**os.environ, "DATABASE_URL": f"sqlite://{self.database}"},
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr

    def run(self, step: dict[str, Any]) -> Result:
        self.runs += 1
        name, payload = event(step.get("event", "push"), step.get("body", ""))
        runner = Runner(
            self.workspace,
            temp=self.path / f"runner{self.runs}",
            event=name,
            payload=payload,
            github={"api_url": self.github.url, "run_id": str(100 + self.runs), **step.get("github", {})},
        )
        env = {"DATABASE_URL": f"sqlite://{self.database}", **step.get("env", {})}
        return runner.uses(step["uses"], {"env": "ci", **step.get("with", {})}, env)

    def check(self, step: dict[str, Any], result: Result) -> None:
        assert result.exit_code == step.get("exit", 0), result.raw
        wrong = {
            name: (result.outputs.get(name, ""), wanted)
            for name, wanted in step.get("outputs", {}).items()
            if not matches(result.outputs.get(name, ""), wanted)
        }
        assert wrong == {}, result.raw
        said = {
            "summary": result.summary,
            "comment": self.github.bodies[-1] if self.github.bodies else "",
            "errors": "\n".join(result.messages("error")),
            "warnings": "\n".join(result.messages("warning")),
            "notices": "\n".join(result.messages("notice")),
            "log": result.log.text,
        }
        lacking = {place: missing(text, step[place]) for place, text in said.items() if place in step}
        assert {place: texts for place, texts in lacking.items() if texts} == {}, said
        if "comments" in step:
            assert len(self.github.bodies) == step["comments"], self.github.bodies
        if "tables" in step:
            assert self.sql("") == set(step["tables"])


@pytest.mark.parametrize("scenario", list(scenarios()), ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario, tmp_path: Path, github: FakeGitHub) -> None:
    stage = Stage(tmp_path, github)
    for step in scenario.steps:
        stage.prepare(step)
        if "uses" in step:
            stage.check(step, stage.run(step))
