"""What a connection that runs a migration makes sure of, and that it is as before afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from backstay.dialects.dialect import Limits
from backstay.dialects.postgres.session import PostgresSession
from backstay.errors import ConfigError, DatabaseError, LockError
from tests.dialects.postgres.databases import connected, load
from tests.servers.pooler import pooler
from tests.servers.postgres import postgres_server

SETTINGS = ("lock_timeout", "statement_timeout", "check_function_bodies", "search_path")


def settings(session: PostgresSession) -> list[str]:
    """The values of these settings; times in milliseconds."""
    return [session.rows("SELECT setting FROM pg_settings WHERE name = %s", name)[0][0] for name in SETTINGS]


@pytest.mark.parametrize(
    ("query", "limits", "lock", "statement"),
    [
        ("", Limits(), "5000", "0"),
        ("&lock_timeout=7s", Limits(), "7000", "0"),
        ("&options=-c%20lock_timeout%3D8s%20-c%20statement_timeout%3D9s", Limits(), "8000", "9000"),
        ("&lock_timeout=7s", Limits(lock_timeout=0.25, statement_timeout=90), "250", "90000"),
        ("&statement_timeout=7s", Limits(lock_timeout=0, statement_timeout=0), "0", "0"),
        ("", Limits(lock_timeout=0.0001), "1", "0"),
    ],
)
def test_waits_are_bounded_while_a_migration_runs(
    postgres: str, query: str, limits: Limits, lock: str, statement: str
) -> None:
    with connected(postgres + query) as session:
        before = settings(session)
        with session.migrating(limits):
            assert settings(session)[:3] == [lock, statement, "off"]
            session.execute("SET search_path = pg_catalog")
            session.execute("SET statement_timeout = 1234")
        assert settings(session) == before


def test_a_role_does_not_decide_how_long_a_migration_may_run(postgres: str) -> None:
    with connected(postgres) as admin:
        admin.execute("CREATE ROLE hasty LOGIN SUPERUSER; ALTER ROLE hasty SET statement_timeout = '250ms'")
        try:
            with connected(postgres.replace("postgres@", "hasty@")) as session, session.migrating(Limits()):
                session.execute("SELECT pg_sleep(0.5)")
        finally:
            admin.execute("DROP ROLE hasty")


def test_what_is_read_only_is_refused_before_anything_runs(postgres: str) -> None:
    with (
        connected(f"{postgres}&default_transaction_read_only=on") as session,
        pytest.raises(DatabaseError, match="allows reading only") as caught,
        session.migrating(Limits()),
    ):
        pass
    assert "default_transaction_read_only=off" in caught.value.hint


def test_a_role_that_only_reads_can_be_overruled_in_the_url(postgres: str) -> None:
    with connected(postgres) as admin:
        admin.execute(
            "CREATE ROLE careful LOGIN SUPERUSER; ALTER ROLE careful SET default_transaction_read_only = on"
        )
        url = postgres.replace("postgres@", "careful@")
        try:
            with connected(url) as session, pytest.raises(DatabaseError), session.migrating(Limits()):
                pass
            with (
                connected(f"{url}&default_transaction_read_only=off") as session,
                session.migrating(Limits()),
            ):
                session.execute("CREATE TABLE written ()")
        finally:
            admin.execute("DROP OWNED BY careful; DROP ROLE careful")


def test_a_replica_is_refused_before_anything_runs(postgres_major: str) -> None:
    with (
        postgres_server(postgres_major, standby=True) as server,
        connected(f"{server}/postgres?sslmode=disable") as session,
        pytest.raises(DatabaseError, match="the server is a replica") as caught,
        session.migrating(Limits()),
    ):
        pass
    assert "primary" in caught.value.hint


@pytest.fixture
def through(postgres: str) -> Iterator[Callable[[bool], str]]:
    """The URL of the database behind a proxy that pools transactions, or sessions."""
    host, port = re.findall(r"@([\d.]+):(\d+)", postgres)[0]
    with ExitStack() as stack:

        def url(sessions: bool) -> str:
            proxy = stack.enter_context(pooler(host, int(port), sessions=sessions))
            return postgres.replace(f":{port}/", f":{proxy.port}/")

        yield url


def test_a_proxy_that_pools_transactions_is_refused(through: Callable[[bool], str]) -> None:
    with (
        closing(PostgresSession(through(False))) as session,
        pytest.raises(ConfigError, match="pools transactions") as caught,
        session.migrating(Limits()),
    ):
        pass
    assert "session mode" in caught.value.hint


def test_a_proxy_that_pools_sessions_does_no_harm(through: Callable[[bool], str]) -> None:
    with closing(PostgresSession(through(True))) as session, session.migrating(Limits()):
        session.execute("CREATE TABLE pooled ()")


def test_what_is_built_concurrently_waits_longer(postgres: str) -> None:
    with connected(postgres) as other, connected(postgres) as session:
        load(other, "CREATE TABLE t (a int)")
        with session.migrating(Limits(lock_timeout=0.02)):
            with other.transaction():
                other.execute("LOCK TABLE t")
                with pytest.raises(LockError):
                    session.execute("ALTER TABLE t ADD b int")
                with pytest.raises(LockError):
                    session.execute("CREATE INDEX CONCURRENTLY i ON t (a)")
            assert settings(session)[0] == "20"


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("SELECT 0", ""),
        ("SELECT count(*) FROM t", "2 rows"),
        ("SELECT 100", "100 rows or more"),
        ("SELECT count(a::int) FROM t", 'invalid input syntax for type integer: "x"'),
        ("SELECT count(none) FROM t", ""),
        ("INSERT INTO t VALUES ('z') RETURNING 1", ""),
    ],
)
def test_probes_say_what_is_in_the_way_and_change_nothing(postgres: str, sql: str, answer: str) -> None:
    with connected(postgres) as session:
        load(session, "CREATE TABLE t (a text); INSERT INTO t VALUES ('1'), ('x')")
        assert session.probe(sql) == answer
        assert session.rows("SELECT count(*) FROM t") == [(2,)]
