"""A database of which patterns leave something out of sight: nothing of that is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from backstay import operations
from backstay.errors import PlanError
from backstay.operations.observer import Observer
from backstay.operations.options import ApplyOptions
from backstay.operations.results import ApplyResult
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
    server = postgres_servers(postgres_major)
    with (
        fresh_database(server) as url,
        fresh_database(server) as dev,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        connection.execute(SQL.encode())
        result, _ = applied((url, dev), tmp_path, "CREATE TABLE public.keys (id int);", exclude)
        assert error in result.error
        assert ("not part of the state" in result.hint) == bool(error)
        assert bool(error) == bool(result.error)
        left = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'old' ORDER BY 1")
        assert left.fetchall() == ([("audit",), ("users",)] if error else [])
        if error:
            assert connection.execute("SELECT * FROM old.audit").fetchall() == [(1, "now")]


LEFT_OUT = """
CREATE TABLE audit (id int PRIMARY KEY);
CREATE TABLE users (id int REFERENCES audit, name varchar(10));
CREATE VIEW names AS SELECT name FROM users;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION touch();
"""


@pytest.fixture
def target(postgres_servers: Callable[[str], str], postgres_major: str) -> Iterator[tuple[str, str]]:
    """A database, and a dev database."""
    server = postgres_servers(postgres_major)
    with fresh_database(server) as url, fresh_database(server) as dev:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(LEFT_OUT.encode())
        yield url, dev


class Notices(Observer):
    def __init__(self) -> None:
        self.told: list[str] = []

    def notice(self, text: str) -> None:
        self.told.append(text)


def applied(target: tuple[str, str], path: Path, sql: str, *exclude: str) -> tuple[ApplyResult, list[str]]:
    (path / "schema.sql").write_text(sql)
    url, dev = target
    options = ApplyOptions(
        url=url, to=(f"file://{path}/schema.sql",), dev_url=dev, exclude=exclude, auto_approve=True
    )
    observer = Notices()
    (result,) = operations.apply(options, observer)
    return result, observer.told


def test_a_state_that_speaks_of_what_is_left_out_is_planned_without_a_try(
    target: tuple[str, str], tmp_path: Path
) -> None:
    sql = LEFT_OUT.replace("varchar(10))", "varchar(10), age int)").replace("SELECT name", "SELECT name, id")
    result, notices = applied(target, tmp_path, sql, "*.audit")
    assert not result.error
    assert any("the plan was not tried" in notice and "audit" in notice for notice in notices)
    again, _ = applied(target, tmp_path, sql, "*.audit")
    assert again.plan is None


def test_new_objects_may_speak_of_what_is_left_out(target: tuple[str, str], tmp_path: Path) -> None:
    more = (
        "CREATE TABLE visits (id int REFERENCES audit); CREATE VIEW audits AS SELECT * FROM audit;"
        "CREATE TRIGGER u BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch();"
    )
    sql = LEFT_OUT.replace("REFERENCES audit,", ",") + more
    result, notices = applied(target, tmp_path, sql, "*.audit", "*.*[type=function]")
    assert not result.error
    assert any("the plan was not tried" in notice for notice in notices)
    again, _ = applied(target, tmp_path, sql, "*.audit", "*.*[type=function]")
    assert again.plan is None


def test_an_excluded_view_over_a_column_that_changes_stops_the_plan(
    target: tuple[str, str], tmp_path: Path
) -> None:
    sql = LEFT_OUT.replace("varchar(10)", "int")
    with pytest.raises(PlanError) as caught:
        applied(target, tmp_path, sql, "*.names")
    assert "names" in caught.value.message
    assert "name" in caught.value.message.replace("names", "")


def test_the_trigger_of_an_excluded_table_is_left_alone(target: tuple[str, str], tmp_path: Path) -> None:
    sql = "\n".join(line for line in LEFT_OUT.splitlines() if not line.startswith("CREATE TRIGGER"))
    result, _ = applied(target, tmp_path, sql, "*.audit")
    assert result.plan is None


HANGING = """
CREATE TABLE other (id int PRIMARY KEY);
CREATE TABLE t (id int, kept text, gone text, k int REFERENCES other);
ALTER TABLE t ADD CONSTRAINT t_c CHECK (id > 0);
INSERT INTO t VALUES (1, 'a', 'b');
"""
PARTITIONED = HANGING.replace("REFERENCES other);", "REFERENCES other) PARTITION BY LIST (id);").replace(
    "INSERT INTO t VALUES (1, 'a', 'b');", "CREATE TABLE t1 PARTITION OF t DEFAULT;"
)


@pytest.mark.parametrize(
    ("exclude", "stops"),
    [(f"*.t.{part}", True) for part in ("gone", "t_c", "t_i", "t_k_fkey")] + [("*.audit", False)],
)
def test_a_table_whose_rows_move_is_not_dropped_with_what_patterns_left_out(
    postgres_servers: Callable[[str], str], tmp_path: Path, exclude: str, stops: bool
) -> None:
    server = postgres_servers("18")
    with (
        fresh_database(server) as url,
        fresh_database(server) as dev,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        connection.execute(HANGING.encode())
        connection.execute(b"CREATE INDEX t_i ON t (id)")
        result, _ = applied((url, dev), tmp_path, PARTITIONED, exclude)
        assert ("has parts that are not part of the state" in result.error) == stops
        assert bool(result.error) == stops
        assert connection.execute("SELECT kept, gone FROM t").fetchall() == [("a", "b")]
        kind = connection.execute("SELECT relkind::text FROM pg_class WHERE relname = 't'").fetchone()
        assert kind == ("r" if stops else "p",)
