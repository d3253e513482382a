"""Workflows of the shapes that teams have, written for actions on the host: only their `uses:` names ours."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.runner import SHA, Runner
from tests.e2e.scenarios import event
from tests.e2e.workflow import Outcome, run_workflow
from tests.servers.github import FakeGitHub, fake_github

WORKFLOWS = Path(__file__).with_name("workflows")
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
REGIONS = """
variable "region" {
  type = string
}
env "region" {
  src = "file://schema.sql"
  url = "sqlite://${var.region}.db"
  dev = "sqlite://dev?mode=memory"
  schema {
    repo {
      name = "billing"
      url  = "file://../../registry"
    }
  }
}
"""
SCHEMA = "CREATE TABLE users (id integer PRIMARY KEY);"


class Team:
    """A repository, and its workflow runs."""

    def __init__(self, path: Path, github: FakeGitHub) -> None:
        self.path, self.github, self.runs = path, github, 0
        self.workspace = path / "workspace"
        self.workspace.mkdir()
        self.database = path / "app.db"

    def write(self, name: str, text: str) -> None:
        target = self.workspace / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def run(self, workflow: str, name: str = "push", env: Mapping[str, str] | None = None) -> Outcome:
        self.runs += 1
        github, payload = event(name, "")
        runner = Runner(
            self.workspace,
            temp=self.path / f"run{self.runs}",
            secrets={
                "ATLAS_CLOUD_TOKEN": "aci_0123456789abcdef",
                "DATABASE_URL": f"sqlite://{self.database}",
            },
            event=github,
            payload=payload,
            github={"api_url": self.github.url, "run_id": str(100 + self.runs)},
        )
        return run_workflow(runner, (WORKFLOWS / f"{workflow}.yml").read_text(), env or {})

    def tables(self, database: str) -> set[str]:
        with closing(sqlite3.connect(self.workspace / database)) as connection:
            return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with fake_github() as github:
        yield Team(tmp_path, github)


def codes(outcome: Outcome) -> list[tuple[str, int]]:
    return [(result.uses, result.exit_code) for result in outcome.results]


def test_a_plan_on_the_pull_request_and_a_deployment_after_the_merge(team: Team) -> None:
    team.write("atlas.hcl", PROJECT)
    team.write("schema.sql", SCHEMA)
    env = {"DATABASE_URL": f"sqlite://{team.database}"}
    planned = team.run("pull-request", "pull_request", env)
    assert codes(planned) == [("schema/plan", 0)], planned.results[-1].raw
    assert "approval needed before apply" in team.github.bodies[0]
    merged: dict[str, Any] = {"number": 7, "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": SHA}
    team.github.pulls[SHA] = [merged]
    deployed = team.run("pull-request", "push", env)
    assert codes(deployed) == [("schema/plan/approve", 0), ("schema/push", 0), ("schema/apply", 0)]
    (target,) = json.loads(deployed.results[-1].outputs["targets"])
    assert (target["status"], target["plan"]) == ("applied", planned.results[0].outputs["plan"])
    assert len(team.github.bodies) == 4


def test_a_service_of_a_monorepo_in_every_region(team: Team) -> None:
    team.write("services/billing/atlas.hcl", REGIONS)
    team.write("services/billing/schema.sql", SCHEMA)
    outcome = team.run("monorepo")
    assert outcome.status == "success", outcome.results[-1].raw
    assert codes(outcome) == [("schema/push", 0), ("schema/apply", 0), ("schema/apply", 0)]
    assert [team.tables(f"services/billing/{region}.db") for region in ("eu", "us")] == [{"users"}] * 2


def test_deployments_that_share_a_reusable_workflow(team: Team) -> None:
    team.write("schema.sql", SCHEMA)
    team.write(".github/workflows/deploy.yml", (WORKFLOWS / "deploy.yml").read_text())
    outcome = team.run("reusable", "workflow_dispatch")
    assert outcome.status == "success", outcome.results[-1].raw
    assert (team.tables("staging.db"), team.tables("production.db")) == ({"users"}, set())
    assert outcome.outputs == {"staging.applied": "1", "production.applied": "0"}


def test_a_shared_deployment_that_fails_stops_those_that_need_it(team: Team) -> None:
    team.write("schema.sql", "CREATE TABLE broken (")
    team.write(".github/workflows/deploy.yml", (WORKFLOWS / "deploy.yml").read_text())
    outcome = team.run("reusable", "workflow_dispatch")
    assert (outcome.status, codes(outcome)) == ("failure", [("schema/apply", 1)])
