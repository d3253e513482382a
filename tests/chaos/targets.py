"""The databases that a site applies to, and what is in them, asked directly."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import psycopg

from tests.servers.postgres_proxy import PostgresProxy, postgres_proxy

POLICY: Final = """
  diff {
    concurrent_index {
      create = true
    }
  }
"""
"""Indexes outside of the transaction, so that a process can die with half of its work done."""
CONTENTS: Final = """
    SELECT relname FROM pg_class LEFT JOIN pg_index ON indexrelid = oid
    WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace AND indisvalid IS NOT FALSE
    UNION SELECT conname FROM pg_constraint WHERE NOT convalidated
"""


class Target(Protocol):
    """`through` is where requests to the databases can be watched, if they go over a connection."""

    through: PostgresProxy | None

    def new(self) -> str:
        """An empty database; its name."""

    def settings(self, name: str) -> str:
        """The lines of the project file for it."""

    def rows(self, name: str, sql: str) -> list[tuple[Any, ...]]:
        """What a statement answers there."""

    def contents(self, name: str) -> set[str]:
        """The tables that are there, the indexes that are of use, and the checks that are not yet."""


class SqliteTarget:
    """Files in a directory."""

    through: PostgresProxy | None = None

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._numbers = itertools.count(1)

    def new(self) -> str:
        return f"app-{next(self._numbers)}.db"

    def settings(self, name: str) -> str:
        return f'  url = "sqlite://{name}"\n  dev = "sqlite://dev?mode=memory"\n'

    def rows(self, name: str, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._directory / name)) as connection, connection:
            return connection.execute(sql).fetchall()

    def contents(self, name: str) -> set[str]:
        return {found for (found,) in self.rows(name, "SELECT name FROM sqlite_schema")}


class PostgresTarget:
    """Databases of a server, reached by way of a proxy. Plans are tried on the same server."""

    def __init__(self, server: str, through: PostgresProxy) -> None:
        self.through: PostgresProxy | None = through
        self._server = server
        self._seen = f"postgres://postgres@127.0.0.1:{through.port}"
        self._numbers = itertools.count(1)
        self._dev = self.new()

    def new(self) -> str:
        name = f"chaos_{os.getpid()}_{id(self)}_{next(self._numbers)}"
        self._run("postgres", f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    def settings(self, name: str) -> str:
        schema = "?sslmode=disable&search_path=public"
        return f'  url = "{self._seen}/{name}{schema}"\n  dev = "{self._seen}/{self._dev}{schema}"\n{POLICY}'

    def rows(self, name: str, sql: str) -> list[tuple[Any, ...]]:
        return self._run(name, sql)

    def contents(self, name: str) -> set[str]:
        return {found for (found,) in self.rows(name, CONTENTS)}

    def _run(self, name: str, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(f"{self._server}/{name}", autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []


@contextmanager
def postgres_target(server: str) -> Iterator[PostgresTarget]:
    """New databases on the server with this URL."""
    host, _, port = server.rpartition("@")[2].rpartition(":")
    with postgres_proxy((host, int(port))) as through:
        yield PostgresTarget(server, through)
