"""An empty place of one's own on a dev server: a database, or where that is not permitted, less.

1. What the URL names must hold no user objects; at most an empty `public` (realm scope).
2. The workspace is a new database with a random name. Schema scope finds its schema in it.
   On a server that was started for this run, it is used by a role of its own, so that no role that a schema
   speaks of is the one that loads it; all roles that are made there go with the workspace.
   What a killed run has left is dropped by later ones: the name tells when it was made.
3. A role that may not create databases gets a new schema (schema scope), or the database itself under
   an advisory lock, emptied afterwards (realm scope).
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress

import psycopg

from backstay.dialects.postgres import connect, roles, tablespaces
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.session import PostgresSession
from backstay.errors import DatabaseError, DirtyDatabaseError

LOCK_TIMEOUT = 60
"""Seconds to wait for another run that uses the same database as its workspace."""

WORKSPACE = re.compile(r"backstay_([0-9a-f]{8})[0-9a-f]{8}")
"""The name of a workspace: the second in which it was made, and a random number."""

LEFT_AFTER = 24 * 60 * 60
"""Seconds after which a workspace that nobody uses was left behind."""

UNUSED = r"""
SELECT d.datname::text FROM pg_database d
WHERE d.datname LIKE 'backstay\_%' AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)
"""

SCHEMAS = """
SELECT n.nspname, pg_has_role(n.nspowner, 'USAGE') FROM pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
ORDER BY 1
"""

OUTSIDE = """
SELECT format('DROP PUBLICATION IF EXISTS %I', pubname) FROM pg_publication
UNION ALL SELECT format('DROP EXTENSION IF EXISTS %I CASCADE', extname) FROM pg_extension WHERE oid >= 16384
"""
"""What drops the objects in no schema that a role can make without the right to create databases."""


@contextmanager
def workspace(session: PostgresSession, *, disposable: bool = False) -> Iterator[PostgresSession]:
    """Check that the database is clean, and open a workspace of the same scope."""
    check_clean(session)
    name = f"backstay_{int(time.time()):08x}{secrets.token_hex(4)}"
    present = roles.present(session) if disposable else frozenset()
    spaces = tablespaces.present(session) if disposable else frozenset()
    try:
        session.connection.execute(psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(_id(name)))
    except psycopg.errors.InsufficientPrivilege:
        fallback = _own_schema if session.schema else _whole_database
        with fallback(session, name) as scratch:
            yield scratch
        return
    except psycopg.Error as error:
        raise connect.database_error(error) from None
    try:
        _sweep(session)
        with closing(_scratch(session, name, disposable=disposable)) as scratch:
            if session.schema:
                scratch.execute(f"CREATE SCHEMA IF NOT EXISTS {quote_name(session.schema)}")
            yield scratch
    finally:
        _run(session, f"DROP DATABASE IF EXISTS {quote_name(name)} WITH (FORCE)")
        if disposable:
            tablespaces.drop_made(session, spaces)
            roles.drop_made(session, present)


def _scratch(session: PostgresSession, name: str, *, disposable: bool) -> PostgresSession:
    """A session in the new database; on a server of our own, as a role of ours."""
    url = connect.at_database(session.url, name)
    if disposable:
        return roles.DisposableSession(roles.as_new_role(session, url, name))
    return PostgresSession(url)


def _sweep(session: PostgresSession) -> None:
    """Drop the workspaces of runs that ended long ago without doing so; one in use stays, or another's."""
    for (name,) in session.rows(UNUSED):
        match = WORKSPACE.fullmatch(name)
        if match and int(match[1], 16) < time.time() - LEFT_AFTER:
            with suppress(DatabaseError):
                session.execute(f"DROP DATABASE IF EXISTS {quote_name(name)}")


def _check_rights(session: PostgresSession, schemas: Mapping[str, bool]) -> None:
    """Raise `DatabaseError` before any work where the role could not clear it away.

    `schemas` says of each that is there whether it is the role's own.
    """
    ((role, may_create),) = session.rows(
        "SELECT current_user::text, has_database_privilege(current_database(), 'CREATE')"
    )
    if not may_create or not all(schemas.values()):
        raise DatabaseError(
            f"the role {quote_name(role)} may not create databases on the dev server, "
            "and the dev database is not its own",
            hint="ALTER ROLE … CREATEDB, or ALTER DATABASE … OWNER TO it",
        )


@contextmanager
def _own_schema(session: PostgresSession, name: str) -> Iterator[PostgresSession]:
    _check_rights(session, {})
    session.execute(f"CREATE SCHEMA {quote_name(name)}")
    try:
        with closing(PostgresSession(connect.bind(session.url, name))) as scratch:
            yield scratch
    finally:
        _run(session, f"DROP SCHEMA {quote_name(name)} CASCADE")


@contextmanager
def _whole_database(session: PostgresSession, name: str) -> Iterator[PostgresSession]:
    with session.lock("backstay_workspace", LOCK_TIMEOUT):
        check_clean(session)
        schemas = dict(session.rows(SCHEMAS))
        _check_rights(session, schemas)
        try:
            with closing(PostgresSession(session.url)) as scratch:
                yield scratch
        finally:
            _empty(session, schemas)


def _empty(session: PostgresSession, before: Iterable[str]) -> None:
    """Drop everything (there was nothing), and make the schemas again that were there."""
    for (sql,) in session.rows(OUTSIDE):
        _run(session, sql)
    for name, _ in session.rows(SCHEMAS):
        _run(session, f"DROP SCHEMA {quote_name(name)} CASCADE")
    for name in sorted(before):
        _run(session, f"CREATE SCHEMA {quote_name(name)}")
        _run(session, f"GRANT USAGE ON SCHEMA {quote_name(name)} TO PUBLIC")


def check_clean(session: PostgresSession) -> None:
    """Raise `DirtyDatabaseError` naming one object that is in the way."""
    from backstay.dialects.postgres.inspect import contents

    for kind, schema, name in contents(session):
        where = "connected schema" if session.schema else f'schema "{schema}"' if schema else "the database"
        found = f'schema "{name}"' if kind == "schema" else f'{kind} "{name}" in {where}'
        raise DirtyDatabaseError(
            f"sql/migrate: connected database is not clean: found {found}",
            hint="a dev database must be empty: give it one of its own, never the target",
        )


def _run(session: PostgresSession, sql: str) -> None:
    """Run a statement of the clean-up, on a new connection where the old one is gone or in a transaction."""
    broken = session.connection.closed or session.connection.broken
    if not broken and session.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
        session.execute(sql)
        return
    with closing(PostgresSession(session.url)) as other:
        other.execute(sql)


def _id(name: str) -> psycopg.sql.Identifier:
    return psycopg.sql.Identifier(name)
