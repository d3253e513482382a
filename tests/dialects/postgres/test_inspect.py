"""Inspection: what is carried is in the acceptance cases; here is what is refused, and at what cost."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from backstay.errors import NotFoundError, UnsupportedError
from backstay.schema.kinds import OF_REALM, OF_SCHEMA
from backstay.schema.model import Index, IndexPart
from backstay.schema.patterns import Patterns
from tests.dialects.postgres.databases import EVERYTHING, connected, load

UNSUPPORTED = tomllib.loads(Path(__file__).with_name("unsupported.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("scope", ["", "public"])
def test_every_object_and_feature_that_cannot_be_carried_is_named(postgres: str, scope: str) -> None:
    with connected(postgres, scope) as session:
        for case in UNSUPPORTED:
            load(session, case["sql"])
        with pytest.raises(UnsupportedError) as caught:
            session.inspect(EVERYTHING)
    named = [re.sub(r'^([^"]*)"', r'\1"public"."', name) for case in UNSUPPORTED for name in case["names"]]
    listed = caught.value.message.removeprefix("not supported yet: ")
    assert sorted(listed.split(", ")) == sorted(", ".join(named).split(", "))
    assert "--exclude" in caught.value.hint


def test_what_is_excluded_is_not_missed(postgres: str) -> None:
    with connected(postgres) as session:
        load(
            session,
            "CREATE TABLE t (a int); CREATE VIEW v AS SELECT 1; CREATE SCHEMA s; CREATE DOMAIN s.d AS int",
        )
        realm = session.inspect(Patterns.of(["public.v", "s"], []))
        assert [(schema.name, [table.name for table in schema.tables]) for schema in realm.schemas] == [
            ("public", ["t"])
        ]


def test_objects_of_the_database_count_in_realm_scope(postgres: str) -> None:
    with connected(postgres) as session:
        load(
            session,
            "CREATE PUBLICATION p; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w",
        )
        load(
            session,
            "CREATE CAST (int AS uuid) WITH INOUT;"
            "CREATE FUNCTION public.e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        )
        load(session, "CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION public.e()")
        realm = session.inspect(EVERYTHING)
        found = {kind.name: [item.identifier for item in getattr(realm, kind.field)] for kind in OF_REALM}
        assert {name: items for name, items in found.items() if items} == {
            "publication": ["p"],
            "foreign_data_wrapper": ["w"],
            "server": ["s"],
            "cast": ["integer AS uuid"],
            "event_trigger": ["et"],
        }
    with connected(postgres, "other") as session:
        session.execute("CREATE SCHEMA other")
        assert session.inspect(EVERYTHING).schemas[0].tables == ()


def test_members_of_extensions_are_theirs(postgres: str) -> None:
    with connected(postgres) as session:
        available = session.rows("SELECT name FROM pg_available_extensions WHERE name = 'vector'")
        assert available, "the servers of the tests bring the extension along"
        session.execute("CREATE EXTENSION vector")
        (schema,) = session.inspect(EVERYTHING).schemas
        assert not any(getattr(schema, kind.field) for kind in OF_SCHEMA)
        load(session, "CREATE TABLE t (v vector(3)); CREATE INDEX i ON t USING hnsw (v vector_l2_ops)")
        realm = session.inspect(Patterns.of(["*[type=extension]"], []))
        (table,) = realm.schemas[0].tables
        assert table.columns[0].type == "public.vector(3)"
        assert table.indexes[0].parts == (IndexPart(column="v", ops='"public"."vector_l2_ops"'),)


NOT_NULL = """
CREATE TABLE t (a int NOT NULL, b int CONSTRAINT own NOT NULL);
CREATE TABLE t_a (not_null int NOT NULL, null_not int CONSTRAINT t_a_null_not_not_null7 NOT NULL);
CREATE TABLE long_{0} ({0}_1 int NOT NULL, {0}_2 int NOT NULL, {0}_3 int NOT NULL)
""".format("n" * 50)


def test_only_unusual_names_of_not_null_constraints_count(postgres: str, postgres_major: str) -> None:
    """The server cuts long names and appends a number where they are alike: nobody chose such a name."""
    with connected(postgres) as session:
        load(session, NOT_NULL)
        (schema,) = session.inspect(EVERYTHING).schemas
        named = {c.name: c.not_null.name for t in schema.tables for c in t.columns if c.not_null.name}
        chosen = {"b": "own", "null_not": "t_a_null_not_not_null7"}
        assert named == (chosen if postgres_major == "18" else {})


def test_an_index_of_a_failed_concurrent_build_is_not_valid(postgres: str) -> None:
    with connected(postgres) as session:
        load(session, "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)")
        with pytest.raises(Exception, match="duplicate"):
            session.execute("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)")
        (table,) = session.inspect(EVERYTHING).schemas[0].tables
        assert table.indexes == (Index(name="i", parts=(IndexPart(column="a"),), unique=True, valid=False),)


def test_a_missing_schema_is_not_found(postgres: str) -> None:
    with (
        connected(postgres, "none") as session,
        pytest.raises(NotFoundError, match='schema "none" was not found'),
    ):
        session.inspect(EVERYTHING)
    with connected(postgres) as session, pytest.raises(NotFoundError, match='schema "nix" was not found'):
        session.inspect(EVERYTHING, ["public", "nix"])


def test_only_the_schemas_asked_for_are_read(postgres: str) -> None:
    with connected(postgres) as session:
        load(session, "CREATE SCHEMA a; CREATE SCHEMA b; CREATE VIEW public.v AS SELECT 1")
        assert [schema.name for schema in session.inspect(EVERYTHING, ["b", "a"]).schemas] == ["a", "b"]


@pytest.mark.parametrize("tables", [0, 60])
def test_the_number_of_queries_and_round_trips_does_not_depend_on_the_schema(
    postgres: str, tables: int, tmp_path: Path
) -> None:
    with connected(postgres) as session:
        for number in range(tables):
            session.execute(f"CREATE TABLE t{number} (id serial PRIMARY KEY, a text UNIQUE, CHECK (a <> ''))")
        with open(tmp_path / "trace", "w+") as trace:
            session.connection.pgconn.trace(trace.fileno())
            session.inspect(EVERYTHING)
            session.connection.pgconn.untrace()
            sent = [
                line.split("\t")[3] for line in Path(trace.name).read_text().splitlines() if "\tF\t" in line
            ]
    assert sent.count("Parse") + sent.count("Query") <= 20
    assert sent.count("Sync") + sent.count("Query") == 1
