"""Views and triggers that the state leaves out, and that mention the tables it changes.

SQLite looks at all of them when a table is renamed, and refuses when one mentions a table that is not there:
the rebuilt one, between its DROP and its RENAME. Its own advice is the legacy form of the statement, which
touches nothing but the table (sqlite.org/pragma.html#pragma_legacy_alter_table); whether they still work is
seen at the end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from backstay.dialects.sqlite.tokens import fold, quote, tokens

PREFIX = "new_"
"""What a rebuilt table is called until it is put in its place."""

DEPENDENTS = "SELECT DISTINCT type, tbl_name FROM main.sqlite_schema WHERE type IN ('view', 'trigger')"
COLUMNS = "SELECT name FROM pragma_table_xinfo(?, 'main') WHERE hidden = 0"


@contextmanager
def in_place(connection: sqlite3.Connection, sql: str) -> Iterator[None]:
    """Let a statement that puts a rebuilt table in its place touch nothing but the table."""
    if not _puts_in_place(sql):
        yield
        return
    connection.execute("PRAGMA legacy_alter_table = on")
    try:
        yield
    finally:
        connection.execute("PRAGMA legacy_alter_table = off")


def broken(connection: sqlite3.Connection) -> dict[str, str]:
    """Views, and tables whose triggers, cannot be used -> what SQLite says of them."""
    found: dict[str, str] = {}
    for kind, name in connection.execute(DEPENDENTS).fetchall():
        try:
            for statement in _uses(connection, kind, name):
                connection.execute(f"EXPLAIN {statement}").close()
        except sqlite3.OperationalError as error:
            subject = f'view "{name}"' if kind == "view" else f'a trigger of "{name}"'
            found[subject] = str(error)
    return found


def _puts_in_place(sql: str) -> bool:
    """Is this the last step of a rebuild?"""
    if sql.lstrip()[:5].upper() != "ALTER":
        return False
    match tokens(sql):
        case [_, _, old, rename, to, new, *_] if (rename.word, to.word) == ("RENAME", "TO"):
            prefix, found, rest = fold(old.name).rpartition(fold(new.name))
            return bool(found and prefix and not rest and not prefix.replace(PREFIX, ""))
    return False


def _uses(connection: sqlite3.Connection, kind: str, name: str) -> Iterator[str]:
    """Statements for which SQLite compiles the view, or the triggers of the table."""
    table = quote(name)
    if kind == "view":
        yield f"SELECT * FROM {table}"
        return
    columns = [quote(column) for (column,) in connection.execute(COLUMNS, (name,))]
    yield f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['NULL'] * len(columns))})"
    yield f"UPDATE {table} SET {', '.join(f'{column} = {column}' for column in columns)}"
    yield f"DELETE FROM {table}"
