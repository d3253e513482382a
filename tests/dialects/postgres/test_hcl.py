"""Schema files of PostgreSQL to the model."""

from __future__ import annotations

import pytest

from backstay.schema.model import (
    Check,
    Column,
    Enum,
    Generated,
    Identity,
    Index,
    IndexPart,
    PrimaryKey,
    Realm,
    Schema,
    Table,
)
from tests.dialects.postgres.reading import COLUMNS, read, read_column, read_table


def test_a_whole_document_is_read() -> None:
    text = """
        schema "app" {}

        enum "state" {
          schema = schema.app
          values = ["open", "closed"]
        }

        table "ticket" {
          schema  = schema.app
          comment = "support tickets"
          column "id" {
            type = bigint
            identity { generated = ALWAYS }
          }
          column "title" {
            type = varchar(120)
          }
          column "state" {
            type    = enum.state
            default = "open"
          }
          column "tags" {
            type    = sql("text[]")
            null    = true
            default = sql("'{}'")
          }
          primary_key { columns = [column.id] }
          index "ticket_open" {
            columns = [column.title]
            where   = "state = 'open'"
          }
          check "title_len" { expr = "length(title) > 2" }
        }
        """
    assert read(text) == Realm(
        schemas=(
            Schema(
                name="app",
                enums=(Enum(name="state", values=("open", "closed")),),
                tables=(
                    Table(
                        name="ticket",
                        comment="support tickets",
                        columns=(
                            Column(name="id", type="bigint", identity=Identity(generated="ALWAYS")),
                            Column(name="title", type="character varying(120)"),
                            Column(name="state", type='"state"', default="'open'"),
                            Column(name="tags", type="text[]", null=True, default="'{}'"),
                        ),
                        primary_key=PrimaryKey(columns=("id",)),
                        indexes=(
                            Index(
                                name="ticket_open",
                                parts=(IndexPart(column="title"),),
                                where="state = 'open'",
                            ),
                        ),
                        checks=(Check(name="title_len", expr="length(title) > 2"),),
                    ),
                ),
            ),
        )
    )


ENUMS = """
    enum "status" {
      schema = schema.public
      values = ["new"]
    }
    """


@pytest.mark.parametrize(
    ("type_", "plain", "qualified"),
    [
        ("enum.status", '"status"', '"public"."status"'),
        ('sql("status")', '"status"', '"public"."status"'),
        ('sql("public.status")', '"status"', '"public"."status"'),
        ('sql("status[]")', '"status"[]', '"public"."status"[]'),
        ('sql("other")', "other", "other"),
        ('sql("geometry(Point,4326)")', "geometry(Point,4326)", "geometry(Point,4326)"),
        ("text", "text", "text"),
    ],
)
def test_types_of_a_schema_carry_its_name_on_demand(type_: str, plain: str, qualified: str) -> None:
    text = f"""
        schema "public" {{}}
        {ENUMS}
        table "t" {{
          schema = schema.public
          column "c" {{
            type = {type_}
          }}
        }}
        """
    for qualify, expected in ((False, plain), (True, qualified)):
        table = read(text, qualify=qualify).schemas[0].tables[0]
        assert table.columns[0].type == expected


def test_an_enum_of_another_schema_always_carries_its_name() -> None:
    column = read_column("type = enum.status", ENUMS.replace("schema.public", "schema.other"))
    assert column.type == '"other"."status"'


def test_an_enum_named_like_a_type_of_the_server_carries_its_schema() -> None:
    assert read_column("type = enum.text", ENUMS.replace("status", "text")).type == '"public"."text"'
    assert read_column('type = sql("text")', ENUMS.replace("status", "text")).type == "text"
    assert read_column('type = sql("text[]")', ENUMS.replace("status", "text")).type == "text[]"


def test_enums_of_one_name_are_told_apart_by_their_schema() -> None:
    enums = "\n".join(
        f'enum "{schema}" "e" {{\n schema = schema.{schema}\n values = ["a"]\n}}'
        for schema in ("public", "other")
    )
    assert read_column("type = enum.other.e", enums).type == '"other"."e"'
    assert read_column("type = enum.public.e", enums).type == '"e"'
    assert read_column('type = sql("e")', enums).type == '"e"'


