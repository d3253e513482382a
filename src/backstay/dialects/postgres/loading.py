"""The statements of a schema file on a dev database: many at a time, where that changes nothing.

Statements in one message of the simple query protocol are one transaction (PostgreSQL documentation,
54.2.2.1), and save a round trip and a commit each. What cannot be in a transaction, or decides about others,
is sent by itself. Where a message fails, its statements run again one by one: this finds the one that is
refused, and lets those pass that only wanted a transaction of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import psycopg
from psycopg.pq import TransactionStatus

from backstay.dialects.postgres import connect
from backstay.errors import DatabaseError, StatementError

if TYPE_CHECKING:
    from backstay.dialects.postgres.session import PostgresSession

MANY = 50
"""Statements in one message: the server keeps their locks until its end."""

PLAIN = re.compile(
    r"(?:CREATE|ALTER|COMMENT)\s+(?!EXTENSION|DATABASE|SUBSCRIPTION|TABLESPACE|SYSTEM)", re.IGNORECASE
)
"""A statement that can share a transaction with others, most times."""

NO_TIMEOUT = re.compile(r"SET\s+transaction_timeout\s*=\s*0\s*;?", re.IGNORECASE)
"""What pg_dump writes since PostgreSQL 17; servers before it have no such limit, and do not know its name."""


def load(session: PostgresSession, statements: Sequence[str]) -> None:
    """See `Session.load`."""
    for first, texts in _messages(statements):
        if len(texts) == 1 or not _sent(session, texts):
            for number, text in enumerate(texts, first):
                if session.connection.info.server_version < 170000 and NO_TIMEOUT.fullmatch(text.strip()):
                    continue
                try:
                    session.execute(text)
                except DatabaseError as error:
                    raise StatementError(error, number) from None
    if session.connection.info.transaction_status != TransactionStatus.IDLE:
        session.execute("ROLLBACK")
        raise DatabaseError(
            "a transaction that the statements begin is never committed",
            hint="write COMMIT behind it, or leave BEGIN out",
        )
    session.reset()


def _messages(statements: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The statements that go together, with the number of the first one."""
    number = 0
    for together, found in groupby(statements, lambda text: PLAIN.match(text) is not None):
        texts = list(found)
        size = MANY if together else 1
        for start in range(0, len(texts), size):
            message = texts[start : start + size]
            yield number, message
            number += len(message)


def _sent(session: PostgresSession, texts: Sequence[str]) -> bool:
    """Did they all run, in a transaction of their own?"""
    if session.connection.info.transaction_status != TransactionStatus.IDLE:
        return False
    try:
        session.connection.execute("\n".join(text if text.endswith(";") else f"{text}\n;" for text in texts))
    except psycopg.OperationalError as error:
        if session.connection.closed:
            raise connect.database_error(error) from None
        return False
    except psycopg.Error:
        return False
    return True
