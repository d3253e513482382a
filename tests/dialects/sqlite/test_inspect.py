"""What the inspector refuses, what it asks, and how constraints are called."""

from __future__ import annotations

import pytest

from backstay.dialects.sqlite.connect import SQLiteSession
from backstay.errors import NotFoundError, UnsupportedError
from backstay.schema.model import Table
from backstay.schema.patterns import Patterns
from tests.dialects.sqlite.databases import inspect, load

OTHERS = """
CREATE TABLE t (
  a int NOT NULL ON CONFLICT IGNORE, b int UNIQUE ON CONFLICT REPLACE, c int UNIQUE ON CONFLICT ABORT
);
CREATE TABLE u (a int, PRIMARY KEY (a DESC));
CREATE TABLE v (a int, PRIMARY KEY (a COLLATE NOCASE));
CREATE TABLE w (a int CONSTRAINT x CHECK (a > 0) CONSTRAINT x CHECK (a < 9));
CREATE VIEW seen AS SELECT a FROM t;
CREATE TRIGGER fired AFTER INSERT ON u BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT 3; END;
CREATE VIRTUAL TABLE found USING fts5(x);
"""


def table(sql: str) -> Table:
    (found,) = inspect(load(sql)).schemas[0].tables
    return found


def test_one_error_names_everything_that_is_not_carried() -> None:
    with pytest.raises(UnsupportedError) as caught:
        inspect(load(OTHERS))
    assert caught.value.message == (
        'not supported by this version: ON CONFLICT clause of a NOT NULL constraint in table "t", '
        'ON CONFLICT clause of a UNIQUE constraint in table "t", collation of a primary key in table "v", '
        'descending primary key in table "u", several constraints "x" in table "w", trigger "fired", '
        'view "seen", virtual table "found"'
    )


@pytest.mark.parametrize("trigger", ["fired", "*[type=trigger]", "u.fired", "*.*[type=trigger]"])
def test_what_is_excluded_is_not_refused(trigger: str) -> None:
    exclude = ["[t-w]", "*[type=view]", "found", trigger]
    realm = load(OTHERS).inspect(Patterns.of(exclude, [], schema="main"))
    assert realm.schemas[0].tables == ()


def test_there_is_one_schema() -> None:
    session = load("CREATE TABLE t (a)")
    assert session.inspect(Patterns(), ["main"]) == inspect(session)
    with pytest.raises(NotFoundError, match='schema "other" was not found'):
        session.inspect(Patterns(), ["other"])


def test_the_number_of_queries_does_not_depend_on_the_schema() -> None:
    tables = "".join(
        f"CREATE TABLE t{n} (a integer PRIMARY KEY, b int REFERENCES t0, c UNIQUE CHECK (c > {n}));"
        f"CREATE INDEX i{n} ON t{n} (b);"
        for n in range(50)
    )
    session = load(tables)
    assert isinstance(session, SQLiteSession)
    asked: list[str] = []
    session.connection.set_trace_callback(asked.append)
    assert len(inspect(session).schemas[0].tables) == 50
    assert len([sql for sql in asked if "SELECT" in sql and not sql.startswith("--")]) <= 6
    assert len([sql for sql in asked if not sql.startswith("--")]) <= 8


def test_unnamed_unique_constraints_are_called_by_their_columns() -> None:
    found = table(
        "CREATE TABLE t (a UNIQUE, b, CONSTRAINT own UNIQUE (b), UNIQUE (a, b),"
        " UNIQUE (a COLLATE NOCASE), UNIQUE (A))"
    )
    assert [(index.name, index.constraint) for index in found.indexes] == [
        ("own", True),
        ("t_a", True),
        ("t_a_2", True),
        ("t_a_b", True),
    ]


def test_a_unique_constraint_yields_its_name_to_an_index() -> None:
    found = table("CREATE TABLE t (a UNIQUE); CREATE INDEX t_a ON t (a)")
    assert [(index.name, index.constraint) for index in found.indexes] == [("t_a", False), ("t_a_2", True)]


def test_a_foreign_key_without_columns_refers_to_the_primary_key() -> None:
    realm = inspect(
        load(
            "CREATE TABLE P (A, B, PRIMARY KEY (B, A));CREATE TABLE c (x, y, FOREIGN KEY (X, y) REFERENCES p)"
        )
    )
    key = realm.schemas[0].tables[1].foreign_keys[0]
    assert (key.columns, key.ref_table, key.ref_columns) == (("x", "y"), "P", ("B", "A"))


def test_a_default_of_null_is_no_default() -> None:
    assert table("CREATE TABLE t (a DEFAULT NULL)").columns[0].default is None


def test_tables_of_the_library_are_not_ours() -> None:
    realm = inspect(load("CREATE TABLE t (a integer PRIMARY KEY AUTOINCREMENT); CREATE TABLE libsql_x (a)"))
    assert [found.name for found in realm.schemas[0].tables] == ["t"]


def test_columns_added_later_are_read_too() -> None:
    session = load(
        "CREATE TABLE p (x UNIQUE); CREATE TABLE t (a, CONSTRAINT f FOREIGN KEY (a) REFERENCES p (x))"
    )
    session.execute("ALTER TABLE t ADD COLUMN b int CONSTRAINT g REFERENCES p (x) CHECK (b > 0)")
    session.execute("ALTER TABLE t ADD COLUMN c text COLLATE nocase")
    found = inspect(session).schemas[0].tables[1]
    assert [(key.name, key.columns) for key in found.foreign_keys] == [("f", ("a",)), ("g", ("b",))]
    assert [check.expr for check in found.checks] == ["b > 0"]
    assert found.columns[2].collation == "NOCASE"
