"""Rows in the tables of a database, and what a plan leaves of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.session import PostgresSession
from backstay.errors import DatabaseError

WORDS = (
    ("1", "a", "2024-02-03", "t", "{1}", "{a}", "{}", "[1,2)", "(1,a)", "(1,a,a)", "(a)"),
    ("2", "b", "2024-03-04", "f", "{2}", "{b}", "{}", "[2,3)", "(2,b)", "(2,b,b)", "(b)"),
)
"""For each row, values of which one goes with any type."""

COLUMNS = """
SELECT a.attrelid::regclass::text, a.attname::text, format_type(a.atttypid, a.atttypmod),
  a.attgenerated <> '', t.typtype = 'c' OR e.typtype = 'c'
FROM pg_attribute a
JOIN pg_class r ON r.oid = a.attrelid AND r.relkind = 'r' AND r.oid >= 16384
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type e ON e.oid = t.typelem
WHERE a.attnum > 0 AND NOT a.attisdropped
ORDER BY 1, a.attnum
"""


class Values(NamedTuple):
    """The values of a column, as texts in order; `is_composite`: the text tells the fields of its type."""

    type: str
    is_generated: bool
    is_composite: bool
    texts: tuple[str | None, ...]


def fill(session: PostgresSession) -> None:
    """Put two rows in each table that takes them."""
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, column, type_, is_generated, _ in session.rows(COLUMNS):
        if not is_generated:
            tables.setdefault(table, []).append((column, type_))
    for words in WORDS:
        known: dict[str, str] = {}
        refused = [
            name for name, columns in tables.items() if not _insert(session, name, columns, words, known)
        ]
        for name in refused:  # it may refer to a later one
            _insert(session, name, tables[name], words, known)


def _insert(
    session: PostgresSession,
    table: str,
    columns: list[tuple[str, str]],
    words: tuple[str, ...],
    known: dict[str, str],
) -> bool:
    """Put a row in a table; does it take that?"""
    names = ", ".join(quote_name(column) for column, _ in columns)
    values = ", ".join(_value(session, type_, words, known) for _, type_ in columns)
    try:
        session.execute(f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES ({values})")
    except DatabaseError:
        return False
    return True


def _value(session: PostgresSession, type_: str, words: tuple[str, ...], known: dict[str, str]) -> str:
    for word in () if type_ in known else words:
        with suppress(DatabaseError):
            session.rows(f"SELECT {quote_text(word)}::{type_}")
            known[type_] = quote_text(word)
            break
    return known.setdefault(type_, "NULL")


def survey(session: PostgresSession) -> Mapping[tuple[str, str], Values]:
    """What all columns of all tables hold."""
    return {
        (table, column): Values(type_, is_generated, is_composite, tuple(_texts(session, table, column)))
        for table, column, type_, is_generated, is_composite in session.rows(COLUMNS)
    }


def _texts(session: PostgresSession, table: str, column: str) -> Iterator[str | None]:
    for (text,) in session.rows(f"SELECT {quote_name(column)}::text FROM ONLY {table} ORDER BY 1"):
        yield text


def lost(
    before: Mapping[tuple[str, str], Values], after: Mapping[tuple[str, str], Values]
) -> list[tuple[str, str]]:
    """The columns that are there before and after, and do not hold what they held.

    Where the type changes, a value has another text: then it must still be there.
    """
    return [key for key in before.keys() & after.keys() if not _is_kept(before[key], after[key])]


def _is_kept(old: Values, new: Values) -> bool:
    if new.is_generated:
        return len(old.texts) == len(new.texts)
    if old.type == new.type and not old.is_composite:
        return old.texts == new.texts
    return [text is None for text in old.texts] == [text is None for text in new.texts]
