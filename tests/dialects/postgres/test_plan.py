"""What plans say beside their SQL: comments, locks, hazards, transactions, errors."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from backstay.dialects.dialect import StatementOptions
from backstay.dialects.postgres import POSTGRES
from backstay.errors import PlanError
from backstay.schema.changes import Change
from backstay.schema.diff import diff
from backstay.schema.model import (
    Address,
    Check,
    Column,
    Dependency,
    Domain,
    Enum,
    ForeignKey,
    Function,
    Generated,
    Index,
    IndexPart,
    Materialized,
    PrimaryKey,
    Realm,
    Schema,
    Sequence,
    Table,
    TableRef,
)
from tests.dialects.postgres.databases import planned

ID = Column(name="id", type="bigint")
NAME = Column(name="name", type="text", null=True)
PERSON = Table(name="person", columns=(ID, NAME), primary_key=PrimaryKey(columns=("id",)))
BY_NAME = Index(name="by_name", parts=(IndexPart(column="name"),))
OWNER = ForeignKey(name="owner", columns=("id",), ref_table="person", ref_columns=("id",))


def realm(*tables: Table, name: str = "public", **parts: object) -> Realm:
    return Realm(schemas=(Schema(name=name, tables=tables, **parts),))  # type: ignore[arg-type]


def with_(table: Table, **parts: object) -> Table:
    return replace(table, **parts)


def said(before: Realm, after: Realm, **options: object) -> list[tuple[str, str, bool, list[str]]]:
    return [
        (item.comment, item.lock, item.transactional, [hazard.code for hazard in item.hazards])
        for item in planned(before, after, **options)  # type: ignore[arg-type]
    ]


def test_what_statements_are_called_and_lock() -> None:
    before = realm(with_(PERSON, indexes=(BY_NAME,)), enums=(Enum(name="e", values=("a",)),))
    pet = Table(name="pet", columns=(ID,), foreign_keys=(OWNER,), comment="animals")
    after = realm(
        pet,
        with_(PERSON, columns=(ID, with_(NAME, null=False)), comment="people"),  # type: ignore[arg-type]
        enums=(Enum(name="e", values=("a", "b")),),
        sequences=(Sequence(name="s"),),
    )
    assert said(before, after) == [
        ('add value to enum type: "e"', "", True, []),
        ('create sequence "s"', "", True, []),
        ('drop index "by_name" from table: "person"', "ACCESS EXCLUSIVE", True, []),
        ('modify "person" table', "ACCESS EXCLUSIVE", True, ["MF104"]),
        ('set comment to table: "person"', "SHARE UPDATE EXCLUSIVE", True, []),
        ('create "pet" table', "SHARE ROW EXCLUSIVE", True, []),
        ('set comment to table: "pet"', "SHARE UPDATE EXCLUSIVE", True, []),
    ]
    assert [comment for comment, *_ in said(after, realm())] == [
        'drop "pet" table',
        'drop "person" table',
        'drop sequence "s"',
        'drop enum type "e"',
    ]


def test_schemas_are_called_by_name() -> None:
    assert said(Realm(), realm(name="app", comment="x")) == [
        ('add new schema named "app"', "", True, []),
        ('set comment to schema: "app"', "", True, []),
    ]
    assert said(realm(PERSON, name="app"), Realm()) == [
        ('drop schema named "app"', "ACCESS EXCLUSIVE", True, ["DS101"])
    ]
    with pytest.raises(PlanError, match='schema "app" cannot be created'):
        planned(Realm(), realm(name="app"), qualify=False)


def test_nothing_unknown_goes_along_with_a_schema() -> None:
    """With patterns in force, the schema may hold what the state does not tell."""
    pet = Table(name="pet", columns=(ID,), foreign_keys=(OWNER,))
    app = realm(
        PERSON, pet, name="app", enums=(Enum(name="e", values=("a",)),), sequences=(Sequence(name="s"),)
    )
    plan = planned(app, Realm(), partial=True)
    assert [item.sql for item in plan] == [
        'DROP TABLE "app"."pet"',
        'DROP TABLE "app"."person"',
        'DROP SEQUENCE "app"."s"',
        'DROP TYPE "app"."e"',
        'DROP SCHEMA "app"',
    ]
    assert [hazard.code for item in plan for hazard in item.hazards] == ["DS102", "DS102", "DS101"]


def test_indexes_are_built_and_dropped_concurrently_where_tables_exist() -> None:
    options = {"concurrent_create": True, "concurrent_drop": True}
    index = with_(PERSON, indexes=(BY_NAME,))
    assert [(s.sql, s.lock, s.transactional) for s in planned(realm(PERSON), realm(index), **options)] == [
        (
            'CREATE INDEX CONCURRENTLY "by_name" ON "public"."person" ("name")',
            "SHARE UPDATE EXCLUSIVE",
            False,
        )
    ]
    assert [(s.sql, s.reverse, s.transactional) for s in planned(realm(index), realm(PERSON), **options)] == [
        (
            'DROP INDEX CONCURRENTLY "public"."by_name"',
            ('CREATE INDEX CONCURRENTLY "by_name" ON "public"."person" ("name")',),
            False,
        )
    ]
    assert all(s.transactional for s in planned(realm(), realm(index), **options))


def test_indexes_of_materialized_views_are_built_concurrently_behind_the_transaction() -> None:
    def schemas(comment: str, *indexes: Index) -> Realm:
        view = Materialized(name="m", definition="SELECT 1 AS id", indexes=indexes)
        return Realm(schemas=(Schema(name="public", materialized=(view,), comment=comment),))

    old, new = (
        Index(name="i", parts=(IndexPart(column="id", desc=desc),), comment="new" if desc else "")
        for desc in (False, True)
    )
    options = {"qualify": False, "concurrent_create": True, "concurrent_drop": True}
    plan = planned(schemas("", old), schemas("new", new), **options)
    assert [(item.sql, item.transactional) for item in plan] == [
        ("COMMENT ON SCHEMA \"public\" IS 'new'", True),
        ('DROP INDEX CONCURRENTLY "i"', False),
        ('CREATE INDEX CONCURRENTLY "i" ON "m" ("id" DESC)', False),
        ("COMMENT ON INDEX \"i\" IS 'new'", True),
    ]


def test_an_index_that_is_not_valid_is_built_again() -> None:
    broken = with_(PERSON, indexes=(with_(BY_NAME, valid=False),))  # type: ignore[arg-type]
    whole = with_(PERSON, indexes=(BY_NAME,))
    assert [s.sql for s in planned(realm(broken), realm(whole), qualify=False)] == [
        'DROP INDEX "by_name"',
        'CREATE INDEX "by_name" ON "person" ("name")',
    ]
    assert planned(realm(whole), realm(broken)) == ()


def test_only_create_table_is_broken_into_lines() -> None:
    table = with_(PERSON, checks=(Check(name="k", expr="id > 0"),), storage={"fillfactor": "70"})
    (statement,) = planned(realm(), realm(table), qualify=False, indent="  ")
    assert statement.sql == (
        'CREATE TABLE "person" (\n  "id" bigint NOT NULL,\n  "name" text NULL,\n  PRIMARY KEY ("id"),\n'
        '  CONSTRAINT "k" CHECK (id > 0)\n) WITH (fillfactor = 70)'
    )
    assert statement.reverse == ('DROP TABLE "person"',)


def test_hazards_name_what_they_are_about() -> None:
    before = realm(PERSON, Table(name="t", columns=(ID, NAME), foreign_keys=(OWNER,)))
    unique = Index(name="u", parts=(IndexPart(column="id"), IndexPart(column="name")), unique=True)
    after = realm(
        with_(PERSON, columns=(ID,), primary_key=None),
        Table(name="t", columns=(ID, NAME, Column(name="new", type="integer")), indexes=(unique,)),
    )
    assert [(h.code, h.text) for s in planned(before, after) for h in s.hazards] == [
        ("CD101", 'Dropping foreign-key constraint "owner"'),
        ("MF103", 'Adding a non-nullable "integer" column "new" will fail in case table "t" is not empty'),
        ("CD103", 'Dropping primary key of table "person"'),
        ("DS103", 'Dropping non-virtual column "name"'),
        (
            "MF101",
            'Adding a unique index "u" on table "t" might fail in case columns "id", "name" contain '
            "duplicate entries",
        ),
    ]


def test_a_key_without_a_name_of_its_own_is_called_by_the_usual_one() -> None:
    period = Column(name="period", type="tstzrange")
    key = PrimaryKey(columns=("id", "period"), without_overlaps=True)
    before, after = (Table(name="t", columns=(ID, period), primary_key=found) for found in (None, key))
    assert [h.text for s in planned(realm(before), realm(after)) for h in s.hazards] == [
        'Adding a key without overlaps as constraint "t_pkey" on table "t" might fail in case of '
        "conflicting rows"
    ]


def test_what_is_not_stored_cannot_be_kept() -> None:
    ordinary = realm(Table(name="t", columns=(ID, NAME)))
    virtual = realm(
        Table(name="t", columns=(ID, with_(NAME, generated=Generated(expr="id::text", stored=False))))  # type: ignore[arg-type]
    )
    with pytest.raises(PlanError, match='virtual generated column "name" of table "t" cannot become'):
        planned(virtual, ordinary)


def generated_by(function: Function, *columns: Column) -> Realm:
    """A table whose column `n` the server ties to a function."""
    own, table = Address("function", "public", function.identifier), Table(name="t", columns=columns)
    tied = Dependency(Address("column", "public", "t", "n"), own)
    state = realm(table, functions=(function,))
    return replace(state, facts=replace(state.facts, dependencies=(tied,)))


def test_postgres_14_is_not_let_drop_a_column_with_a_function() -> None:
    """It keeps the tie when the expression goes, and DROP FUNCTION then takes the column along."""
    function = Function(name="f", returns="integer", language="sql", body="SELECT 1")
    number = Column(name="n", type="integer", null=True)
    generated = replace(number, generated=Generated(expr="f()"))
    ordinary = realm(Table(name="t", columns=(ID, number)))
    with pytest.raises(PlanError, match=r'column .*"n" is still tied to function .*"f'):
        planned(generated_by(function, ID, generated), ordinary, version="14.23")
    with pytest.raises(PlanError, match=r'column .*"n" is still tied to function .*"f'):
        planned(generated_by(function, ID, number), ordinary, version="14.23")
    later = planned(generated_by(function, ID, generated), ordinary, version="15.4")
    assert [s.sql for s in later] == [
        'ALTER TABLE "public"."t" ALTER COLUMN "n" DROP EXPRESSION',
        'DROP FUNCTION "public"."f"()',
    ]


def test_a_column_is_not_made_anew_under_a_child_that_declares_it() -> None:
    def family(column: Column) -> Realm:
        child = Table(name="c", columns=(column,), inherits=(TableRef(name="p"),))
        return realm(Table(name="p", columns=(ID, column)), child)

    generated = with_(NAME, generated=Generated(expr="id::text"))
    with pytest.raises(PlanError, match=r'column "name" of table "c" is declared there'):
        planned(family(NAME), family(generated))  # type: ignore[arg-type]


def test_what_is_not_named_yet_gets_its_name_from_the_server() -> None:
    table = with_(
        PERSON,
        foreign_keys=(with_(OWNER, name=""),),  # type: ignore[arg-type]
        checks=(Check(name="", expr="id > 0"),),
        indexes=(with_(BY_NAME, name=""),),  # type: ignore[arg-type]
    )
    assert [s.sql for s in planned(realm(), realm(table), qualify=False)] == [
        'CREATE TABLE "person" ("id" bigint NOT NULL, "name" text NULL, PRIMARY KEY ("id"), '
        'FOREIGN KEY ("id") REFERENCES "person" ("id") ON UPDATE NO ACTION ON DELETE NO ACTION, '
        "CHECK (id > 0))",
        'CREATE INDEX ON "person" ("name")',
    ]


def test_the_order_of_changes_does_not_matter() -> None:
    before = realm(Table(name="a", columns=(ID,)))
    after = realm(PERSON, Table(name="a", columns=(ID, NAME), foreign_keys=(OWNER,)))
    changes = diff(before, after)
    options = StatementOptions(realm=before)
    assert POSTGRES.plan(changes, options) == POSTGRES.plan(changes[::-1], options)


@pytest.mark.parametrize("type_", ["q", "q[]"])
def test_a_type_becomes_another_kind_only_without_columns(type_: str) -> None:
    domain, enum = {"domains": (Domain(name="q", type="text"),)}, {"enums": (Enum(name="q", values=("a",)),)}
    table = Table(name="t", columns=(Column(name="c", type=type_, null=True),))
    words = 'type "q" becomes another kind of type, and column "c" of table "t"'
    for before, after in ((domain, enum), (enum, domain)):
        assert len(planned(realm(**before), realm(**after))) == 2
        with pytest.raises(PlanError, match=words) as error:
            planned(realm(table, **before), realm(table, **after))
        assert "another name in this plan" in error.value.hint


def test_what_postgres_does_not_plan_is_refused() -> None:
    lonely = Change(action="add", kind="column", schema="public", name="a", after=PERSON.columns[0])
    with pytest.raises(PlanError, match="add_column is not a change"):
        POSTGRES.plan([lonely], StatementOptions())


@pytest.mark.parametrize("size", [2, 500])
def test_a_circle_of_any_size_is_cut(size: int) -> None:
    tables = [
        Table(
            name=f"t{number:03}",
            columns=(ID,),
            primary_key=PrimaryKey(columns=("id",)),
            foreign_keys=(
                ForeignKey(
                    name="f", columns=("id",), ref_table=f"t{(number + 1) % size:03}", ref_columns=("id",)
                ),
            ),
        )
        for number in range(size)
    ]
    assert len(planned(realm(), realm(*tables))) == 2 * size
    assert len(planned(realm(*tables), realm())) == 2 * size
