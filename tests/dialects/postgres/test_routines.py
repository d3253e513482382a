"""Texts in the statements of routines."""

from __future__ import annotations

import pytest

from backstay.dialects.postgres.objects.routines import dollar_quoted, setting
from tests.dialects.postgres.databases import EVERYTHING, connected, load, planned


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("SELECT 1", "$$SELECT 1$$"),
        ("", "$$$$"),
        ("a $$ b", "$_$a $$ b$_$"),
        ("ends with $", "$_$ends with $$_$"),
        ("$$ and $_$", "$body1$$$ and $_$$body1$"),
        ("$$ $_$ $body1", "$body2$$$ $_$ $body1$body2$"),
    ],
)
def test_no_body_ends_its_quotes(text: str, quoted: str) -> None:
    assert dollar_quoted(text) == quoted


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("search_path", 'public, "My ""Schema", pg_temp', """'public', 'My "Schema', 'pg_temp'"""),
        ("search_path", '""', "''"),
        ("search_path", "", "''"),
        ("DateStyle", "ISO, DMY", "'ISO, DMY'"),
        ("my.own", "it's \\", "E'it''s \\\\'"),
    ],
)
def test_a_list_of_names_is_set_name_by_name(name: str, value: str, text: str) -> None:
    assert setting(name, value) == f'SET "{name}" TO {text}'


def test_triggers_on_tables_of_an_extension_are_its_own(postgres: str) -> None:
    """As `pg_dump` leaves out what is on such a table."""
    with connected(postgres) as session:
        load(session, "CREATE EXTENSION vector; CREATE TABLE t (); CREATE TABLE u ();")
        load(session, "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'")
        for table in "tu":
            load(session, f"CREATE TRIGGER one BEFORE INSERT ON {table} EXECUTE FUNCTION f()")
        load(session, "ALTER EXTENSION vector ADD TABLE t")
        (schema,) = session.inspect(EVERYTHING).schemas
        assert [(trigger.table, trigger.name) for trigger in schema.triggers] == [("u", "one")]
        load(session, "ALTER EXTENSION vector DROP TABLE t")


def test_a_trigger_that_is_dropped_locks_more_than_one_that_is_made(postgres: str) -> None:
    """SHARE ROW EXCLUSIVE for CREATE TRIGGER, ACCESS EXCLUSIVE for DROP TRIGGER (13.3.1)."""
    with connected(postgres) as session:
        load(session, "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'")
        load(session, "CREATE TABLE t ()")
        without = session.inspect(EVERYTHING)
        load(session, "CREATE TRIGGER one BEFORE INSERT ON t EXECUTE FUNCTION f()")
        having = session.inspect(EVERYTHING)
    assert [statement.lock for statement in planned(without, having)] == ["SHARE ROW EXCLUSIVE"]
    assert [statement.lock for statement in planned(having, without)] == ["ACCESS EXCLUSIVE"]
