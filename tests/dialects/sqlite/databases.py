"""Databases in memory for the tests of this dialect."""

from __future__ import annotations

from backstay.dialects.dialect import Session, Statement, StatementOptions
from backstay.dialects.sqlite import SQLITE
from backstay.schema.changes import Change
from backstay.schema.diff import diff
from backstay.schema.model import Realm
from backstay.schema.patterns import Patterns


def load(sql: str, url: str = "sqlite://:memory:") -> Session:
    """A database made by these statements."""
    session = SQLITE.connect(url)
    for fragment in SQLITE.split(sql):
        session.execute(fragment.text)
    return session


def inspect(session: Session) -> Realm:
    return session.inspect(Patterns())


def changes(before: Realm, after: Realm) -> tuple[Change, ...]:
    return diff(*SQLITE.reconcile(before, after))


def plan(before: Realm, after: Realm, *, indent: str = "") -> tuple[Statement, ...]:
    return SQLITE.plan(changes(before, after), StatementOptions(qualify=False, indent=indent, realm=before))


def apply(session: Session, statements: tuple[Statement, ...]) -> None:
    with session.transaction():
        for statement in statements:
            session.execute(statement.sql)
