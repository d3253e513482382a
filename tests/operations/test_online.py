"""Applies to tables in use: killed at every statement, in the way of others, with rows that do not fit."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from backstay import operations
from backstay.dialects.dialect import Statement
from backstay.engine import execute
from backstay.operations.observer import Observer
from backstay.operations.options import ApplyOptions
from backstay.operations.results import ApplyResult
from tests.servers.postgres import fresh_database

BEFORE = """
CREATE TABLE team (id int, name text);
CREATE TABLE person (id int PRIMARY KEY, team int, mail text, size int);
CREATE INDEX person_size ON person (size);
CREATE INDEX person_gone ON person (mail);
INSERT INTO team VALUES (1, 'a'), (2, 'b');
INSERT INTO person VALUES (1, 1, 'x', 1), (2, 2, 'y', 2);
"""
AFTER = """
CREATE TABLE team (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE person (
    id int PRIMARY KEY, team int NOT NULL REFERENCES team, mail text CONSTRAINT mail UNIQUE,
    size int CONSTRAINT positive CHECK (size > 0), added int
);
CREATE INDEX person_size ON person (size, team);
CREATE INDEX person_added ON person (added);
"""
PROJECT = """
env "dev" {{
  url = "{url}"
  dev = "{dev}"
  src = "file://{path}/schema.sql"
  diff {{
    {policy}
    concurrent_index {{
      create = true
      drop   = true
    }}
  }}
}}
"""
TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'backstay'
"""
INVALID = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
LEFT = "SELECT count(*) FROM pg_constraint WHERE conname LIKE 'backstay%' OR NOT convalidated"


class Target:
    """A database, and applies of a desired state to it."""

    def __init__(self, path: Path, url: str, dev: str) -> None:
        self.path, self.url, self.dev = path, url, dev
        self.connection = psycopg.connect(url, autocommit=True)

    def apply(
        self, observer: Observer | None = None, *, after: str = AFTER, policy: str = "", **options: object
    ) -> ApplyResult:
        """One run."""
        (self.path / "schema.sql").write_text(after)
        text = PROJECT.format(url=self.url, dev=self.dev, path=self.path, policy=policy)
        (self.path / "atlas.hcl").write_text(text)
        config = f"file://{self.path}/atlas.hcl"
        given = ApplyOptions(config=config, env="dev", auto_approve=True, **options)  # type: ignore[arg-type]
        (result,) = operations.apply(given, observer or Observer())
        return result

    def one(self, sql: str) -> object:
        """The value that a query gives."""
        row = self.connection.execute(sql.encode()).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture
def targets(
    postgres_servers: Callable[[str], str], postgres_major: str, tmp_path: Path
) -> Iterator[Callable[[str], contextlib.AbstractContextManager[Target]]]:
    server = postgres_servers(postgres_major)

    @contextlib.contextmanager
    def target(sql: str) -> Iterator[Target]:
        with fresh_database(server) as url:
            path = tmp_path / url.rpartition("/")[2].partition("?")[0]
            path.mkdir()
            made = Target(path, url, dev)
            with made.connection:
                made.connection.execute(sql.encode())
                yield made

    with fresh_database(server) as dev:
        yield target


Targets = Callable[[str], contextlib.AbstractContextManager[Target]]


class Cut(Observer):
    """Calls something before the statement of this number."""

    def __init__(self, number: int, cut: Callable[[], object]) -> None:
        self.left, self.cut = number, cut

    def executing(self, statement: Statement) -> None:
        self.left -= 1
        if self.left == 0:
            self.cut()


def converges(target: Target) -> None:
    """The next run finishes (it says itself when something is left to do); nothing is lost or left over."""
    assert target.apply().error == ""
    assert target.connection.execute("SELECT id, team, mail, size FROM person ORDER BY id").fetchall() == [
        (1, 1, "x", 1),
        (2, 2, "y", 2),
    ]
    assert (target.one(INVALID), target.one(LEFT)) == (0, 0)


@pytest.mark.parametrize("postgres_major", ["18"])
def test_a_session_that_ends_at_any_statement_is_taken_up_by_the_next_run(targets: Targets) -> None:
    cuts = 0
    while True:
        with targets(BEFORE) as target:
            result = target.apply(Cut(cuts + 1, lambda: target.connection.execute(TERMINATE)))
            if not result.error:
                break
            assert result.rolled_back == (cuts < first_group(result))
            cuts += 1
            converges(target)
    assert cuts >= 10


def first_group(result: ApplyResult) -> int:
    """How many statements are in the first transaction of the plan."""
    assert result.plan is not None
    (first, *_) = execute.groups(result.plan.planned, "file")
    return len(first.statements)


@pytest.mark.parametrize("postgres_major", ["16"])
def test_a_process_that_is_killed_at_any_statement_is_taken_up_by_the_next_run(targets: Targets) -> None:
    cuts = 0
    while True:
        with targets(BEFORE) as target:
            child = os.fork()
            if child == 0:
                try:
                    target.apply(Cut(cuts + 1, lambda: os.kill(os.getpid(), signal.SIGKILL)))
                finally:
                    os._exit(0)
            if os.waitpid(child, 0)[1] == 0:
                break
            cuts += 1
            converges(target)
    assert cuts >= 10


def test_what_a_failed_build_left_is_built_again(targets: Targets) -> None:
    with targets("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)") as target:
        for name in ("u", "other_ccnew"):
            with contextlib.suppress(psycopg.errors.UniqueViolation):
                target.connection.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON t (a)".encode())
        assert target.one(INVALID) == 2
        target.connection.execute("DELETE FROM t")
        after = "CREATE TABLE t (a int CONSTRAINT u UNIQUE)"
        assert target.apply(after=after).error == ""
        assert target.apply(after=after).plan is None
        assert target.one("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass AND indisvalid") == 1
        assert target.one(INVALID) == 0


def test_a_build_that_fails_leaves_nothing_behind(targets: Targets) -> None:
    with targets("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)") as target:
        result = target.apply(
            after="CREATE TABLE t (a int, b int); CREATE UNIQUE INDEX u ON t (a)", policy="probe = false"
        )
        assert "could not create unique index" in result.error
        assert not result.rolled_back
        assert target.one("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass") == 0
        assert (
            target.one("SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0") == 2
        )


ROWS = """
CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1);
CREATE TYPE e AS ENUM ('a', 'b');
CREATE TABLE t (a int, b int, c text, d varchar(9), e e, f int, g bit(3));
INSERT INTO t VALUES (NULL, 2, 'x', 'long', 'b', 0, '111'), (1, 2, '1', 'short', 'a', 7, '000');
"""


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("a int NOT NULL", 'column "a" of table "t" holds NULL (1 row)'),
        ("b int UNIQUE", 'column "b" of table "t" holds duplicates (1 row)'),
        ("c int", 'column "c" of table "t" holds values that type integer refuses (invalid input syntax'),
        ("d varchar(4)", "holds values that type character varying(4) refuses (1 row)"),
        ("e e", 'column "e" of table "t" holds values that type public.e refuses (1 row)'),
        ("f int CONSTRAINT positive CHECK (f > 0)", 'table "t" has rows that break check "positive" (1 row)'),
        ("f int REFERENCES p", 'column "f" of table "t" refers to rows that are not in table "p" (2 rows)'),
        ("f int REFERENCES n", 'column "f" of table "t" refers to rows that are not in table "n" (2 rows)'),
        ("g bit varying(2)", "holds values that type bit varying(2) refuses (2 rows)"),
        ("h int NOT NULL", 'table "t" has rows without a value for the new column "h" (2 rows)'),
    ],
)
def test_rows_that_do_not_fit_are_found_before_anything_is_changed(
    targets: Targets, change: str, text: str
) -> None:
    definitions = ("a int", "b int", "c text", "d varchar(9)", "e e", "f int", "g bit(3)")
    columns = {definition[0]: definition for definition in definitions}
    columns[change[0]] = change
    values = "'a'" if change == "e e" else "'a', 'b'"
    after = f"""
        CREATE TYPE e AS ENUM ({values}); CREATE TABLE new (id int); CREATE TABLE n (id int PRIMARY KEY);
        CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t ({", ".join(columns.values())});"""
    with targets(ROWS) as target:
        result = target.apply(after=after)
        assert text in result.error
        assert result.applied is None
        assert result.pending
        assert target.one("SELECT to_regclass('new') IS NULL")
        target.connection.execute("DELETE FROM t")
        assert target.apply(after=after).error == ""


