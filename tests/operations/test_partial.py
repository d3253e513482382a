"""A database of which patterns leave something out of sight: nothing of that is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from backstay import operations
from backstay.operations.observer import Observer
from backstay.operations.options import ApplyOptions
from tests.servers.postgres import fresh_database

SQL = """
CREATE SCHEMA old; CREATE TYPE old.kind AS ENUM ('a');
CREATE TABLE old.users (id int PRIMARY KEY, kind old.kind);
CREATE TABLE old.audit (id int, at text); INSERT INTO old.audit VALUES (1, 'now');
CREATE TABLE public.keys (id int REFERENCES old.users);
"""


@pytest.mark.parametrize(
    ("exclude", "error"),
    [("old.audit", "other objects depend on it: table old.audit depends on schema old"), ("old.nothing", "")],
)
def test_a_schema_is_dropped_only_when_nothing_else_is_in_it(
    postgres_servers: Callable[[str], str], postgres_major: str, tmp_path: Path, exclude: str, error: str
) -> None:
    (tmp_path / "schema.sql").write_text("CREATE TABLE public.keys (id int);")
    server = postgres_servers(postgres_major)
    with (
        fresh_database(server) as url,
        fresh_database(server) as dev,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        connection.execute(SQL.encode())
        options = ApplyOptions(
            url=url,
            to=(f"file://{tmp_path}/schema.sql",),
            dev_url=dev,
            exclude=(exclude,),
            auto_approve=True,
        )
        (result,) = operations.apply(options, Observer())
        assert error in result.error
        assert ("not part of the state" in result.hint) == bool(error)
        assert bool(error) == bool(result.error)
        left = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'old' ORDER BY 1")
        assert left.fetchall() == ([("audit",), ("users",)] if error else [])
        if error:
            assert connection.execute("SELECT * FROM old.audit").fetchall() == [(1, "now")]