@pytest.mark.parametrize(
    ("body", "column"),
    [
        ("type = int", Column(name="c", type="integer")),
        ("type = int\n null = true", Column(name="c", type="integer", null=True)),
        ("type = int\n default = null", Column(name="c", type="integer")),
        ("type = int\n default = -1", Column(name="c", type="integer", default="-1")),
        ('type = text\n default = "it\'s"', Column(name="c", type="text", default="'it''s'")),
        ('type = text\n default = "\\"x\\""', Column(name="c", type="text", default="'x'")),
        ('type = text\n default "named" {\n as = "x"\n }', Column(name="c", type="text", default="'x'")),
        ("type = bool\n default = true", Column(name="c", type="boolean", default="true")),
        (
            'type = timestamptz\n default = sql("now()")',
            Column(name="c", type="timestamp with time zone", default="now()"),
        ),
        ('type = int\n as = "1 + 1"', Column(name="c", type="integer", generated=Generated(expr="1 + 1"))),
        (
            'type = int\n as {\n expr = "1 + 1"\n type = VIRTUAL\n }',
            Column(name="c", type="integer", generated=Generated(expr="1 + 1", stored=False)),
        ),
        ('type = text\n collate = "C"', Column(name="c", type="text", collation="C")),
    ],
)
def test_columns_are_read(body: str, column: Column) -> None:
    assert read_column(body) == column


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ("column = column.a", IndexPart(column="a")),
        ("column = table.t.column.a", IndexPart(column="a")),
        ("column = column.a\n desc = true", IndexPart(column="a", desc=True)),
        ("column = column.a\n desc = true\n nulls_first = true", IndexPart(column="a", desc=True)),
        (
            "column = column.a\n desc = true\n nulls_last = true",
            IndexPart(column="a", desc=True, nulls_first=False),
        ),
        ("column = column.a\n nulls_last = true", IndexPart(column="a")),
        ("column = column.a\n nulls_first = true", IndexPart(column="a", nulls_first=True)),
        ("column = column.a\n ops = int4_ops", IndexPart(column="a", ops="int4_ops")),
        ('column = column.a\n ops = "my.ops"', IndexPart(column="a", ops="my.ops")),
        ('column = column.a\n ops = sql("x_ops(n=8)")', IndexPart(column="a", ops="x_ops(n=8)")),
        ('expr = "a + b"\n collate = "C"', IndexPart(expr="a + b", collation="C")),
    ],
)
def test_index_parts_are_read(body: str, part: IndexPart) -> None:
    table = read_table(f'{COLUMNS}index "i" {{\n on {{\n {body}\n }}\n}}')
    assert table.indexes[0].parts == (part,)


@pytest.mark.parametrize(
    ("written", "method"),
    [("GIN", "GIN"), ("GiST", "GIST"), ("SPGiST", "SPGIST"), ('"gin"', "GIN"), ('"bloom"', "BLOOM")],
)
def test_index_methods_are_upper_case(written: str, method: str) -> None:
    table = read_table(f'{COLUMNS}index "i" {{\n columns = [column.a]\n type = {written}\n}}')
    assert table.indexes[0].method == method


@pytest.mark.parametrize("action", ["SET_NULL", '"SET NULL"', '"SET_NULL"'])
def test_actions_are_words_or_strings(action: str) -> None:
    key = f'foreign_key "f" {{\n columns = [column.a]\n ref_columns = [column.b]\n on_delete = {action}\n}}'
    assert read_table(COLUMNS + key).foreign_keys[0].on_delete == "SET NULL"


def test_references_reach_tables_of_other_schemas() -> None:
    key = 'foreign_key "f" {\n columns = [column.a]\n ref_columns = [table.u.column.x]\n}'
    other = 'table "u" {\n schema = schema.other\n column "x" {\n type = int\n }\n}'
    found = read_table(COLUMNS + key, other).foreign_keys[0]
    assert (found.ref_schema, found.ref_table, found.ref_columns) == ("other", "u", ("x",))


def test_for_each_makes_tables_that_are_referred_to_by_their_names() -> None:
    text = """
        schema "public" {}
        table "events" {
          for_each = toset(["eu", "us"])
          schema   = schema.public
          name     = "events_${each.value}"
          column "id" {
            type = bigint
          }
        }
        sequence "s" {
          schema = schema.public
          owner  = table.events_eu.column.id
        }
        """
    schema = read(text).schemas[0]
    assert [table.name for table in schema.tables] == ["events_eu", "events_us"]
    assert schema.sequences[0].owner is not None
    assert schema.sequences[0].owner.table == "events_eu"
