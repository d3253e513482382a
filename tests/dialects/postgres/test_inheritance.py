"""Tables with parents: what cannot be done is refused by name, and what documents say of them."""

from __future__ import annotations

import pytest

from backstay.dialects.postgres import POSTGRES
from backstay.errors import HCLError, PlanError
from backstay.schema.model import (
    Column,
    Composite,
    Field,
    ForeignSource,
    IndexPart,
    Partitioning,
    PartitionOf,
    Realm,
    Schema,
    Table,
    TableRef,
)
from backstay.schema.patterns import Patterns
from tests.dialects.postgres.databases import planned
from tests.dialects.postgres.reading import COLUMNS, read, read_table

ID = Column(name="id", type="integer", null=True)
BY_ID = Partitioning(method="RANGE", parts=(IndexPart(column="id"),))
PARENT = Table(name="p", columns=(ID,), partitioning=BY_ID)
PART = Table(name="p1", partition_of=PartitionOf(parent=TableRef(name="p"), bound="DEFAULT"))


def realm(*tables: Table) -> Realm:
    return Realm(schemas=(Schema(name="public", tables=tables),))


def test_a_partition_key_cannot_change() -> None:
    by_hash = Table(name="p", columns=(ID,), partitioning=Partitioning(method="HASH", parts=BY_ID.parts))
    plain = Table(name="p", columns=(ID,))
    for other, words in ((by_hash, r'HASH \("id"\)'), (plain, "none")):
        with pytest.raises(PlanError, match=rf'the partition key of table "p" .* to {words} \(drop and add'):
            planned(realm(PARENT), realm(other))


def test_a_table_does_not_become_a_foreign_one() -> None:
    foreign = Table(name="t", columns=(ID,), foreign=ForeignSource(server="s"))
    with pytest.raises(PlanError, match='the foreign server of table "t" cannot be changed from none to s'):
        planned(realm(Table(name="t", columns=(ID,))), realm(foreign))


def test_the_fields_of_a_typed_table_do_not_move() -> None:
    def typed(*fields: str) -> Realm:
        table = Table(name="t", of_type="c")
        type_ = Composite(name="c", fields=tuple(Field(name=name, type="integer") for name in fields))
        return Realm(schemas=(Schema(name="public", tables=(table,), composites=(type_,)),))

    assert [item.sql for item in planned(typed("a", "b"), typed("b", "c"), qualify=False)] == [
        'ALTER TABLE "t" NOT OF',
        'ALTER TYPE "c" DROP ATTRIBUTE "a"',
        'ALTER TYPE "c" ADD ATTRIBUTE "c" integer',
        'ALTER TABLE "t" DROP COLUMN "a", ADD COLUMN "c" integer NULL',
        'ALTER TABLE "t" OF c',
    ]
    for fields in (("b", "a"), ("c", "a", "b")):
        with pytest.raises(PlanError, match='the columns of table "t" cannot follow the fields of its type'):
            planned(typed("a", "b"), typed(*fields))


def test_a_parent_outside_of_the_state_is_asked_for() -> None:
    of_other = Table(
        name="p1", partition_of=PartitionOf(parent=TableRef(name="p", schema="other"), bound="DEFAULT")
    )
    for before in (realm(), realm(Table(name="p1", columns=(ID,)))):
        with pytest.raises(
            PlanError, match='table "p1" gets or loses a parent that is not part of the state'
        ):
            planned(before, realm(of_other))
    assert planned(realm(of_other), realm(of_other)) == ()


def test_what_a_parent_changes_is_not_planned_on_its_children() -> None:
    more = Table(name="p", columns=(ID, Column(name="n", type="integer")), partitioning=BY_ID)
    (statement,) = planned(realm(PARENT, PART), realm(more, PART))
    assert statement.sql == 'ALTER TABLE "public"."p" ADD COLUMN "n" integer NOT NULL'


def test_a_column_does_not_go_from_the_parent_and_stay_in_the_child() -> None:
    child = Table(name="c", inherits=(TableRef(name="a"),))
    own = Table(name="c", columns=(ID,), inherits=(TableRef(name="a"),))
    before = realm(Table(name="a", columns=(ID, Column(name="x", type="text"))), child)
    after = realm(Table(name="a", columns=(Column(name="x", type="text"),)), own)
    with pytest.raises(PlanError, match='column "id" cannot go from the parent of table "c"'):
        planned(before, after)


@pytest.mark.parametrize("declared", [(), (Column(name="id", type="bigint", null=True),)])
def test_a_table_does_not_go_to_another_parent_while_both_change(declared: tuple[Column, ...]) -> None:
    wide = Column(name="id", type="bigint", null=True)
    small, large = ([Table(name=name, columns=(own,)) for name in "ab"] for own in (ID, wide))
    before = realm(*small, Table(name="c", inherits=(TableRef(name="a"),)))
    after = realm(*large, Table(name="c", columns=declared, inherits=(TableRef(name="b"),)))
    if declared:
        assert planned(before, after)[-1].sql == 'ALTER TABLE "public"."c" INHERIT "public"."b"'
        return
    with pytest.raises(
        PlanError, match=r'table "c" cannot go .*: column "id" would not be inherited'
    ) as error:
        planned(before, after)
    assert 'or declare column "id" in the table' in error.value.hint


def test_foreign_tables_have_a_selector_of_their_own() -> None:
    foreign = Table(name="f", columns=(ID,), foreign=ForeignSource(server="s"))
    state = realm(foreign, Table(name="t", columns=(ID,)))
    kept = {
        selector: [
            t.name for s in Patterns.of([f"*.*[type={selector}]"], []).apply(state).schemas for t in s.tables
        ]
        for selector in ("table", "foreign_table")
    }
    assert kept == {"table": ["f"], "foreign_table": ["t"]}


PARTITION = 'table "p1" {\n  schema = schema.public\n  partition_of {\n    parent = table.t\n    %s\n  }\n%s}'


def test_a_partition_tells_what_it_adds() -> None:
    more = PARTITION % (
        'values = "DEFAULT"',
        '  column "a" {\n    default = sql("5")\n  }\n  column "b" {}\n',
    )
    text = 'schema "public" {}\ntable "t" {\n  schema = schema.public\n' + COLUMNS + "}\n" + more
    (schema,) = read(text).schemas
    assert schema.tables[0].columns == (Column(name="a", type="", null=True, default="5", inherited=True),)
    assert 'column "a" {\n    default = sql("5")\n  }' in POSTGRES.encode(read(text))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("partition {\n columns = [column.a]\n}", "missing attribute t.partition.type"),
        ("partition {\n type = RANGE\n}", "missing columns or expressions for t.partition"),
        (
            'partition {\n type = LIST\n columns = [column.a]\n by {\n expr = "b"\n }\n}',
            'multiple definitions for t.partition, use "columns" or "by"',
        ),
        ("partition {\n type = NONE\n columns = [column.a]\n}", "NONE"),
        ("partition_of {\n parent = table.t\n}", 'missing attribute "values" of partition_of in table "t"'),
        ("row_security {}\nrow_security {}", 'multiple row_security blocks in table "t"'),
    ],
)
def test_what_documents_get_wrong(body: str, message: str) -> None:
    with pytest.raises(HCLError, match=message):
        read_table(COLUMNS + body)
