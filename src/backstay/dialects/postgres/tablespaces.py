"""Tablespaces on a dev server of our own: one that a statement names is made when it is missing.

They belong to a cluster, as roles do, and what a dev server keeps needs no disk of its own: they are made
within the data directory (`allow_in_place_tablespaces`, PostgreSQL documentation, 19.17).
"""

from __future__ import annotations

import re
from contextlib import closing

from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.session import PostgresSession

MISSING_TABLESPACE = re.compile(
    r'(?:invalid value for parameter "default_tablespace": .+: T|t)ablespace "(?P<name>.+)" does not'
    r" exist\.?",
    re.DOTALL,
)
"""What the server says, of SET and of CREATE and ALTER."""


def make(session: PostgresSession, name: str) -> None:
    """Make a tablespace, in a session of its own: that cannot be part of a transaction."""
    with closing(PostgresSession(session.url)) as other:
        other.execute("SET allow_in_place_tablespaces = on")
        other.execute(f"CREATE TABLESPACE {quote_name(name)} LOCATION ''")


def present(session: PostgresSession) -> frozenset[str]:
    """The names of all tablespaces."""
    return frozenset(name for (name,) in session.rows("SELECT spcname::text FROM pg_tablespace"))


def drop_made(session: PostgresSession, before: frozenset[str]) -> None:
    """Drop the tablespaces that were not there before; what was in them is gone."""
    for name in sorted(present(session) - before):
        session.execute(f"DROP TABLESPACE {quote_name(name)}")
