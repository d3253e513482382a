"""Any schema leads to any other: the plan works, leaves nothing to do, and keeps the rows."""

from __future__ import annotations

import re
import sqlite3
from contextlib import suppress
from string import Template

from hypothesis import given, settings
from hypothesis import strategies as st

from backstay.dialects.sqlite.connect import SQLiteSession
from backstay.dialects.sqlite.normal import expression
from backstay.dialects.sqlite.tokens import tokens
from tests.dialects.comparing import unordered
from tests.dialects.sqlite.databases import apply, inspect, load, plan

COLUMNS = ("a", '"b c"', "`select`", "[d]")
TYPES = ("int", "INTEGER", "varchar(20)", "text", "Decimal( 10,2 )", "", "blob", "datetime")
DETAILS = (
    "",
    "NOT NULL DEFAULT 1",
    "DEFAULT 'x''y'",
    "DEFAULT (1 + 2)",
    "DEFAULT CURRENT_TIMESTAMP",
    "COLLATE NOCASE",
    "CHECK ($c <> 'no')",
    'CONSTRAINT "k $t" CHECK (length($c) > -1 OR $c IS NULL)',
    "AS (id + 1)",
    "GENERATED ALWAYS AS (id || 'x') STORED",
)
CONSTRAINTS = (
    "UNIQUE ($c, id)",
    "CONSTRAINT u$t UNIQUE (id DESC, $c COLLATE RTRIM)",
    "CHECK ($t.id > 0)",
    "FOREIGN KEY (parent) REFERENCES $o",
    "CONSTRAINT f$t FOREIGN KEY (parent) REFERENCES $o (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
)
INDEXES = ("($c)", "($c DESC, id)", "(lower($c) COLLATE NOCASE)", "(id) WHERE $c IS NOT NULL")
KEYS = ("id integer PRIMARY KEY", "id integer PRIMARY KEY AUTOINCREMENT", "id int NOT NULL PRIMARY KEY")


@st.composite
def table(draw: st.DrawFn, name: str) -> str:
    """The SQL of one table and its indexes."""
    columns = draw(st.lists(st.sampled_from(COLUMNS), unique=True, min_size=1, max_size=4))
    some = st.sampled_from(columns)

    def fill(template: str) -> str:
        other = draw(st.sampled_from(("t0", "t1", "t2")))
        return Template(template).substitute(c=draw(some), t=name, o=other)

    items = [draw(st.sampled_from(KEYS)), "parent int"]
    for column in columns:
        detail = Template(draw(st.sampled_from(DETAILS))).substitute(c=column, t=name + column.strip('"`[]'))
        items.append(f"{column} {draw(st.sampled_from(TYPES))} {detail}")
    items += map(fill, draw(st.lists(st.sampled_from(CONSTRAINTS), unique=True, max_size=2)))
    indexes = draw(st.lists(st.sampled_from(INDEXES), unique=True, max_size=2))
    made = "".join(f"CREATE INDEX i{name}{n} ON {name} {fill(text)};" for n, text in enumerate(indexes))
    return f"CREATE TABLE {name} ({', '.join(items)});{made}"


TABLES = ("t0", "t1", "t2")
SCHEMAS = st.tuples(*(st.one_of(st.just(""), table(name)) for name in TABLES)).map("".join)


@settings(max_examples=150, deadline=None)
@given(SCHEMAS, SCHEMAS)
def test_any_schema_leads_to_any_other(before: str, after: str) -> None:
    session, desired = load(before), inspect(load(after))
    kept = {name for name in TABLES if all(f"TABLE {name} " in sql for sql in (before, after))}
    with session.transaction():
        for name in kept:
            session.execute(f"INSERT INTO {name} (id) VALUES (1), (2)")

    apply(session, plan(inspect(session), desired))

    reached = inspect(session)
    assert not plan(reached, desired)
    assert names_aside(unordered(reached)) == names_aside(unordered(desired))
    assert isinstance(session, SQLiteSession)
    for name in kept:
        assert session.connection.execute(f"SELECT id FROM {name} ORDER BY id").fetchall() == [(1,), (2,)]


@settings(max_examples=60, deadline=None)
@given(SCHEMAS)
def test_what_is_inspected_can_be_made_again(sql: str) -> None:
    realm, session = inspect(load(sql)), load("")
    apply(session, plan(inspect(session), realm))
    assert inspect(session) == realm


def names_aside(realm: object) -> str:
    """The realm as text without the names of foreign keys, which one side alone may have."""
    return re.sub("name='ft[0-2]'", "name=''", repr(realm))


ATOMS = st.sampled_from(
    ["a", "B", '"a"', "1", "2.50", "'x''Y'", "NULL", "x'0f'", "-1", '"q"', "TRUE", "(a)", "t.b"]
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(
            inner,
            st.sampled_from(["+", "-", "*", "||", "=", "==", "<>", "!=", "<", "and", "OR", "is", "LIKE"]),
            inner,
        ).map(" ".join),
        inner.map(lambda e: f"({e})"),
        inner.map(lambda e: f"- {e}"),
        inner.map(lambda e: f"not {e}"),
        inner.map(lambda e: f"Lower( {e} )"),
        inner.map(lambda e: f"cast({e} AS Integer)"),
        inner.map(lambda e: f"{e} collate nocase"),
        st.tuples(inner, inner).map(lambda p: f"{p[0]} in({p[1]},1)"),
        st.tuples(inner, inner).map(lambda p: f"case when {p[0]} then {p[1]} end"),
        st.tuples(inner, inner).map(lambda p: f"{p[0]} between 0 and {p[1]}"),
    ),
    max_leaves=6,
)
CONNECTION = sqlite3.connect(":memory:")
CONNECTION.executescript("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), ('X', 2.5), (NULL, 0)")


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS)
def test_the_normal_form_means_the_same(source: str) -> None:
    normal = expression(tokens(source), "t", {"a": "a", "b": "b"})
    with suppress(sqlite3.OperationalError):  # not every mixture is an expression
        expected = CONNECTION.execute(f"SELECT {source} FROM t").fetchall()
        assert CONNECTION.execute(f"SELECT {normal} FROM t").fetchall() == expected
