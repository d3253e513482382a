"""`renamed_from`: the object keeps its rows and all that uses it, under its new name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from backstay import operations
from backstay.operations.observer import Observer
from backstay.operations.options import ApplyOptions
from backstay.operations.results import ApplyResult
from tests.dialects.postgres.databases import dumps
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
