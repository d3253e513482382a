"""A connection that runs a migration: it can write, is one session, and waits no longer than it may.

Statements that wait for a table lock stand in the way of everybody who comes behind them, so they give up
soon and are tried again. What is built CONCURRENTLY waits in nobody's way, and may wait longer.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg

from backstay.dialects.dialect import Limits
from backstay.dialects.postgres import connect
from backstay.errors import ConfigError, DatabaseError

if TYPE_CHECKING:
    from backstay.dialects.postgres.session import PostgresSession

LOCK_TIMEOUT = 5.0
"""Seconds, where neither the project nor the URL says otherwise."""

PATIENCE = 60
"""How many times longer than others a statement waits that is in nobody's way."""

CONCURRENTLY = re.compile(r"\s*(?:CREATE(?:\s+UNIQUE)?|DROP)\s+INDEX\s+CONCURRENTLY\b", re.IGNORECASE)

PROBE_TIMEOUT = 30.0
"""Seconds for one question to the rows."""

BOUND = 100
"""Rows that a probe counts at most."""

POOL_TIMEOUT = 3.0
"""Seconds that a pool has to give us a second connection."""

WRITABLE = "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')::boolean"

READ_ONLY = "25006"
ANSWERS = ("22", "23")
"""Classes of errors that tell of a value (data exception, integrity constraint violation)."""

UNKNOWN = ("0A", "42")
"""Classes of errors that tell of the question: it names what the migration has yet to make."""


@contextlib.contextmanager
def guarded(session: PostgresSession, limits: Limits) -> Iterator[None]:
    """See `Session.migrating`. At the end all settings are those that the session began with."""
    check_writable(session)
    check_pooling(session)
    given = connect.given(session.address)
    lock = limits.lock_timeout
    if lock is None and "lock_timeout" not in given:
        lock = LOCK_TIMEOUT
    settings = {"check_function_bodies": "off"}
    if lock is not None:
        settings["lock_timeout"] = milliseconds(lock)
    if limits.statement_timeout is not None:
        settings["statement_timeout"] = milliseconds(limits.statement_timeout)
    connect.set_parameters(session.connection, settings)
    try:
        yield
    finally:
        with contextlib.suppress(psycopg.OperationalError):
            session.connection.execute("RESET ALL")
            connect.configure(session.connection, session.address)


@contextlib.contextmanager
def patient(session: PostgresSession, sql: str) -> Iterator[None]:
    """More time for locks around a statement that waits in nobody's way."""
    connection = session.connection
    if not CONCURRENTLY.match(sql) or connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        yield
        return
    lock = session.rows("SELECT setting FROM pg_settings WHERE name = 'lock_timeout'")[0][0]
    connect.set_parameters(connection, {"lock_timeout": f"{int(lock) * PATIENCE}ms"})
    try:
        yield
    finally:
        with contextlib.suppress(psycopg.OperationalError):
            connect.set_parameters(connection, {"lock_timeout": f"{lock}ms"})


def milliseconds(seconds: float) -> str:
    """A time as run-time parameters take it; no time is ever rounded down to none."""
    return f"{max(round(seconds * 1000), 1 if seconds else 0)}ms"


def check_writable(session: PostgresSession) -> None:
    """Raise `DatabaseError` where the server, the database or the role refuses all changes."""
    recovering, read_only = session.rows(WRITABLE)[0]
    if recovering:
        raise DatabaseError(
            "the server is a replica: nothing can be changed on it",
            hint="connect to the primary: of several hosts in the URL, target_session_attrs=primary finds it",
        )
    if read_only:
        raise DatabaseError(
            "the server, the database or the role allows reading only (default_transaction_read_only)",
            hint="if it is not meant for this run, add default_transaction_read_only=off to the URL's query",
        )


def check_pooling(session: PostgresSession) -> None:
    """Raise `ConfigError` where a proxy gives our server process to others between our transactions.

    A proxy answers with a process number of its own when a connection opens. That alone does no harm; but
    where a second connection is given the same process while the first one is open, no advisory lock and no
    setting of the session holds.
    """
    (process,) = session.rows("SELECT pg_backend_pid()")[0]
    if process == session.connection.info.backend_pid:
        return
    (now,) = session.rows("SELECT pg_backend_pid()")[0]
    if now != process or _process_of_another(session) == process:
        raise ConfigError(
            "a proxy that pools transactions is between us and the server: neither the lock against other "
            "runs nor the session's settings hold",
            hint="give the URL of the server itself, or of a pool in session mode",
        )


def _process_of_another(session: PostgresSession) -> int | None:
    """The server process of a second connection; nothing where the pool gives none."""
    try:
        with contextlib.closing(connect.dial(session.url, session.address)) as other:
            timer = threading.Timer(POOL_TIMEOUT, other.pgconn.finish)
            timer.start()
            try:
                row = other.execute("SELECT pg_backend_pid()").fetchone()
            finally:
                timer.cancel()
            return row[0] if row else None
    except (psycopg.Error, DatabaseError):
        return None


def probed(session: PostgresSession, sql: str) -> str:
    """See `Session.probe`: asked in a transaction that can only read."""
    connection = session.connection
    try:
        with connection.transaction():
            connection.execute("SET TRANSACTION READ ONLY")
            connection.execute(f"SET LOCAL statement_timeout = '{milliseconds(PROBE_TIMEOUT)}'")
            row = connection.execute(sql).fetchone()
    except psycopg.Error as error:
        state = error.sqlstate or ""
        if state.startswith(ANSWERS):
            return connect.message_of(error)
        if state == READ_ONLY or state.startswith(UNKNOWN):
            return ""
        raise connect.database_error(error) from None
    found = int(row[0] or 0) if row else 0
    return f"{found} row{'s' if found > 1 else ''}{' or more' if found >= BOUND else ''}" if found else ""
