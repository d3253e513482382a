"""Rows in the tables of a database, and what a plan leaves of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
  a.attgenerated <> '', t.typtype = 'c' OR e.typtype = 'c', r.relkind = 'p'
FROM pg_attribute a
JOIN pg_class r ON r.oid = a.attrelid AND r.relkind IN ('r', 'p') AND r.oid >= 16384
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type e ON e.oid = t.typelem
WHERE a.attnum > 0 AND NOT a.attisdropped
ORDER BY 1, a.attnum
"""

ROOTS = """
SELECT oid::regclass::text, coalesce(pg_partition_root(oid), oid)::regclass::text
FROM pg_class WHERE relkind IN ('r', 'p') AND oid >= 16384
"""


class Values(NamedTuple):
    """The values of a column, as texts in order; `is_composite`: the text tells the fields of its type."""

    type: str
    is_generated: bool
    is_composite: bool
    texts: tuple[str | None, ...]


class Survey(NamedTuple):
    """What all columns of all tables hold, and the root of the partitions each table is in, or itself."""

    columns: Mapping[tuple[str, str], Values]
    roots: Mapping[str, str]


def fill(session: PostgresSession) -> None:
    """Put two rows in each table that takes them."""
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, column, type_, is_generated, _, is_partitioned in session.rows(COLUMNS):
        if not is_generated and not is_partitioned:
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


def survey(session: PostgresSession) -> Survey:
    """What a database holds."""
    columns = {
        (table, column): Values(type_, is_generated, is_composite, tuple(_texts(session, table, column)))
        for table, column, type_, is_generated, is_composite, _ in session.rows(COLUMNS)
    }
    return Survey(columns, dict(session.rows(ROOTS)))


def _texts(session: PostgresSession, table: str, column: str) -> Iterator[str | None]:
    for (text,) in session.rows(f"SELECT {quote_name(column)}::text FROM ONLY {table} ORDER BY 1"):
        yield text


def lost(before: Survey, after: Survey) -> list[tuple[str, str]]:
    """The columns that are there before and after, and do not hold what they held.

    Where the type changes, a value has another text: then it must still be there. Rows may move within
    partitions of one root, also to those that are new.
    """
    found = []
    for tables in _together(before, after):
        stay = tables & before.roots.keys() & after.roots.keys()
        same = stay == tables
        for column in sorted({name for table, name in before.columns if table in stay}):
            old = [before.columns[table, column] for table in stay if (table, column) in before.columns]
            new = [after.columns[table, column] for table in tables if (table, column) in after.columns]
            if new and not _is_kept(old, new, same=same):
                found.append((min(stay), column))
    return found


def _together(*surveys: Survey) -> list[frozenset[str]]:
    """The tables, those together that are partitions of one root in one of the surveys."""
    groups: dict[str, frozenset[str]] = {}
    for table, root in (pair for survey in surveys for pair in survey.roots.items()):
        joined = groups.get(table, frozenset({table})) | groups.get(root, frozenset({root}))
        groups |= dict.fromkeys(joined, joined)
    return sorted(set(groups.values()), key=sorted)


def _is_kept(old: Sequence[Values], new: Sequence[Values], *, same: bool) -> bool:
    """Do the columns hold all that they held; and no more, if they are of the `same` tables?"""
    texts = [Counter(text for values in side for text in values.texts) for side in (old, new)]
    if any(values.is_generated for values in new):
        texts = [Counter({"": count.total()}) for count in texts]
    elif len({values.type for values in (*old, *new)}) > 1 or any(values.is_composite for values in old):
        texts = [Counter("NULL" if text is None else "" for text in count.elements()) for count in texts]
    return texts[0] == texts[1] if same else texts[0] <= texts[1]
