"""`renamed_from`: the object keeps its rows and all that uses it, under its new name."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from backstay import operations
from backstay.errors import BackstayError
from backstay.operations.observer import Observer
from backstay.operations.options import ApplyOptions, PushOptions
from backstay.operations.results import ApplyResult
from tests.dialects.postgres.databases import dumps
from tests.operations.conftest import Project
from tests.servers.postgres import fresh_database


class Notices(Observer):
    def __init__(self) -> None:
        self.notices: list[str] = []

    def notice(self, text: str) -> None:
        self.notices.append(text)


class Place:
    """A target, an independent load of the desired state, and a dev database."""

    def __init__(self, url: str, desired: str, dev: str, major: str, path: Path) -> None:
        self.url, self.desired, self.dev, self.major, self.path = url, desired, dev, major, path

    def execute(self, sql: str, url: str = "") -> list[Any]:
        with psycopg.connect(url or self.url, autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def apply(self, text: str, suffix: str = "sql", **options: Any) -> tuple[ApplyResult, list[str]]:
        file = self.path / f"schema.{suffix}"
        file.write_text(text)
        observer = Notices()
        given = {"url": self.url, "dev_url": self.dev, "auto_approve": True} | options
        (result,) = operations.apply(ApplyOptions(to=(f"file://{file}",), **given), observer)
        assert not result.error, result.error
        return result, observer.notices

    def statements(self, text: str, suffix: str = "sql", **options: Any) -> list[str]:
        result, _ = self.apply(text, suffix, **options)
        return [] if result.plan is None else [item.sql for item in result.plan.planned]

    def is_as_loaded(self, sql: str) -> bool:
        self.execute(sql, self.desired)
        made, loaded = dumps([self.url, self.desired], self.major)
        assert made == loaded
        return True


@pytest.fixture
def place(
    postgres_servers: Callable[[str], str],
    postgres_major: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Place]:
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / "cache"))
    server = postgres_servers(postgres_major)
    with fresh_database(server) as url, fresh_database(server) as desired, fresh_database(server) as dev:
        yield Place(url, desired, dev, postgres_major, tmp_path)


FROM = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (
    id serial PRIMARY KEY, no bigint GENERATED ALWAYS AS IDENTITY, name text NOT NULL, mood mood DEFAULT 'ok',
    CONSTRAINT people_name_check CHECK (name <> ''), UNIQUE (name)
);
CREATE INDEX people_name_idx ON people (name, mood);
CREATE TABLE posts (id int PRIMARY KEY, person int REFERENCES people, CONSTRAINT odd CHECK (person > 0));
CREATE FUNCTION greet(person text) RETURNS text LANGUAGE sql AS 'SELECT person';
"""
TO = """
-- atlas:renamed_from mood
CREATE TYPE "Feeling" AS ENUM (
    -- atlas:renamed_from 'sad'
    'blue',
    'ok'
);
-- backstay:renamed_from people
CREATE TABLE users (
    -- atlas:renamed_from id
    user_id serial PRIMARY KEY,
    no bigint GENERATED ALWAYS AS IDENTITY,
    -- atlas:renamed_from name
    "full name" text NOT NULL,
    mood "Feeling" DEFAULT 'ok',
    age int,
    CONSTRAINT "users_full name_check" CHECK ("full name" <> ''),
    UNIQUE ("full name")
);
CREATE INDEX users_name_idx ON users ("full name", mood);
CREATE TABLE posts (
    id int PRIMARY KEY,
    person int REFERENCES users,
    -- atlas:renamed_from odd
    CONSTRAINT even CHECK (person > 0)
);
-- atlas:renamed_from greet
CREATE FUNCTION hello(person text) RETURNS text LANGUAGE sql AS 'SELECT person';
"""
ROWS = "INSERT INTO people (name, mood) VALUES ('ada', 'sad'); INSERT INTO posts VALUES (1, 1);"


