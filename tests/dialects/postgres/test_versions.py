"""What a server is too old for is refused before anything happens, by name; a newer one is asked for it."""

from __future__ import annotations

import pytest

from backstay.dialects.postgres import POSTGRES
from backstay.dialects.postgres.plan.versions import NOVELTIES, require
from backstay.engine.verify import build
from backstay.errors import PlanError
from backstay.schema.diff import diff
from backstay.schema.model import (
    Check,
    Collation,
    Column,
    EventTrigger,
    Exclusion,
    ForeignKey,
    Generated,
    Index,
    IndexPart,
    Membership,
    NotNull,
    Partitioning,
    PrimaryKey,
    Publication,
    PublishedTable,
    Realm,
    Role,
    Schema,
    Sequence,
    Table,
    View,
)
from tests.dialects.postgres.databases import EVERYTHING, connected

A = Column(name="a", type="integer")
PART = (IndexPart(column="a"),)
LIST = Partitioning(method="LIST", parts=PART)
EXCLUSION = Exclusion(name="x", parts=PART, operators=("=",))
ALONE = Column(name="a", type="integer", not_null=NotNull(no_inherit=True))


def table(**parts: object) -> Realm:
    return schema(tables=(Table(**{"name": "t", "columns": (A,), **parts}),))  # type: ignore[arg-type]


def schema(**objects: object) -> Realm:
    return Realm(schemas=(Schema(name="public", **objects),))  # type: ignore[arg-type]


def foreign_key(**attributes: object) -> Realm:
    key = ForeignKey(name="f", columns=("a",), ref_table="t", ref_columns=("a",), **attributes)  # type: ignore[arg-type]
    return table(foreign_keys=(key,))


def generated(*, stored: bool) -> Realm:
    return table(columns=(A, Column(name="b", type="integer", generated=Generated("a", stored=stored))))


NEW = [
    (15, table(indexes=(Index(name="i", parts=PART, nulls_distinct=False),)), '"i" of table "t"'),
    (15, foreign_key(on_delete="SET NULL", on_delete_columns=("a",)), '"f" of table "t"'),
    (15, schema(views=(View(name="v", definition="", options={"security_invoker": "true"}),)), 'view "v"'),
    (15, schema(sequences=(Sequence(name="s", unlogged=True),)), 'sequence "s"'),
    (15, Realm(publications=(Publication(name="p", schemas=("s",)),)), 'publication "p"'),
    (16, schema(collations=(Collation(name="c", provider="icu", rules="&a < b"),)), 'collation "c"'),
    (16, Realm(roles=(Role(name="r", member_of=(Membership("g", set=False),)),)), 'role "r"'),
    (17, table(partitioning=LIST, exclusions=(EXCLUSION,)), 'table "t"'),
    (17, table(partitioning=LIST, access_method="heap2"), 'table "t"'),
    (17, schema(collations=(Collation(name="c", provider="builtin", locale="C"),)), 'collation "c"'),
    (17, Realm(event_triggers=(EventTrigger(name="e", event="login", function="f"),)), 'event trigger "e"'),
    (18, generated(stored=False), '"b" of table "t"'),
    (18, table(checks=(Check(name="k", expr="a > 0", enforced=False),)), '"k" of table "t"'),
    (18, table(primary_key=PrimaryKey(("a",), without_overlaps=True)), '"primary key" of table "t"'),
    (18, foreign_key(period=True), '"f" of table "t"'),
    (18, table(columns=(ALONE,)), '"a" of table "t"'),
    (18, Realm(publications=(Publication(name="p", generated_columns="stored"),)), 'publication "p"'),
]  # fmt: skip


def test_all_that_is_new_is_tried() -> None:
    assert [since for since, _, _ in NEW] == [novelty.since for novelty in NOVELTIES]


@pytest.mark.parametrize(
    ("since", "realm", "name", "what"), [(*new, old.what) for new, old in zip(NEW, NOVELTIES, strict=True)]
)
def test_an_older_server_is_not_asked_for_it(since: int, realm: Realm, name: str, what: str) -> None:
    changes = diff(Realm(), realm)
    require(changes, since)
    with pytest.raises(PlanError) as caught:
        require(changes, since - 1)
    assert caught.value.message == f"PostgreSQL {since - 1} has no {what} ({name}; since {since})"
    require(diff(realm, Realm()), 14)  # what goes needs nothing


def test_what_every_version_has_is_planned() -> None:
    published = Publication(name="p", tables=(PublishedTable(schema="public", table="t"),))
    role = Role(name="r", inherit=False, member_of=(Membership("g", inherit=False),))
    for realm in (
        generated(stored=True),
        foreign_key(on_delete="SET NULL"),
        Realm(publications=(published,), roles=(role,)),
    ):
        require(diff(Realm(), realm), 14)


def test_what_is_built_on_a_dev_database_is_what_its_server_has(postgres: str, postgres_major: str) -> None:
    with connected(postgres, "app") as session, session.workspace() as scratch:
        if int(postgres_major) >= 18:
            build(POSTGRES, scratch, generated(stored=False))
            (made,) = scratch.inspect(EVERYTHING).schemas[0].tables
            assert made.columns[1].generated == Generated("a", stored=False)
        else:
            with pytest.raises(PlanError, match=f"PostgreSQL {postgres_major} has no virtual generated"):
                build(POSTGRES, scratch, generated(stored=False))
