"""The server ends the session in the middle of a migration, at every statement: the next run finishes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from backstay import operations
from backstay.dialects.dialect import Statement
from backstay.operations.observer import Observer
from backstay.operations.options import ApplyOptions
from backstay.operations.results import ApplyResult
from tests.servers.postgres import fresh_database

BEFORE = """
CREATE TYPE kind AS ENUM ('x', 'y');
CREATE TABLE thing (id int, kind kind DEFAULT 'x');
INSERT INTO thing VALUES (1, 'y');
"""
AFTER = """
CREATE TYPE kind AS ENUM ('y', 'x');
CREATE TABLE thing (id bigint, kind kind DEFAULT 'y');
CREATE INDEX thing_id ON thing (id);
"""
TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'backstay'
"""


class Killer(Observer):
    """Ends the session before the statement of this number."""

    def __init__(self, connection: psycopg.Connection, number: int) -> None:
        self.connection, self.left = connection, number

    def executing(self, statement: Statement) -> None:
        self.left -= 1
        if self.left == 0:
            self.connection.execute(TERMINATE)


@pytest.mark.parametrize("mode", ["file", "none"])
def test_the_next_run_finishes_what_was_cut_off(
    postgres_servers: Callable[[str], str], tmp_path: Path, mode: str
) -> None:
    (tmp_path / "schema.sql").write_text(AFTER)
    server = postgres_servers("18")
    cut = 0
    with fresh_database(server) as dev:
        while True:
            with (
                fresh_database(server) as url,
                psycopg.connect(url, autocommit=True) as connection,
            ):
                connection.execute(BEFORE)

                def apply(observer: Observer, url: str = url) -> ApplyResult:
                    options = ApplyOptions(
                        url=url,
                        to=(f"file://{tmp_path}/schema.sql",),
                        dev_url=dev,
                        tx_mode=mode,
                        auto_approve=True,
                    )
                    (result,) = operations.apply(options, observer)
                    return result

                first = apply(Killer(connection, cut + 1))
                if not first.error:
                    break
                cut += 1
                assert "terminating connection" in first.error
                assert "run again" in first.hint
                assert first.rolled_back == (mode == "file")
                assert not apply(Observer()).error
                assert apply(Observer()).plan is None
                assert connection.execute("SELECT id, kind::text FROM thing").fetchall() == [(1, "y")]
    assert cut == 5