def test_rows_stay_and_everything_follows(place: Place) -> None:
    place.execute(FROM + ROWS)
    result, _ = place.apply(TO)
    assert result.plan is not None
    keys = [change.key for item in result.plan.planned for change in item.changes]
    assert {"rename_table", "rename_column", "rename_check", "rename_enum", "rename_enum_value"} <= set(keys)
    assert not [key for key in keys if key.startswith("drop_")]
    assert {h.code for item in result.plan.planned for h in item.hazards} == {"BC101", "BC102"}
    assert place.execute('SELECT user_id, no, "full name", mood, age FROM users') == [
        (1, 1, "ada", "blue", None)
    ]
    assert place.execute("INSERT INTO users (\"full name\") VALUES ('bo') RETURNING user_id, no") == [(2, 2)]
    assert place.is_as_loaded(TO)
    assert place.statements(TO) == []


def test_a_schema_of_any_name_can_be_bound(place: Place) -> None:
    place.execute(f"CREATE SCHEMA app; SET search_path = app; {FROM} {ROWS}")
    url, dev = f"{place.url}&search_path=app", f"{place.dev}&search_path=public"
    result, _ = place.apply(TO, url=url, dev_url=dev)
    assert result.plan is not None
    assert not [item.sql for item in result.plan.planned if "DROP" in item.sql]
    assert place.execute('SELECT user_id, "full name", mood FROM app.users') == [(1, "ada", "blue")]
    assert place.statements(TO, url=url, dev_url=dev) == []


HCL = """
schema "public" {}
schema "sales" { renamed_from = "shop" }
enum "feeling" {
  schema = schema.sales
  values = ["blue", "ok"]
  renamed_from = "mood"
  renamed_values = { blue = "sad" }
}
table "users" {
  schema = schema.sales
  renamed_from = "people"
  column "id" { type = int }
  column "label" {
    type = text
    renamed_from = "name"
  }
  column "how" { type = enum.feeling }
  primary_key { columns = [column.id] }
  index "users_label" {
    columns = [column.label]
    renamed_from = "by_name"
  }
  check "not_empty" {
    expr = "label <> ''"
    renamed_from = "c"
  }
}
table "posts" {
  schema = schema.sales
  column "user_id" {
    type = int
    renamed_from = "person"
  }
  foreign_key "posts_user_fk" {
    columns = [column.user_id]
    ref_columns = [table.users.column.id]
    renamed_from = "posts_person_fk"
  }
}
"""
BEFORE_HCL = """
CREATE SCHEMA shop;
CREATE TYPE shop.mood AS ENUM ('sad', 'ok');
CREATE TABLE shop.people (
    id int PRIMARY KEY, name text NOT NULL, how shop.mood NOT NULL, CONSTRAINT c CHECK (name <> '')
);
CREATE INDEX by_name ON shop.people (name);
CREATE TABLE shop.posts (person int NOT NULL CONSTRAINT posts_person_fk REFERENCES shop.people);
INSERT INTO shop.people VALUES (1, 'ada', 'sad'); INSERT INTO shop.posts VALUES (1);
"""


def test_hcl_tells_renames_of_everything(place: Place) -> None:
    place.execute(BEFORE_HCL)
    result, _ = place.apply(HCL, "hcl")
    assert result.plan is not None
    assert not [item.sql for item in result.plan.planned if "RENAME" not in item.sql]
    assert place.execute("SELECT id, label, how::text, user_id FROM sales.users, sales.posts") == [
        (1, "ada", "blue", 1)
    ]
    assert place.statements(HCL, "hcl") == []


