"""PostgreSQL 14 and newer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from backstay.dialects.dialect import Container, Dialect, Fragment, Session, Statement, StatementOptions
from backstay.hcl.document import Document
from backstay.schema.changes import Change
from backstay.schema.model import Realm, Rename


class Postgres:
    """The PostgreSQL dialect; each method hands over to the room it is about, loaded when needed."""

    family = "postgres"
    driver = "postgres"
    schemes = frozenset({"postgres", "postgresql"})
    default_schema = "public"
    embedded_major = "18"

    def major_of(self, version: str) -> str:
        """See `Dialect.major_of`."""
        return version.partition(".")[0]

    def connect(self, url: str) -> Session:
        """See `Dialect.connect`."""
        from backstay.dialects.postgres.session import PostgresSession

        return PostgresSession(url)

    def bind(self, url: str, schema: str) -> str:
        """See `Dialect.bind`."""
        from backstay.dialects.postgres.connect import bind

        return bind(url, schema)

    def reached_at(self, url: str, host: str, port: int) -> str:
        """See `Dialect.reached_at`."""
        from backstay.dialects.postgres.reach import reached_at

        return reached_at(url, host, port)

    def scope(self, url: str) -> str:
        """See `Dialect.scope`."""
        from backstay.dialects.postgres.connect import parse

        return parse(url).schema

    def container(self, url: str) -> Container:
        """See `Dialect.container`."""
        from backstay.dialects.postgres.container import container

        return container(url)

    def embedded(self) -> AbstractContextManager[str]:
        """See `Dialect.embedded`."""
        from backstay.dialects.postgres.embedded import embedded

        return embedded()

    def decode(self, document: Document, *, qualify: bool) -> Realm:
        """See `Dialect.decode`."""
        from backstay.dialects.postgres.hcl import decode

        return decode(document, qualify=qualify)

    def encode(self, realm: Realm) -> str:
        """See `Dialect.encode`."""
        from backstay.dialects.postgres.hcl import encode

        return encode(realm)

    def canonical(self, realm: Realm) -> Realm:
        """See `Dialect.canonical`."""
        from backstay.dialects.postgres.diff import canonical

        return canonical(realm)

    def requirements(self, realm: Realm) -> Sequence[str]:
        """See `Dialect.requirements`."""
        from backstay.dialects.postgres.objects.extensions import required

        return tuple(required(realm.facts.extensions))

    def reconcile(self, before: Realm, after: Realm, versions: Sequence[str] = ()) -> tuple[Realm, Realm]:
        """See `Dialect.reconcile`."""
        from backstay.dialects.postgres.diff import reconcile

        return reconcile(before, after, versions)

    def following(self, before: Realm, after: Realm, made: Sequence[Change]) -> tuple[Change, ...]:
        """See `Dialect.following`."""
        from backstay.dialects.postgres.plan.renames import following

        return following(before, after, made)

    def plan(self, changes: Sequence[Change], options: StatementOptions) -> tuple[Statement, ...]:
        """See `Dialect.plan`."""
        from backstay.dialects.postgres.plan import plan

        return plan(changes, options)

    def renames(self, sql: str) -> tuple[Rename, ...]:
        """See `Dialect.renames`."""
        from backstay.dialects.postgres.directives import renames

        return renames(sql)

    def split(self, sql: str) -> tuple[Fragment, ...]:
        """See `Dialect.split`."""
        from backstay.dialects.postgres.split import split

        return split(sql)


POSTGRES: Dialect = Postgres()
