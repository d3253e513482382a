"""Schema files on a dev database: many statements at a time, and no trace of what they set."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from backstay.dialects.postgres import POSTGRES
from backstay.engine.devdatabase import DevDatabase, open_dev
from backstay.engine.read import Reading, normalise
from backstay.engine.sources import Sources
from backstay.errors import ConfigError, DatabaseError, StatementError
from backstay.schema.state import SourceFile
from tests.dialects.postgres.databases import EVERYTHING, connected
from tests.servers.postgres import fresh_database

DUMP = r"""
--
-- PostgreSQL database dump
--

\restrict abc

SET statement_timeout = 100000;
SET transaction_timeout = 0;
SET client_encoding = 'SQL_ASCII';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET quote_all_identifiers = on;
SET default_table_access_method = heap;

CREATE TABLE public.people (
    name text DEFAULT 'x'::text NOT NULL
);

COPY public.people (name) FROM stdin;
it's; one
\\.
CREATE TABLE public.never (a int);
\.


CREATE INDEX by_name ON public.people USING btree (name);

\unrestrict abc
"""


def fragments(text: str) -> list[str]:
    return [fragment.text for fragment in POSTGRES.split(text)]


def test_a_dump_is_read_without_its_rows_and_its_settings(postgres: str, tmp_path: Path) -> None:
    notices: list[str] = []
    reading = Reading(dialect=POSTGRES, dev=DevDatabase(url=postgres, notice=notices.append))
    state = normalise(Sources("sql", (SourceFile(name=f"{tmp_path}/d.sql", text=DUMP),)), reading)
    (public,) = state.realm.schemas
    (people,) = public.tables
    assert [column.default for column in people.columns] == ["'x'::text"]
    assert [index.name for index in people.indexes] == ["by_name"]
    assert notices == [f"{tmp_path}/d.sql: rows are not part of a schema: skipped 1 COPY with data"]


@pytest.mark.parametrize("count", [1, 49, 50, 51, 130])
def test_the_statement_that_is_refused_is_found(postgres: str, count: int) -> None:
    statements = [f"CREATE TABLE t{number} (a int)" for number in range(count)]
    statements.insert(count // 2, "CREATE TABLE wrong (a strange)")
    with connected(postgres) as session, pytest.raises(StatementError, match="strange") as caught:
        session.load(statements)
    assert caught.value.number == count // 2


def test_what_wants_a_transaction_of_its_own_gets_it(postgres: str) -> None:
    statements = fragments(
        "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (m mood); ALTER TYPE mood ADD VALUE 'ok';"
        "ALTER TABLE t ALTER m SET DEFAULT 'ok'; CREATE INDEX CONCURRENTLY i ON t (m); BEGIN;"
        "CREATE TABLE u (a int); COMMIT; SET search_path = ''; CREATE TABLE public.v (a int) -- the end"
    )
    with connected(postgres) as session:
        session.load(statements)
        (schema,) = session.inspect(EVERYTHING).schemas
        assert [table.name for table in schema.tables] == ["t", "u", "v"]
        assert session.rows("SHOW search_path") == [('"public"',)]


def test_a_transaction_without_end_is_an_error(postgres: str) -> None:
    with connected(postgres) as session, pytest.raises(DatabaseError, match="never committed"):
        session.load(["BEGIN", "CREATE TABLE t (a int)"])


def test_rows_without_end_are_an_error_at_their_line() -> None:
    with pytest.raises(ConfigError, match="line 2: the rows behind this COPY have no end"):
        POSTGRES.split("SELECT 1;\nCOPY t FROM stdin;\n1\n")


def test_what_a_killed_run_left_is_dropped_by_later_ones(
    postgres_servers: Callable[[str], str], postgres_major: str
) -> None:
    long_ago, now = int(time.time()) - 100_000, int(time.time())
    names = [f"backstay_{moment:08x}00000000" for moment in (long_ago, now)]
    with fresh_database(postgres_servers(postgres_major)) as url, connected(url) as session:
        for name in names:
            session.execute(f"CREATE DATABASE {name}")
        with session.workspace():
            pass
        left = session.rows("SELECT datname::text FROM pg_database WHERE datname = ANY (%s)", names)
        assert left == [(names[1],)]
        session.execute(f"DROP DATABASE {names[1]}")


def test_the_target_is_no_dev_database_whatever_its_url(postgres: str) -> None:
    with connected(postgres) as target:
        other = postgres.replace("127.0.0.1", "localhost")
        dev = DevDatabase(url=other, target=target.identity())
        with pytest.raises(ConfigError, match="is the target itself"), open_dev(POSTGRES, dev):
            pass
