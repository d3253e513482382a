"""Tables with parents: what cannot be done is refused by name, and what documents say of them."""

from __future__ import annotations

import msgspec
import pytest

from backstay.dialects.postgres import POSTGRES
from backstay.errors import HCLError, PlanError
from backstay.schema.model import (
    Address,
    Column,
    Composite,
    Dependency,
    Facts,
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
from tests.dialects.postgres.databases import apply, connected, inspected, load, planned
from tests.dialects.postgres.reading import COLUMNS, read, read_table

ID = Column(name="id", type="integer", null=True)
BY_ID = Partitioning(method="RANGE", parts=(IndexPart(column="id"),))
PARENT = Table(name="p", columns=(ID,), partitioning=BY_ID)
PART = Table(name="p1", partition_of=PartitionOf(parent=TableRef(name="p"), bound="DEFAULT"))


def realm(*tables: Table) -> Realm:
    return Realm(schemas=(Schema(name="public", tables=tables),))


BY_HASH = Table(name="p", columns=(ID,), partitioning=Partitioning(method="HASH", parts=BY_ID.parts))


def test_a_table_is_not_made_anew_where_rows_are_elsewhere() -> None:
    foreign = msgspec.structs.replace(PART, foreign=ForeignSource(server="s"))
    with pytest.raises(
        PlanError, match=r'table "p" has to be made anew, .* partition "p1" is a foreign table'
    ):
        planned(realm(PARENT, foreign), realm(BY_HASH))


def test_a_table_is_not_made_anew_under_values_of_its_row_type() -> None:
    holder = Table(name="h", columns=(Column(name="r", type="p"),))
    rows = Dependency(Address("column", "public", "h", "r"), Address("table", "public", "p"))
    before = msgspec.structs.replace(realm(PARENT, holder), facts=Facts(dependencies=(rows,)))
    with pytest.raises(PlanError, match='column "r" of table "h" has its row type'):
        planned(before, realm(BY_HASH, holder))


def test_partitions_that_the_state_does_not_tell_are_not_dropped_with_their_table() -> None:
    statements = planned(realm(PARENT), realm(BY_HASH), partial=True)
    guard = next(item.sql for item in statements if item.sql.startswith("DO "))
    assert "pg_inherits" in guard
    assert [item.sql for item in statements][-1] == 'DROP TABLE "public"."p__old"'
    assert not any(item.sql.startswith("DO ") for item in planned(realm(PARENT), realm(BY_HASH)))


BOUNDS = [
    ("LIST (a)", {"p1": "IN ('a, NULL', 'it''s')", "p2": "IN (NULL, 'x')"}, 2),
    ("LIST (a)", {"p1": "IN ('x')", "d": "DEFAULT"}, 0),
    ("LIST (a)", {}, 6),
    (
        "RANGE (b, a)",
        {"p1": "FROM (1, MINVALUE) TO (2, 'b')", "p2": "FROM (9, 'a') TO (MAXVALUE, MAXVALUE)"},
        4,
    ),
    ("HASH (b)", {"p1": "WITH (MODULUS 2, REMAINDER 0)", "p2": "WITH (MODULUS 2, REMAINDER 1)"}, 0),
]
ROWS = "VALUES ('a, NULL', 1), ('it''s', 2), (NULL, 9), ('x', 3), ('y', NULL), ('a', 9)"


@pytest.mark.parametrize(("key", "bounds", "refused"), BOUNDS)
def test_rows_that_fit_no_partition_are_counted_before(
    key: str, bounds: dict[str, str], refused: int, postgres: str
) -> None:
    partitions = ";".join(
        f"CREATE TABLE {name} PARTITION OF t {bound if bound == 'DEFAULT' else 'FOR VALUES ' + bound}"
        for name, bound in bounds.items()
    )
    with connected(postgres) as session:
        after = inspected(session, f"CREATE TABLE t (a text, b int) PARTITION BY {key}; {partitions}")
        before = inspected(session, "CREATE TABLE t (a text, b int)")
        load(session, f"CREATE TABLE t (a text, b int); INSERT INTO t {ROWS}")
        probes = [probe for item in planned(before, after) for probe in item.probes]
        found = [(probe.text, session.rows(probe.sql)) for probe in probes]
    assert [[tuple(row) for row in rows] for _, rows in found] == (
        [[(refused,)]] if refused else [[(0,)]] * len(found)
    )
    assert {text for text, _ in found} <= {'table "t" has rows that fit no partition'}


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


NAMED = """
CREATE TABLE p (id int NOT NULL, n {type} CONSTRAINT pn NOT NULL) PARTITION BY LIST (id);
CREATE TABLE p1 (id int NOT NULL, n {type} CONSTRAINT mine NOT NULL);
CREATE TABLE p2 (id int NOT NULL, n {type} NOT NULL);
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1);
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2);
"""


@pytest.mark.parametrize("postgres_major", ["18"])
def test_names_that_a_new_type_of_the_parent_changes_are_no_difference(postgres: str) -> None:
    with connected(postgres) as session:
        before, after = (inspected(session, NAMED.format(type=type_)) for type_ in ("int", "bigint"))
        load(session, NAMED.format(type="int"))
        apply(session, planned(before, after, version="18"))
        assert planned(session.inspect(Patterns()), after, version="18") == ()
