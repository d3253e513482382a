"""Mistakes in schema files of PostgreSQL: each is named, at its place."""

from __future__ import annotations

import pytest

from backstay.dialects.postgres.hcl import decode
from backstay.errors import HCLError, UnsupportedError
from tests.dialects.mapping.documents import document
from tests.dialects.postgres.reading import COLUMNS, read, read_column, read_table

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
    ('type = int\n null = true\n not_null_name = "n"', "only a column that is not null has a not_null_name"),
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
    ('exclude "x" {}', 'missing definition for index "x"'),
    ('exclude "x" {\n columns = [column.a]\n}', 'exclude "x" needs "on" blocks with operators'),
    ('exclude "x" {\n on {\n column = column.a\n }\n}', 'missing attribute "op" of on of exclude "x"'),
    (
        'index "i" {\n columns = [column.a]\n partition_of = "a b c"\n}',
        '"a b c" is not the name of an index',
    ),
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
        role "r" {
          password = "x"
        }
        user "u" {
          password = "x"
        }
        """
    with pytest.raises(UnsupportedError) as caught:
        read(text)
    assert caught.value.message == (
        'not supported by this version: password of role "r" (schema.hcl:3), '
        'password of user "u" (schema.hcl:6)'
    )


def test_what_is_unknown_is_tolerated_with_a_warning() -> None:
    found = document(
        """\
        schema "public" {
          color = "red"
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
        'schema.hcl:2: unknown attribute "color" of schema "public" is ignored',
        'schema.hcl:8: unknown attribute "unsigned" of column "c" is ignored',
        'schema.hcl:10: unknown block chek "x" of table "t" is ignored — did you mean "check"?',
        'schema.hcl:12: unknown block gadget "g" is ignored',
    ]
