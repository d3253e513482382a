"""Schema files of PostgreSQL to the model and back."""

from __future__ import annotations

from textwrap import dedent

import pytest

from backstay.dialects.postgres.hcl import decode, encode
from backstay.errors import HCLError, UnsupportedError
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
    Sequence,
    Table,
)
from tests.dialects.mapping.documents import document
from tests.dialects.postgres.realms import REALMS, default


def read(text: str, *, qualify: bool = False) -> Realm:
    return decode(document(text), qualify=qualify)


def read_table(body: str, more: str = "") -> Table:
    """The table `t` of a document with the schemas `public` and `other`."""
    lines = dedent(body).strip().replace("\n", "\n  ")
    head = 'schema "public" {}\nschema "other" {}\ntable "t" {\n  schema = schema.public\n'
    realm = read(f"{head}  {lines}\n}}\n{more}")
    tables = {schema.name: schema.tables for schema in realm.schemas}
    return next(table for table in tables["public"] if table.name == "t")


def read_column(body: str, more: str = "") -> Column:
    return read_table(f'column "c" {{\n  {body}\n}}', more).columns[0]


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


COLUMNS = 'column "a" {\n type = int\n}\ncolumn "b" {\n type = int\n}\n'


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


ERRORS = [
    # types
    ("type = varcha(1)", 'Unknown column.type; There is no type named "varcha".'),
    ("type = textt", 'Unknown column.type; There is no type named "textt".'),
    ("type = uuid(1)", 'Type "uuid" does not accept attributes'),
    ("type = varchar(1, 2)", 'too many arguments for type definition "varchar"'),
    ('type = "text"', 'unexpected type string for attribute "type"'),
    ("null = true", 'Unknown column.type; column "c" has no type.'),
    ('type = sql("")', "empty expression"),
    ("type = enum.nope", 'referenced enum "nope" not found'),
    # defaults and generated columns
    ('type = int\n default = 1\n default "x" {\n as = 1\n }', "both default and default resource are set"),
    ('type = int\n as = "1"\n as {\n expr = "1"\n }', 'multiple as definitions for column "c"'),
    ("type = int\n default = [1]", 'unexpected type list for attribute "default"'),
    ("type = int\n null = 1", 'unexpected type number for attribute "null", want bool'),
]


@pytest.mark.parametrize(("body", "message"), ERRORS)
def test_mistakes_in_columns_are_pointed_at(body: str, message: str) -> None:
    with pytest.raises(HCLError) as caught:
        read_column(body)
    assert message in caught.value.detail
    assert caught.value.filename == "schema.hcl"
    assert caught.value.line >= 5


TABLE_ERRORS = [
    ('index "i" {}', 'missing definition for index "i"'),
    (
        'index "i" {\n columns = [column.a]\n on {\n column = column.b\n }\n}',
        'multiple definitions for index "i", use "columns" or "on"',
    ),
    ('index "i" {\n on {}\n}', '"column" or "expr" are required for index "i" at position 0'),
    (
        'index "i" {\n on {\n column = column.a\n }\n on {\n column = column.a\n expr = "b"\n }\n}',
        'cannot use both "column" and "expr" in index "i" at position 1',
    ),
    ('index "i" {\n on {\n column = [column.a, column.b]\n }\n}', "expected 1 column ref, got 2"),
    ('index "i" {\n columns = [column.a]\n include = []\n}', 'empty "include" of index "i"'),
    ('index "i" {\n columns = [column.x]\n}', 'column "x" was not found in table'),
    ("primary_key {\n columns = [table.u.column.x]\n}", 'column "x" was not found in table t'),
    ("primary_key {}", 'missing columns for primary key of table "t"'),
    (
        "primary_key {\n columns = [column.a]\n}\nprimary_key {\n columns = [column.b]\n}",
        'multiple primary keys for table "t"',
    ),
    (
        'foreign_key "f" {\n columns = [column.a]\n ref_columns = [column.a, column.b]\n}',
        'number of referencing and referenced columns do not match for foreign-key "f"',
    ),
    (
        'foreign_key "f" {\n columns = [column.a, column.b]\n ref_columns = [column.a, table.u.column.x]\n}',
        'more than 1 table was referenced for foreign-key "f"',
    ),
    (
        'foreign_key "f" {\n columns = [column.a]\n ref_columns = [column.b]\n on_delete = "EXPLODE"\n}',
        'unknown value "EXPLODE" for attribute "on_delete"',
    ),
    ('column "a" {\n type = int\n}', 'duplicate column "a"'),
    ('index "i" {\n columns = [column.a]\n}\nindex "i" {\n columns = [column.a]\n}', 'duplicate index "i"'),
    ("index {\n columns = [column.a]\n}", "missing name of index"),
    ('index "i" {\n columns = [column.a, 1]\n}', 'mixed list types used in "columns" attribute'),
    ('index "i" {\n columns = [1]\n}', 'unexpected type list for attribute "columns"'),
    ("column {\n type = int\n}", "missing name of column"),
    ('check "k" {}', 'missing attribute "expr" of check "k"'),
]


