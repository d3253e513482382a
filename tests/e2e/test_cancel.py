"""A run that is cancelled in the middle of a statement leaves nothing behind."""

from __future__ import annotations

import signal
import time

import psycopg

from tests.e2e.runner import Runner

DESIRED = "CREATE TABLE first (id int); CREATE TABLE users (id int, name text);"
HERE = "(SELECT oid FROM pg_database WHERE datname = current_database())"
WAITING = f"SELECT count(*) FROM pg_locks WHERE NOT granted AND database = {HERE}"
ADVISORY = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = {HERE}"
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"


def test_cancelling_a_blocked_statement_rolls_back_and_releases_locks(postgres, tmp_path):
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "schema.sql").write_text(DESIRED)
    runner = Runner(workspace, temp=tmp_path / "runner")
    with psycopg.connect(postgres, autocommit=True) as watch, psycopg.connect(postgres) as blocker:
        watch.execute("CREATE TABLE users (id int)")
        blocker.execute("SELECT * FROM users")  # in a transaction: ALTER TABLE has to wait for its end
        url = postgres + ("&" if "?" in postgres else "?") + "search_path=public"
        step = runner.start("schema/apply", {"url": url, "to": "file://schema.sql", "auto-approve": "true"})
        until(watch, WAITING, step.process)
        step.process.send_signal(signal.SIGTERM)
        result = step.finish(timeout=10)
        assert result.exit_code == 143
        assert result.outputs["failure-reason"] == "cancelled"
        assert watch.execute(TABLES).fetchall() == [("users",)]
        assert watch.execute(ADVISORY).fetchone() == (0,)


def until(connection, query, process):
    """Wait for a count that is not zero, as long as the process runs."""
    while connection.execute(query).fetchone() == (0,):
        assert process.poll() is None, process.stdout.read().decode()
        time.sleep(0.05)
