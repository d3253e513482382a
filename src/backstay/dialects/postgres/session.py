"""One open connection to PostgreSQL, as the engine uses it (`backstay.dialects.dialect.Session`)."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import psycopg

from backstay.dialects.dialect import Limits, TableName
from backstay.dialects.postgres import connect
from backstay.dialects.postgres.guards import guarded, patient, probed
from backstay.dialects.postgres.names import QUOTED_NAME, STRING, parse_name
from backstay.errors import DatabaseError, LockError
from backstay.schema.model import Realm
from backstay.schema.patterns import Patterns

LOCK_PAUSES = (0.05, 0.1, 0.2, 0.5)
"""Seconds between two tries for a lock; the last one repeats."""

EXTENSION = re.compile(
    rf"\s*(?:CREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?|ALTER\s+EXTENSION\s+)"
    rf"(?P<name>{QUOTED_NAME}|[\w$]+)\s.*?"
    rf"\b(?:VERSION|UPDATE\s+TO)\s+(?P<version>{STRING}|{QUOTED_NAME}|[\w$]+)",
    re.IGNORECASE | re.DOTALL,
)
"""A statement that names the version of an extension."""

IDENTITY = """
SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()), d.oid)
FROM pg_database d WHERE d.datname = current_database()
"""

ROW_ESTIMATES = """
WITH RECURSIVE parts AS (
  SELECT n.nspname AS schema, c.relname AS name, c.oid, c.relkind, c.reltuples
  FROM unnest(%s::text[], %s::text[]) AS w(schema, name)
  JOIN pg_namespace n ON n.nspname = w.schema
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
  UNION ALL
  SELECT p.schema, p.name, c.oid, c.relkind, c.reltuples
  FROM parts p JOIN pg_inherits i ON i.inhparent = p.oid JOIN pg_class c ON c.oid = i.inhrelid
  WHERE p.relkind = 'p'
)
SELECT schema, name, sum(reltuples)::bigint
FROM parts WHERE relkind IN ('r', 'm') AND reltuples >= 0
GROUP BY schema, name
"""
"""What VACUUM and ANALYZE have counted (`pg_class.reltuples`), in all parts of a partitioned table.

Only the catalogue is read: `pg_partition_tree` would wait for the locks that others hold on the parts.
"""

HOLDER = """
SELECT l.pid, a.application_name
FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32) | l.objid::bigint = %s
"""


class PostgresSession:
    """A connection with its scope: `schema` is the bound schema, empty in realm scope.

    `named_versions` are the versions of extensions that statements have asked for: the catalogue does not
    tell a version that somebody chose from the one that the server came with.
    """

    def __init__(self, url: str) -> None:
        self.address = connect.parse(url)
        self.url = url
        self.schema = self.address.schema
        self.connection: psycopg.Connection[Any] = connect.open_connection(url, self.address)
        self.version = self.connection.info.parameter_status("server_version") or ""
        self.version = self.version.split()[0]
        self.major = self.version.partition(".")[0]
        self.named_versions: dict[str, str] = {}
        self._identity: str | None = None
        self.disposable = False

    def identity(self) -> str:
        """See `Session.identity`: the cluster's number from its creation, and the database's in it."""
        if self._identity is None:
            try:
                self._identity = str(self.rows(IDENTITY)[0][0])
            except DatabaseError:  # The cluster's number is not for every role.
                self._identity = ""
        return self._identity

    def row_estimates(self, tables: Collection[TableName]) -> Mapping[TableName, int]:
        """See `Session.row_estimates`: as of the last VACUUM or ANALYZE."""
        found = self.rows(ROW_ESTIMATES, [schema for schema, _ in tables], [name for _, name in tables])
        return {TableName(schema, name): rows for schema, name, rows in found}

    def inspect(self, patterns: Patterns, schemas: Sequence[str] = ()) -> Realm:
        """See `Session.inspect`."""
        from backstay.dialects.postgres.inspect import inspect

        return inspect(self, patterns, schemas)

    def execute(self, sql: str) -> None:
        """Run one statement; `%` has no meaning in it."""
        try:
            with patient(self, sql):
                self.connection.execute(sql)
        except psycopg.Error as error:
            raise connect.database_error(error) from None
        self.named_versions.update(named_version(sql))

    def load(self, statements: Sequence[str]) -> None:
        """See `Session.load`."""
        from backstay.dialects.postgres.loading import load

        load(self, statements)
        for sql in statements:
            self.named_versions.update(named_version(sql))

    def reset(self) -> None:
        """Set all parameters, and the role, back to what the session began with."""
        self.execute("RESET SESSION AUTHORIZATION")
        self.execute("RESET ALL")
        connect.configure(self.connection, self.address)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query of our own, with `%s` parameters."""
        try:
            return self.connection.execute(sql, values or None).fetchall()
        except psycopg.Error as error:
            raise connect.database_error(error) from None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit at the end, roll back on any exception; a refused commit is a `DatabaseError`."""
        try:
            with self.connection.transaction():
                yield
        except psycopg.Error as error:
            raise connect.database_error(error) from None

    def migrating(self, limits: Limits) -> AbstractContextManager[None]:
        """See `Session.migrating`."""
        return guarded(self, limits)

    def probe(self, sql: str) -> str:
        """See `Session.probe`."""
        return probed(self, sql)

    @contextlib.contextmanager
    def lock(self, name: str, timeout: float) -> Iterator[None]:
        """Hold a session-level advisory lock (PostgreSQL documentation, 13.3.5); see `Session.lock`."""
        key = lock_key(name)
        self._acquire(name, key, timeout)
        try:
            yield
        finally:
            with contextlib.suppress(psycopg.OperationalError):
                self.connection.execute("SELECT pg_advisory_unlock(%s)", (key,))

    def _acquire(self, name: str, key: int, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        tries = 0
        while not self.rows("SELECT pg_try_advisory_lock(%s)", key)[0][0]:
            pause = LOCK_PAUSES[min(tries, len(LOCK_PAUSES) - 1)]
            tries += 1
            if time.monotonic() + pause > deadline:
                raise LockError(
                    f'the lock "{name}" is held by {self._holder(key)}',
                    hint="wait for the other run to end, or give it more time with --lock-timeout",
                )
            time.sleep(pause)

    def _holder(self, key: int) -> str:
        rows = self.rows(HOLDER, key)
        if not rows:
            return "another session"
        pid, application = rows[0]
        return f"another session: pid {pid}" + (f", application {application}" if application else "")

    def workspace(self, *, disposable: bool = False) -> AbstractContextManager[PostgresSession]:
        """See `Session.workspace`."""
        from backstay.dialects.postgres.workspace import workspace

        return workspace(self, disposable=disposable)

    def cancel(self) -> None:
        """Ask the server to stop the running statement; safe from threads and signal handlers."""
        with contextlib.suppress(psycopg.Error):
            self.connection.cancel()

    def close(self) -> None:
        """Close the connection. Idempotent."""
        self.connection.close()


def named_version(sql: str) -> Iterator[tuple[str, str]]:
    """The extension and its version, where the statement names one (CREATE and ALTER EXTENSION)."""
    match = EXTENSION.match(sql)
    name = parse_name(match["name"]) if match is not None else None
    if match is not None and name is not None:
        yield name[1], match["version"].strip("'\"")


def lock_key(name: str) -> int:
    """The advisory lock's number: the 32-bit FNV-1 hash of the name, which other tools use as well."""
    value = 2166136261
    for byte in name.encode():
        value = (value * 16777619) % 2**32 ^ byte
    return value
