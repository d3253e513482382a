"""Extensions: which version counts, whose comment, and which ones the objects of a schema need."""

from __future__ import annotations

import pytest

from backstay.dialects.postgres import POSTGRES
from backstay.dialects.postgres.objects.extensions import required
from backstay.dialects.postgres.session import named_version
from backstay.engine.compare import rename_schema
from backstay.engine.verify import build
from backstay.schema.model import Extension, IndexPart, Realm
from tests.dialects.postgres.databases import EVERYTHING, connected, load, planned


def with_version(version: str, *, installed: str = "") -> Realm:
    """A state with an extension: the version that its files name, and the one it has."""
    found = Extension(name="vector", schema="public", version=version)
    facts = Realm().facts
    if installed:
        known = (Extension(name="vector", schema="public", version=installed),)
        facts = type(facts)(extensions=known)
    return Realm(extensions=(found,), facts=facts)


def test_a_version_that_nobody_named_is_no_difference() -> None:
    before, after = with_version("", installed="0.5.0"), with_version("", installed="0.6.2")
    assert planned(before, after) == ()


def test_a_version_that_the_files_name_is_reached() -> None:
    before, after = with_version("", installed="0.5.0"), with_version("0.6.2", installed="0.6.2")
    assert [item.sql for item in planned(before, after)] == ["""ALTER EXTENSION "vector" UPDATE TO '0.6.2'"""]
    assert planned(after, after) == ()


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("CREATE EXTENSION vector", {}),
        (
            "CREATE EXTENSION IF NOT EXISTS vector WITH VERSION '0.6.2' CASCADE",
            {"vector": "0.6.2"},
        ),
        ('create extension "uuid-ossp" version "1.1"', {"uuid-ossp": "1.1"}),
        ("ALTER EXTENSION vector UPDATE TO '0.7'", {"vector": "0.7"}),
        ("ALTER EXTENSION vector UPDATE", {}),
        ("COMMENT ON EXTENSION vector IS 'VERSION 1'", {}),
    ],
)
def test_a_statement_may_name_a_version(sql: str, named: dict[str, str]) -> None:
    assert dict(named_version(sql)) == named


def test_a_database_tells_the_version_as_a_fact(postgres: str) -> None:
    with connected(postgres) as session:
        load(session, "CREATE EXTENSION vector")
        realm = session.inspect(EVERYTHING)
        assert realm.extensions == (Extension(name="vector", schema="public"),)
        (fact,) = realm.facts.extensions
        assert fact.version > "0"
        load(session, "COMMENT ON EXTENSION vector IS 'ours'")
        assert session.inspect(EVERYTHING).extensions[0].comment == "ours"
    with connected(postgres) as session:
        load(session, f"DROP EXTENSION vector; CREATE EXTENSION vector VERSION '{fact.version}'")
        assert session.inspect(EVERYTHING).extensions[0].version == fact.version


def test_the_bound_schema_tells_which_extensions_it_needs(postgres: str) -> None:
    with connected(postgres, "app") as session:
        load(session, "CREATE SCHEMA app; CREATE SCHEMA ext; CREATE EXTENSION vector SCHEMA ext")
        assert session.inspect(EVERYTHING).facts.extensions == ()
        load(
            session, "CREATE TABLE t (v ext.vector(3)); CREATE INDEX i ON t USING hnsw (v ext.vector_l2_ops)"
        )
        realm = session.inspect(EVERYTHING)
        (table,) = realm.schemas[0].tables
        assert table.columns[0].type == "ext.vector(3)"
        assert table.indexes[0].parts == (IndexPart(column="v", ops='"ext"."vector_l2_ops"'),)
        assert realm.extensions == ()
        assert list(required(realm.facts.extensions)) == [
            'CREATE SCHEMA IF NOT EXISTS "ext"',
            'CREATE EXTENSION IF NOT EXISTS "vector" SCHEMA "ext" CASCADE',
        ]


def test_a_workspace_gets_the_extensions_that_its_schema_needs(postgres: str) -> None:
    with connected(postgres, "app") as session:
        load(session, "CREATE SCHEMA app; CREATE EXTENSION vector SCHEMA app; CREATE TABLE t (v vector(3))")
        realm = session.inspect(EVERYTHING)
        load(session, "DROP SCHEMA app CASCADE; CREATE SCHEMA app")
        with session.workspace() as scratch:
            build(POSTGRES, scratch, rename_schema(realm, "other"))
            assert scratch.inspect(EVERYTHING).schemas == realm.schemas
