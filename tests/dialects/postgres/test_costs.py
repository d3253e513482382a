"""What statements cost, as planned and as the server says: does it write the table anew, does it read it?"""

from __future__ import annotations

import pytest

from backstay.dialects.postgres.session import PostgresSession
from tests.dialects.postgres.databases import EVERYTHING, connected, emptied, load, planned

TYPES = """
CREATE DOMAIN plain AS text;
CREATE DOMAIN strict AS text CHECK (VALUE <> 'q');
CREATE FUNCTION steady() RETURNS int LANGUAGE sql STABLE RETURN 1;
CREATE FUNCTION moving() RETURNS int LANGUAGE sql VOLATILE RETURN random()::int;
CREATE TABLE o (id int PRIMARY KEY);
"""
RETYPED = """
varchar(5)>varchar(9) varchar(9)>varchar(5) varchar(5)>varchar varchar(5)>text text>varchar text>varchar(9)
text>bpchar varchar(5)>bpchar char(5)>text char(5)>char(9) numeric(5,2)>numeric(9,2) numeric(5,2)>numeric(9,3)
numeric(5,2)>numeric numeric>numeric(9,2) bit(3)>bit(5) varbit(3)>varbit(5) varbit(3)>varbit bit(3)>varbit
timestamp>timestamptz timestamptz>timestamp timestamp(3)>timestamp(5) timestamp(3)>timestamp
timestamp>timestamp(6) timestamp>timestamp(3) timestamp(3)>timestamptz(3) timetz(3)>timetz
interval(3)>interval(4) interval>interval(3) cidr>inet inet>cidr int>bigint bigint>int xml>text json>jsonb
varchar(5)[]>varchar(9)[] varchar[]>text[] varchar(5)[]>varchar[] text>plain plain>text text>strict
varchar(5)>plain date>timestamp
"""
CHANGES = [
    *(("a " + old, "a " + new) for old, new in (pair.split(">") for pair in RETYPED.split())),
    ("a int", "a int, b int DEFAULT 1"),
    ("a int", "a int, b timestamptz DEFAULT now()"),
    ("a int", "a int, b float8 DEFAULT random()"),
    ("a int", "a int, b int DEFAULT steady()"),
    ("a int", "a int, b int DEFAULT moving()"),
    ("a int", "a int, b int GENERATED ALWAYS AS IDENTITY"),
    ("a int", "a int, b bigserial"),
    ("a int", "a int, b int GENERATED ALWAYS AS (a + 1) STORED"),
    ("a int", "a int, b plain"),
    ("a int", "a int, b strict"),
    ("a int", "a int NOT NULL"),
    ("a int NOT NULL", "a int"),
    ("a int", "a int CHECK (a > 0)"),
    ("a int", "a int REFERENCES o"),
    ("a int", "a int UNIQUE"),
    ("a int", "a int DEFAULT 1"),
    ("a text", "a text; ALTER TABLE t ALTER a SET STORAGE PLAIN"),
    ("a text UNIQUE", 'a text COLLATE "C" UNIQUE'),
]
COUNT = "SELECT seq_scan FROM pg_stat_xact_all_tables WHERE relid = 't'::regclass"
FILE = "SELECT pg_relation_filenode('t')"


class Undone(Exception):
    """Ends a transaction without a trace."""


def measured(session: PostgresSession, sql: str) -> tuple[bool, bool]:
    """Does the statement write the table anew, does it read it? It is undone again."""
    found: list[object] = []
    try:
        with session.transaction():
            before = session.rows(FILE), session.rows(COUNT)
            session.execute(sql)
            after = session.rows(FILE), session.rows(COUNT)
            found = [old != new for old, new in zip(before, after, strict=True)]
            raise Undone
    except Undone:
        return bool(found[0]), bool(found[1])


def test_costs_are_those_of_the_server(postgres: str) -> None:
    with connected(postgres, "app") as session:
        wrong = []
        for old, new in CHANGES:
            states = []
            for columns in (new, old):
                made, _, altered = columns.partition("; ")
                load(emptied(session), f"{TYPES} CREATE TABLE t ({made}); {altered}")
                states.append(session.inspect(EVERYTHING))
            load(session, "INSERT INTO t DEFAULT VALUES" if old != "a int NOT NULL" else "")
            for statement in planned(states[1], states[0], qualify=False):
                if "ALTER TABLE" in statement.sql and "NOT NULL" not in statement.sql:
                    told = statement.rewrite, statement.scan
                    if told != measured(session, statement.sql):
                        wrong.append((old, new, statement.sql, told))
        assert wrong == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("CREATE TABLE t (a int)", "CREATE UNLOGGED TABLE t (a int)", (True, True)),
        ("CREATE TABLE t (a int)", "CREATE TABLE t (a int); CREATE INDEX i ON t (a)", (False, True)),
        ("", "CREATE TABLE t (a int PRIMARY KEY)", (False, False)),
        ("CREATE TABLE t (a int)", "CREATE TABLE t (a int NOT NULL)", (False, True)),
        ("CREATE TABLE t (a int NOT NULL)", "CREATE TABLE t (a int)", (False, False)),
    ],
)
def test_costs_of_other_statements(postgres: str, old: str, new: str, told: tuple[bool, bool]) -> None:
    with connected(postgres, "app") as session:
        states = []
        for sql in (old, new):
            load(emptied(session), sql)
            states.append(session.inspect(EVERYTHING))
        statements = planned(*states, qualify=False)
        assert [(item.rewrite, item.scan) for item in statements] == [told]
