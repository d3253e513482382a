"""Roles on a dev server of our own: whom statements name is made when it is missing.

Roles belong to a cluster, not to a database, so a dev server does not have those of the target. Dumps name
them nevertheless (OWNER TO, GRANT, policies), and a server that was started for this run may have them, too.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from backstay.dialects.postgres import tablespaces
from backstay.dialects.postgres.connect import MISSING_ROLE
from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.session import PostgresSession
from backstay.dialects.postgres.tablespaces import MISSING_TABLESPACE
from backstay.errors import DatabaseError

SPEAKS_OF_ROLES = re.compile(
    r"(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*"
    r"(?:ALTER|GRANT|REVOKE|SET|COMMENT|REASSIGN|DO|DROP\s+OWNED|CREATE\s+(?:POLICY|SCHEMA|USER))\b",
    re.IGNORECASE | re.DOTALL,
)

SPEAKS_OF_TABLESPACES = re.compile(r"\bTABLESPACE\b", re.IGNORECASE)


class DisposableSession(PostgresSession):
    """A session on a server of our own."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.disposable = True

    def execute(self, sql: str) -> None:
        """Run one statement; a role or tablespace that it names and that is missing is made first."""
        known: set[str] = set()
        while True:
            try:
                with self._savepoint(sql):
                    super().execute(sql)
                return
            except DatabaseError as error:
                if error.message in known:
                    raise
                known.add(error.message)
                if not self._supplied(error.message):
                    raise

    def _supplied(self, message: str) -> bool:
        """Make what the message says is missing, if that is a role or a tablespace."""
        role, space = (pattern.fullmatch(message) for pattern in (MISSING_ROLE, MISSING_TABLESPACE))
        if role is not None:
            super().execute(f"CREATE ROLE {quote_name(role[1])}")
        elif space is not None:
            tablespaces.make(self, space["name"])
        return role is not None or space is not None

    @contextlib.contextmanager
    def _savepoint(self, sql: str) -> Iterator[None]:
        """Within a transaction, let it go on after a statement that may fail for what is missing."""
        inside = self.connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        if inside and (SPEAKS_OF_ROLES.match(sql) or SPEAKS_OF_TABLESPACES.search(sql)):
            with self.connection.transaction():
                yield
        else:
            yield


def as_new_role(session: PostgresSession, url: str, name: str) -> str:
    """The URL for a new superuser of this name."""
    password = secrets.token_hex(16)
    session.execute(f"CREATE ROLE {quote_name(name)} SUPERUSER LOGIN PASSWORD {quote_text(password)}")
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(name, safe='')}:{password}@{place}"))


def present(session: PostgresSession) -> frozenset[str]:
    """The names of all roles."""
    return frozenset(name for (name,) in session.rows("SELECT rolname::text FROM pg_roles"))


def drop_made(session: PostgresSession, before: frozenset[str]) -> None:
    """Drop the roles that were not there before, at once: they may have granted each other memberships."""
    made = sorted(present(session) - before)
    if made:
        session.execute(f"DROP ROLE {', '.join(map(quote_name, made))}")