def test_sqlite_and_the_registry_keep_renames(project: Project) -> None:
    project.execute(
        "CREATE TABLE people (id integer PRIMARY KEY, name text); CREATE INDEX i ON people (name)"
    )
    project.execute("INSERT INTO people VALUES (1, 'ada')")
    project.desire(
        "-- atlas:renamed_from people\nCREATE TABLE users (\n  id integer PRIMARY KEY,\n"
        "  -- atlas:renamed_from name\n  label text\n);\nCREATE INDEX i ON users (label);"
    )
    operations.push(PushOptions(env="ci"), Observer())
    (result,) = operations.apply(ApplyOptions(env="prod", auto_approve=True), Observer())
    assert result.plan is not None
    assert [change.key for item in result.plan.planned for change in item.changes] == [
        "rename_table",
        "rename_column",
    ]
    with closing(sqlite3.connect(project.path / "app.db")) as connection:
        assert connection.execute("SELECT id, label FROM users").fetchall() == [(1, "ada")]
    (again,) = operations.apply(ApplyOptions(env="prod", auto_approve=True), Observer())
    assert again.plan is None


def table(columns: str, name: str = "t") -> str:
    return f"CREATE TABLE {name} (\n{columns}\n);\n"


def was(old: str, line: str) -> str:
    return f"-- atlas:renamed_from {old}\n{line}"


CIRCLES = [
    pytest.param(
        table("a int, b text") + "INSERT INTO t VALUES (1, 'x');",
        table(was("b", "a text,\n") + was("a", "b int")),
        "SELECT b, a FROM t",
        [(1, "x")],
        id="columns swapped",
    ),
    pytest.param(
        table("a int, b text") + "INSERT INTO t VALUES (1, 'x');",
        table(was("a", "b int,\n") + was("b", "c text")),
        "SELECT b, c FROM t",
        [(1, "x")],
        id="columns in a chain",
    ),
    pytest.param(
        table("i int", "a") + table("j int", "b") + "INSERT INTO a VALUES (1); INSERT INTO b VALUES (2);",
        was("b", table("j int", "a")) + was("a", table("i int", "b")),
        "SELECT i, j FROM a, b",
        [(1, 2)],
        id="tables swapped",
    ),
    pytest.param(
        table("a int") + "INSERT INTO t VALUES (1);",
        table(was("zzz", "a int,\n") + "b int"),
        "SELECT a FROM t",
        [(1,)],
        id="the old name is gone",
    ),
    pytest.param(
        "CREATE SEQUENCE s; SELECT nextval('s');" + table("a int DEFAULT nextval('s')"),
        was("s", "CREATE SEQUENCE n;") + table("a int DEFAULT nextval('n')"),
        "SELECT last_value FROM n",
        [(1,)],
        id="a sequence",
    ),
    pytest.param(
        "CREATE VIEW v AS SELECT 1 AS one; CREATE VIEW w AS SELECT one FROM v;",
        was("v", "CREATE VIEW x AS SELECT 1 AS one;") + "CREATE VIEW w AS SELECT one FROM x;",
        "SELECT one FROM w",
        [(1,)],
        id="a view under a view",
    ),
    pytest.param(
        "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';"
        "CREATE FUNCTION f(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';"
        + table("a int CHECK (f(a) = 1)"),
        was("f", "CREATE FUNCTION g(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';")
        + "CREATE FUNCTION f(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';"
        + table("a int CHECK (g(a) = 1)"),
        "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
        [("f",), ("g",)],
        id="one of two overloads",
    ),
    pytest.param(
        "CREATE DOMAIN d AS int CONSTRAINT c CHECK (VALUE > 0); CREATE TYPE k AS (a int, b int);"
        + table("x d, y k"),
        was("d", "CREATE DOMAIN e AS int\n" + was("c", "CONSTRAINT p CHECK (VALUE > 0);"))
        + "CREATE TYPE k AS (\n"
        + was("a", "z int, b int);")
        + table("x e, y k"),
        "SELECT 1",
        [(1,)],
        id="a domain, its check, a field",
    ),
    pytest.param(
        "CREATE TABLE p (a int, c int) PARTITION BY LIST (a);"
        "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
        "INSERT INTO p VALUES (1, 2)",
        "CREATE TABLE p (\n"
        + was("a", "key int, c int) PARTITION BY LIST (key);")
        + was("p1", "CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1);"),
        "SELECT key, c FROM p_1",
        [(1, 2)],
        id="a key of partitions, and a partition",
    ),
    pytest.param(
        table("a int") + "CREATE POLICY p ON t;"
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();",
        table("a int")
        + was("p", "CREATE POLICY q ON t;")
        + "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        + was("g", "CREATE TRIGGER h BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"),
        "SELECT 1",
        [(1,)],
        id="a policy and a trigger",
    ),
    pytest.param(
        "CREATE SCHEMA a; CREATE TABLE a.t (id int GENERATED ALWAYS AS IDENTITY, b int, UNIQUE (b));"
        "INSERT INTO a.t (b) VALUES (7);",
        was("a", "CREATE SCHEMA z;")
        + was("t", "CREATE TABLE z.u (id int GENERATED ALWAYS AS IDENTITY, b int, UNIQUE (b));"),
        "SELECT b FROM z.u",
        [(7,)],
        id="a schema, and a table in it that others follow",
    ),
    pytest.param(
        "CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t (i int); CREATE TABLE b.u (j int);"
        "INSERT INTO a.t VALUES (1); INSERT INTO b.u VALUES (2);",
        was("b", "CREATE SCHEMA a;")
        + was("a", "CREATE SCHEMA b;")
        + "CREATE TABLE b.t (i int); CREATE TABLE a.u (j int);",
        "SELECT i, j FROM b.t, a.u",
        [(1, 2)],
        id="schemas swapped",
    ),
]