@pytest.mark.parametrize(("body", "message"), TABLE_ERRORS)
def test_mistakes_in_tables_are_pointed_at(body: str, message: str) -> None:
    other = 'table "u" {\n schema = schema.other\n column "x" {\n type = int\n }\n}'
    with pytest.raises(HCLError) as caught:
        read_table(COLUMNS + body, other)
    assert message in caught.value.detail


DOCUMENT_ERRORS = [
    ('env "prod" {}', 1, 'cannot parse project file "schema.hcl" as a schema file'),
    ('schema "a" {}\ntable "a" "b" "c" {\n  schema = schema.a\n}', 2, "too many labels for block"),
    ('table "t" {\n}', 1, 'missing attribute "schema" of table "t"'),
    ('schema "a" {}\ntable "t" {\n  schema = schema.x\n}', 3, 'schema "x" not found for table "t"'),
    ('schema "a" {}\nenum "e" {\n  schema = schema.a\n}', 2, 'missing attribute "values" of enum "e"'),
    (
        'schema "a" {}\n' + 'enum "e" {\n  schema = schema.a\n  values = []\n}\n' * 2,
        6,
        'duplicate enum "e"',
    ),
    (
        'schema "a" {}\ntable "t" {\n  schema = schema.a\n}\ntable "t" {\n  schema = schema.a\n}',
        5,
        'duplicate table "t"',
    ),
]


@pytest.mark.parametrize(("text", "line", "message"), DOCUMENT_ERRORS)
def test_mistakes_in_documents_are_pointed_at(text: str, line: int, message: str) -> None:
    with pytest.raises(HCLError) as caught:
        read(text)
    assert message in caught.value.detail
    assert (caught.value.filename, caught.value.line) == ("schema.hcl", line)


def test_a_reference_that_several_tables_answer_to_is_refused() -> None:
    text = """
        schema "a" {}
        schema "b" {}
        schema "c" {}
        table "t" {
          schema = schema.a
          column "id" {
            type = int
          }
        }
        table "t" {
          schema = schema.b
          column "id" {
            type = int
          }
        }
        table "u" {
          schema = schema.c
          column "id" {
            type = int
          }
          foreign_key "f" {
            columns     = [column.id]
            ref_columns = [table.t.column.id]
          }
        }
        """
    with pytest.raises(HCLError, match='multiple reference tables found for "t"'):
        read(text)


def test_everything_that_cannot_be_carried_is_named_in_one_error() -> None:
    text = """\
        schema "public" {}
        view "v" {
          schema = schema.public
          as     = "select 1"
        }
        table "t" {
          schema     = schema.public
          tablespace = "fast"
          column "c" {
            type         = int
            renamed_from = "b"
          }
          partition {
            type    = RANGE
            columns = [column.c]
          }
        }
        extension "hstore" {}
        """
    with pytest.raises(UnsupportedError) as caught:
        read(text)
    assert caught.value.message == (
        'not supported by this version: view "v" (schema.hcl:2), tablespace of table "t" (schema.hcl:8), '
        'renamed_from of column "c" (schema.hcl:11), partition of table "t" (schema.hcl:13), '
        'extension "hstore" (schema.hcl:18)'
    )


def test_what_is_unknown_is_tolerated_with_a_warning() -> None:
    found = document(
        """\
        schema "public" {
          owner = "me"
        }
        table "t" {
          schema = schema.public
          column "c" {
            type     = int
            unsigned = true
          }
          chek "x" {}
        }
        gadget "g" {}
        """
    )
    decode(found, qualify=False)
    assert found.warnings == [
        'schema.hcl:2: unknown attribute "owner" of schema "public" is ignored',
        'schema.hcl:8: unknown attribute "unsigned" of column "c" is ignored',
        'schema.hcl:10: unknown block chek "x" of table "t" is ignored — did you mean "check"?',
        'schema.hcl:12: unknown block gadget "g" is ignored',
    ]


@pytest.mark.parametrize("name", REALMS)
def test_realms_come_back_as_they_were(name: str) -> None:
    realm = REALMS[name]
    assert decode(document(encode(realm)), qualify=len(realm.schemas) > 1) == realm