def test_rows_that_a_hand_written_statement_corrects_are_not_in_the_way(targets: Targets) -> None:
    after = "CREATE TABLE t (a int NOT NULL)"
    with targets("CREATE TABLE t (a int); INSERT INTO t VALUES (NULL)") as target:
        assert "holds NULL" in target.apply(after=after).error
        result = target.apply(
            after=after, edit=lambda text: "-- correct\nUPDATE t SET a = 0 WHERE a IS NULL;\n" + text
        )
        assert result.error == ""
        assert target.one("SELECT a FROM t") == 0


def test_a_busy_table_is_waited_for_in_turns(targets: Targets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "PAUSES", (0.05,) * 3)
    notices: list[str] = []
    with targets("CREATE TABLE t (a int)") as target, psycopg.connect(target.url) as other:
        other.execute("LOCK TABLE t IN ACCESS SHARE MODE")

        class Heard(Observer):
            def notice(self, text: str) -> None:
                notices.append(text)
                if "trying again" in text:
                    threading.Timer(0.01, other.commit).start()

        after, policy = "CREATE TABLE t (a int, b int)", 'lock_timeout = "50ms"'
        assert target.apply(Heard(), after=after, policy=policy).error == ""
    assert any("trying again" in notice for notice in notices)


def test_a_table_that_stays_busy_leaves_everything_as_it_was(
    targets: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "PAUSES", (0.01,) * 2)
    with targets("CREATE TABLE t (a int)") as target, psycopg.connect(target.url) as other:
        other.execute("LOCK TABLE t IN ACCESS SHARE MODE")
        after = "CREATE TABLE other (a int); CREATE TABLE t (a int, b int)"
        result = target.apply(after=after, policy='lock_timeout = "20ms"')
        assert "lock timeout" in result.error
        assert (result.reason, result.rolled_back) == ("locked", True)
        assert target.one("SELECT to_regclass('other') IS NULL")
