"""Expressions that the catalogue words in two ways: what is said of them is what the server does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backstay.dialects.postgres import POSTGRES
from backstay.dialects.postgres.expressions import settled, written
from backstay.dialects.postgres.session import PostgresSession
from backstay.schema.model import Realm
from tests.dialects.postgres.databases import EVERYTHING, connected, load, planned

TABLE = "CREATE TABLE t (v varchar, w varchar(5), n numeric, j json, vs varchar[], ts text[])"

COMMON = [
    "v IN ('a', 'b')",
    "w NOT IN ('a', NULL, E'\\\\\\'', ',]', '(ARRAY[''x''])::text[]')",
    "w = ANY (ARRAY['a', 'b']::varchar(5)[])",
    "(v COLLATE \"C\") IN ('a') OR (v IN ('a', 'b')) = (w IN ('c', 'd'))",
    "(j ->> 'k')::varchar IN ('x', 'y')",
]
OTHERS = [
    "v LIKE ANY (ARRAY['a%', w])",
    "n = ANY (ARRAY[1, 2])",
    "vs || ARRAY['a', lower('(B')] = vs",
    "(ARRAY[ARRAY[v, 'a'], ARRAY['b', w]]::varchar[])::text[] = ts",
    "v IN ('ANY ((ARRAY[''a''::character varying])::text[])') AND vs[1] IN ('a', 'b')",
]


@pytest.fixture
def session(postgres: str) -> Iterator[PostgresSession]:
    with connected(postgres) as session:
        session.execute(TABLE)
        yield session


def worded(session: PostgresSession, expr: str) -> str:
    session.execute(f"ALTER TABLE t ADD CONSTRAINT k CHECK ({expr})")
    (row,) = session.rows("SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'k'")
    session.execute("ALTER TABLE t DROP CONSTRAINT k")
    return str(row[0])


def test_how_the_server_words_its_own_words(session: PostgresSession) -> None:
    for expr in (*COMMON, *OTHERS):
        once = worded(session, expr)
        again = worded(session, once)
        assert settled(once) == again, expr
        assert settled(again) == again, expr


def test_what_is_written_makes_the_same_words_again(session: PostgresSession) -> None:
    for expr in COMMON:
        once = worded(session, expr)
        assert worded(session, written(once)) == once


@pytest.mark.parametrize(
    "text", ["a > 1", "'(ARRAY[1])::text[]' = ANY (x)", "ARRAY[1, 2]", "(ARRAY[1])[1]", ")", "a = ' ON TRUE'"]
)
def test_other_expressions_stay_as_they_are(text: str) -> None:
    assert (settled(text), written(text)) == (text, text)


def test_both_wordings_are_one_state(session: PostgresSession) -> None:
    """As in a database that was restored from a dump, and the files it was once made from."""
    load(
        session,
        "CREATE SCHEMA a; CREATE TABLE a.t (v varchar CHECK (v IN ('a', 'b')));"
        "CREATE INDEX i ON a.t (v) WHERE v IN ('a', 'b');"
        "CREATE VIEW a.w AS SELECT v FROM a.t WHERE v IN ('a', 'b');"
        "CREATE TABLE a.n (x int); CREATE VIEW a.j AS SELECT v, x FROM a.t NATURAL LEFT JOIN a.n;"
        "CREATE POLICY p ON a.t USING (v IN ('a', 'b'))",
    )
    (once,) = session.inspect(EVERYTHING, ["a"]).schemas
    joined, whole = once.views
    table = once.tables[1]
    load(
        session,
        "DROP TABLE a.t CASCADE;"
        f"CREATE TABLE a.t (v varchar, CONSTRAINT t_v_check CHECK ({table.checks[0].expr}));"
        f"CREATE INDEX i ON a.t (v) WHERE {table.indexes[0].where};"
        f"CREATE VIEW a.w AS {whole.definition}; CREATE VIEW a.j AS {joined.definition};"
        f"CREATE POLICY p ON a.t USING {once.policies[0].using}",
    )
    (again,) = session.inspect(EVERYTHING, ["a"]).schemas
    before, after = Realm(schemas=(once,)), Realm(schemas=(again,))
    assert before != after
    assert planned(before, after) == planned(after, before) == ()
    assert POSTGRES.canonical(before) == POSTGRES.canonical(after)
