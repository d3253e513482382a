"""The life of a schema change on a pull request, with the comments that people read meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from tests.e2e.runner import SHA, Runner
from tests.servers.github import FakeGitHub, fake_github

HEAD = "a" * 40
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
FIRST = "CREATE TABLE users (id integer PRIMARY KEY, name text);\n"
SECOND = (
    "CREATE TABLE users (id integer PRIMARY KEY);\nCREATE TABLE `@octo/team <b>` (id integer PRIMARY KEY);\n"
)
MERGED = {"number": 7, "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": SHA}


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with fake_github() as server:
        yield server


class Change:
    """A pull request that changes a schema. Each `run` is one of its workflow runs, or one on the branch."""

    def __init__(self, path, github: FakeGitHub) -> None:
        self.workspace = path / "workspace"
        self.workspace.mkdir()
        (self.workspace / "atlas.hcl").write_text(PROJECT)
        self.path, self.github, self.runs = path, github, 0
        self.database = path / "app.db"
        with sqlite3.connect(self.database) as connection:
            connection.executescript(FIRST)

    def wants(self, schema: str) -> None:
        (self.workspace / "schema.sql").write_text(schema)

    def run(self, action: str, inputs=None, *, body: str = "", merged: bool = False, fork: bool = False):
        self.runs += 1
        request = {
            "number": 7,
            "html_url": "https://github.com/octo/app/pull/7",
            "body": body,
            "head": {"sha": HEAD, "ref": "f", "repo": {"full_name": "fork/app" if fork else "octo/app"}},
            "base": {"repo": {"full_name": "octo/app"}},
        }
        runner = Runner(
            self.workspace,
            temp=self.path / f"runner{self.runs}",
            event="push" if merged else "pull_request",
            payload={} if merged else {"pull_request": request},
            github={"api_url": self.github.url, "run_id": str(100 + self.runs)},
        )
        env = {"DATABASE_URL": f"sqlite://{self.database}"}
        return runner.uses(f"schema/{action}", {"env": "ci", **(inputs or {})}, env)


@pytest.fixture
def change(tmp_path, github):
    return Change(tmp_path, github)


def test_from_a_plan_on_the_pull_request_to_the_apply_after_the_merge(change, github):
    github.post(7, "<!-- backstay:v1 somebody else's text", "mallory")
    change.wants(FIRST)
    assert change.run("plan").exit_code == 0
    assert len(github.bodies) == 1

    change.wants(SECOND)
    planned = change.run("plan", body="/atlas:nolint DS103")
    assert planned.exit_code == 0, planned.raw
    assert planned.outputs["comment-url"] == "https://github.com/octo/app/pull/7#issuecomment-2"
    comment = github.bodies[1]
    assert "approval needed before apply" in comment
    assert "<td><code>atlas:nolint DS103</code></td><td>in force</td>" in comment
    assert f"https://github.com/octo/app/commit/{HEAD}" in comment
    assert "```mermaid" in comment
    assert "table <code>@octo/team &lt;b&gt;</code>" in comment

    change.wants(FIRST)
    change.run("plan")
    assert "<b>No changes</b>" in github.bodies[1]
    assert "Last runs" in github.bodies[1]

    change.wants(SECOND)
    github.pulls[SHA] = [MERGED]
    approved = change.run("plan/approve", merged=True)
    assert approved.outputs["status"] == "APPROVED", approved.raw
    assert change.run("push", merged=True).exit_code == 0
    applied = change.run("apply", merged=True)
    assert applied.exit_code == 0, applied.raw
    said = ["Plan approved", "New version", "applied"]
    assert [words in body for words, body in zip(said, github.bodies[2:], strict=True)] == [True] * 3
    assert "<code>mona</code>" in github.bodies[2]
    assert github.bodies[0].endswith("somebody else's text")


def test_a_run_that_fails_does_not_leave_an_old_plan_standing(change, github):
    change.wants("CREATE TABLE users (id integer PRIMARY KEY, name text);\nCREATE TABLE more (id integer);\n")
    change.run("plan")
    change.wants("CREATE TABLE broken (")
    assert change.run("plan").exit_code == 1
    (comment,) = github.bodies
    assert "<h3>❌ Backstay plan" in comment
    assert "approval needed before apply" not in comment.split("Last runs")[0]


def test_the_token_of_a_fork_costs_the_comment_and_nothing_else(change, github):
    github.refuse = {"POST": 403}
    change.wants(SECOND)
    result = change.run("plan", {"fail-on": "never"}, fork=True, body="/atlas:nolint")
    assert result.exit_code == 0, result.raw
    assert github.bodies == []
    assert "comment-url" not in result.outputs
    assert "approval needed before apply" in result.summary
    assert any("permissions: {contents: read, pull-requests: write}" in m for m in result.messages("notice"))


def test_the_token_of_the_job_is_masked_and_used_where_no_other_is_given(change, github):
    change.wants(FIRST)
    result = change.run("plan")
    assert "ghs_0123456789abcdefghij" in result.log.masks
    assert set(github.tokens) == {"token ghs_0123456789abcdefghij"}