@pytest.mark.parametrize(("before", "after", "query", "rows"), CIRCLES)
def test_what_is_renamed_is_neither_dropped_nor_made(
    place: Place, before: str, after: str, query: str, rows: list[Any]
) -> None:
    place.execute(before)
    result, _ = place.apply(after)
    planned = result.plan.planned if result.plan else ()
    assert not [s.sql for s in planned if "DROP" in s.sql or "CREATE" in s.sql]
    assert place.execute(query) == rows
    assert place.is_as_loaded(after)
    assert place.statements(after) == []


def test_both_names_there_is_no_rename(place: Place) -> None:
    place.execute(table("a int", "old") + table("b int", "new"))
    result, notices = place.apply(was("old", table("b int", "new")))
    assert result.plan is not None
    assert [item.sql for item in result.plan.planned] == ['DROP TABLE "public"."old"']
    assert any('"new" is not renamed from "old": both are there' in notice for notice in notices)


def test_a_policy_keeps_the_old_name(place: Place) -> None:
    place.execute(table("a int", "old"))
    text = was("old", table("a int, b int", "new"))
    (place.path / "atlas.hcl").write_text(
        'env "e" {\n  diff {\n    skip {\n      rename_table = true\n    }\n  }\n}\n'
    )
    config = f"file://{place.path}/atlas.hcl"
    assert place.statements(text, config=config, env="e") == []
    assert place.execute("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'") == [("old",)]


def test_what_the_server_cannot_rename_stops_before_anything_ran(place: Place) -> None:
    place.execute(table("a int", "old") + "CREATE TYPE new AS ENUM ('x');")
    file = place.path / "schema.sql"
    file.write_text(was("old", table("a int", "new")) + "-- nothing\n")
    options = ApplyOptions(url=place.url, to=(f"file://{file}",), dev_url=place.dev, auto_approve=True)
    with pytest.raises(BackstayError, match="the dev database cannot rename"):
        list(operations.apply(options, Observer()))


def test_a_primary_key_with_a_usual_name_that_is_cut_is_renamed(place: Place) -> None:
    table = "t" * 63
    place.execute(f"CREATE TABLE public.{table} (id int CONSTRAINT old PRIMARY KEY)")
    hcl = f"""
schema "public" {{}}
table "{table}" {{
  schema = schema.public
  column "id" {{ type = int }}
  primary_key {{
    columns      = [column.id]
    renamed_from = "old"
  }}
}}
"""
    assert place.statements(hcl, "hcl") == [
        f'ALTER TABLE "public"."{table}" RENAME CONSTRAINT "old" TO "{"t" * 58}_pkey"'
    ]
