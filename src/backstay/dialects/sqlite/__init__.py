"""SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from backstay.dialects.dialect import Container, Dialect, Fragment, Session, Statement, StatementOptions
from backstay.errors import ConfigError
from backstay.urls import redact

if TYPE_CHECKING:
    from backstay.hcl.document import Document
    from backstay.schema.changes import Change
    from backstay.schema.model import Realm, Rename


class SQLite:
    """The rooms of this package behind the protocol of all dialects (see `Dialect`)."""

    family = "sqlite"
    driver = "sqlite3"
    schemes = frozenset({"sqlite", "sqlite3"})
    default_schema = "main"
    embedded_major = "3"

    def major_of(self, version: str) -> str:
        return version.partition(".")[0]

    def connect(self, url: str) -> Session:
        from backstay.dialects.sqlite.connect import SQLiteSession

        return SQLiteSession(url)

    def bind(self, url: str, schema: str) -> str:
        return url  # there is one schema, and it is always bound

    def reached_at(self, url: str, host: str, port: int) -> str:
        return url  # a file

    def scope(self, url: str) -> str:
        return self.default_schema

    def container(self, url: str) -> Container:
        raise ConfigError(
            f'there is no container for SQLite: "{redact(url)}"', hint="use sqlite://dev?mode=memory"
        )

    def embedded(self) -> AbstractContextManager[str]:
        return _in_memory()

    def decode(self, document: Document, *, qualify: bool) -> Realm:
        from backstay.dialects.sqlite.hcl import decode

        return decode(document, qualify=qualify)

    def encode(self, realm: Realm) -> str:
        from backstay.dialects.sqlite.hcl import encode

        return encode(realm)

    def canonical(self, realm: Realm) -> Realm:
        """See `Dialect.canonical`. What only a comparison can find to be equal has hashes of its own."""
        return realm

    def requirements(self, realm: Realm) -> Sequence[str]:
        return ()  # all that SQLite has is in its one schema

    def reconcile(self, before: Realm, after: Realm, versions: Sequence[str] = ()) -> tuple[Realm, Realm]:
        from backstay.dialects.sqlite.diff import reconcile

        return reconcile(before, after)

    def following(self, before: Realm, after: Realm, made: Sequence[Change]) -> tuple[Change, ...]:
        return ()  # indexes and constraints keep their names, which nothing can change

    def plan(self, changes: Sequence[Change], options: StatementOptions) -> tuple[Statement, ...]:
        from backstay.dialects.sqlite.plan import plan

        return plan(changes, options)

    def renames(self, sql: str) -> tuple[Rename, ...]:
        from backstay.dialects.sqlite.directives import renames

        return renames(sql)

    def split(self, sql: str) -> tuple[Fragment, ...]:
        from backstay.dialects.sqlite.split import split

        return split(sql)


@contextmanager
def _in_memory() -> Iterator[str]:
    """A database in memory lives as long as somebody is connected to it."""
    url = f"sqlite://backstay-{uuid4().hex}?mode=memory"
    with closing(SQLITE.connect(url)):
        yield url


SQLITE: Dialect = SQLite()
