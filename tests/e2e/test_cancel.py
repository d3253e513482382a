"""A run that is cancelled in the middle of a statement leaves nothing behind."""

from __future__ import annotations

import json
import signal
import time

import psycopg
import pytest

from tests.e2e.runner import Runner
from tests.e2e.scenarios import event
from tests.servers.github import fake_github

DESIRED = "CREATE TABLE first (id int PRIMARY KEY); CREATE TABLE users (id int REFERENCES first (id));"
HERE = "(SELECT oid FROM pg_database WHERE datname = current_database())"
WAITING = f"SELECT count(*) FROM pg_locks WHERE NOT granted AND database = {HERE}"
ADVISORY = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = {HERE}"
RUNNING = f"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datid = {HERE}"
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"


CASES = [
    # with which transactions, by which signal, what stays, exit code
    ("file", signal.SIGTERM, {"users"}, 143),
    ("none", signal.SIGINT, {"first", "users"}, 130),
]


@pytest.mark.parametrize(("mode", "number", "stay", "code"), CASES)
def test_a_cancelled_apply_leaves_no_statement_running_and_says_what_stays(
    postgres, tmp_path, mode, number, stay, code
):
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "schema.sql").write_text(DESIRED)
    name, payload = event("pull_request", "")
    with (
        fake_github() as github,
        psycopg.connect(postgres, autocommit=True) as watch,
        psycopg.connect(postgres) as blocker,
    ):
        urls = {"api_url": github.url}
        runner = Runner(workspace, temp=tmp_path / "runner", event=name, payload=payload, github=urls)
        watch.execute("CREATE TABLE users (id int)")
        blocker.execute("LOCK users IN ROW EXCLUSIVE MODE")  # until its end ADD FOREIGN KEY has to wait
        url = postgres + ("&" if "?" in postgres else "?") + "search_path=public"
        inputs = {"url": url, "to": "file://schema.sql", "auto-approve": "true", "tx-mode": mode}
        if mode == "none":
            runner.uses("schema/apply", {**inputs, "auto-approve": "false", "dry-run": "true"})
        step = runner.start("schema/apply", inputs)
        until(watch, WAITING, step.process)
        step.process.send_signal(number)
        result = step.finish(timeout=60)
        assert result.exit_code == code
        assert result.outputs["failure-reason"] == "cancelled"
        assert {table for (table,) in watch.execute(TABLES)} == stay
        assert watch.execute(RUNNING).fetchone() == (0,)
        assert watch.execute(ADVISORY).fetchone() == (0,)
        (target,) = json.loads(result.outputs["targets"])
        assert (target["status"], target["reason"]) == ("failed", "cancelled")
        assert result.outputs["applied-count"] == str(target["applied"]) == str(len(stay) - 1)
        assert "the run was cancelled" in result.summary
        assert ["the run was cancelled" in comment for comment in github.bodies] == [True] * (mode == "none")


def until(connection, query, process):
    """Wait for a count that is not zero, as long as the process runs."""
    while connection.execute(query).fetchone() == (0,):
        assert process.poll() is None, process.stdout.read().decode()
        time.sleep(0.05)