DEFAULTS = [
    ("integer", "1", "1"),
    ("integer", "'-1'::integer", "-1"),
    ("bigint", "'-1'::integer", "-1"),
    ("bigint", "'9999999999'::bigint", "9999999999"),
    ("bigint", "'-9999999999'::bigint", "-9999999999"),
    ("bigint", "'5'::bigint", "sql(\"'5'::bigint\")"),
    ("numeric(9,2)", "1.5", "1.5"),
    ("numeric(9,2)", "'-1.5'::numeric", "-1.5"),
    ("numeric(9,2)", "1.50", 'sql("1.50")'),
    ("double precision", "'NaN'::double precision", "sql(\"'NaN'::double precision\")"),
    ("boolean", "true", "true"),
    ("text", "'x'::text", '"x"'),
    ("text", "''::text", '""'),
    ("text", "'a''b'::text", '"a\'b"'),
    ("text", "'a\nb'::text", '"a\\nb"'),
    ("text", "E'a\\\\b'::text", "sql(\"E'a\\\\\\\\b'::text\")"),
    ("text", "'x'::character varying", "sql(\"'x'::character varying\")"),
    ("text", "'''x'''::text", "sql(\"'''x'''::text\")"),
    ("text", "5", 'sql("5")'),
    ("text", "'${x}'::text", '"$${x}"'),
    ("text", "('${x}'::text || 'y'::text)", "sql(\"('$${x}'::text || 'y'::text)\")"),
    ("character varying(9)", "'x'::character varying", '"x"'),
    ("character varying(9)[]", "'{}'::character varying[]", '"{}"'),
    ("character(3)", "'x'::bpchar", '"x"'),
    ("jsonb", "'{}'::jsonb", '"{}"'),
    ("uuid", "gen_random_uuid()", 'sql("gen_random_uuid()")'),
    ("date", "'2020-01-01'::date", '"2020-01-01"'),
    (
        "timestamp(3) without time zone",
        "'2020-01-01 00:00:00'::timestamp without time zone",
        '"2020-01-01 00:00:00"',
    ),
    ("interval", "'03:00:00'::interval", "sql(\"'03:00:00'::interval\")"),
    ("bit(3)", "'101'::\"bit\"", 'sql("\'101\'::\\"bit\\"")'),
    ("text", "NULL::text", 'sql("NULL::text")'),
    ("integer", "nextval('public.s'::regclass)", "sql(\"nextval('public.s'::regclass)\")"),
]


@pytest.mark.parametrize(("type_", "text", "written"), DEFAULTS)
def test_defaults_are_written(type_: str, text: str, written: str) -> None:
    assert f"    default = {written}\n" in encode(default(type_, text))


def test_a_document_is_written_in_its_canonical_layout() -> None:
    realm = Realm(
        schemas=(
            Schema(
                name="public",
                comment="standard public schema",
                enums=(Enum(name="state", values=("open", "closed")),),
                sequences=(Sequence(name="number", type="integer"),),
                tables=(
                    Table(
                        name="ticket",
                        comment="support tickets",
                        columns=(
                            Column(name="id", type="bigint", identity=Identity(generated="ALWAYS")),
                            Column(name="title", type="character varying(120)", null=True),
                            Column(name="state", type="public.state", default="'open'::public.state"),
                            Column(
                                name="twice", type="bigint", null=True, generated=Generated(expr="(id * 2)")
                            ),
                        ),
                        primary_key=PrimaryKey(columns=("id",)),
                        indexes=(
                            Index(
                                name="by_state",
                                parts=(IndexPart(column="state", desc=True), IndexPart(expr="lower(title)")),
                                unique=True,
                                where="(id > 0)",
                            ),
                            Index(
                                name="one_title",
                                parts=(IndexPart(column="title"),),
                                unique=True,
                                constraint=True,
                            ),
                        ),
                        checks=(Check(name="positive", expr="(id > 0)"),),
                        storage={"fillfactor": "70"},
                    ),
                ),
            ),
        )
    )
    assert encode(realm) == dedent(
        """\
        table "ticket" {
          schema  = schema.public
          comment = "support tickets"
          column "id" {
            null = false
            type = bigint
            identity {
              generated = ALWAYS
            }
          }
          column "title" {
            null = true
            type = character_varying(120)
          }
          column "state" {
            null    = false
            type    = enum.state
            default = "open"
          }
          column "twice" {
            null = true
            type = bigint
            as {
              expr = "(id * 2)"
              type = STORED
            }
          }
          primary_key {
            columns = [column.id]
          }
          index "by_state" {
            unique = true
            where  = "(id > 0)"
            on {
              desc   = true
              column = column.state
            }
            on {
              expr = "lower(title)"
            }
          }
          check "positive" {
            expr = "(id > 0)"
          }
          unique "one_title" {
            columns = [column.title]
          }
          storage_params {
            fillfactor = 70
          }
        }
        enum "state" {
          schema = schema.public
          values = ["open", "closed"]
        }
        sequence "number" {
          schema = schema.public
          type   = integer
        }
        schema "public" {
          comment = "standard public schema"
        }
        """
    )


def test_equal_names_are_qualified() -> None:
    text = encode(REALMS["equal names in two schemas"])
    for expected_line in (
        'table "crm" "person" {',
        'table "erp" "person" {',
        'enum "erp" "kind" {',
        'sequence "crm" "number" {',
        "    type = enum.erp.kind",
        "    ref_columns = [table.crm.person.column.id]",
        "  owner  = table.erp.person.column.id",
    ):
        assert f"{expected_line}\n" in text


def test_a_self_reference_is_written_in_full() -> None:
    assert "ref_columns = [table.t.column.id]" in encode(REALMS["comments everywhere"])
