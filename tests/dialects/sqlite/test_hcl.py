"""Schema files of SQLite to the model and back."""

from __future__ import annotations

import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

from backstay.dialects.sqlite.hcl import decode, encode
from backstay.errors import HCLError, UnsupportedError
from backstay.schema.model import (
    Check,
    Column,
    ForeignKey,
    Generated,
    Index,
    IndexPart,
    PrimaryKey,
    Realm,
    Schema,
    Table,
)
from tests.dialects.mapping.documents import document
from tests.dialects.sqlite.databases import apply, inspect, load, plan


def one(*tables: Table) -> Realm:
    """A realm with the one schema that SQLite has."""
    return Realm(schemas=(Schema(name="main", tables=tables),))


def column(**fields: object) -> Realm:
    return one(Table(name="t", columns=(Column(name="c", **fields),)))  # type: ignore[arg-type]


CAT = Table(
    name="cat",
    columns=(
        Column(name="id", type="integer", autoincrement=True),
        Column(name="name", type="varchar(255)", null=True, default="'?'", collation="nocase"),
        Column(name="price", type="decimal(10,2)", default="0"),
        Column(name="born", type="datetime", default="CURRENT_TIMESTAMP"),
        Column(name="twice", type="int", null=True, generated=Generated(expr="id * 2", stored=False)),
        Column(name="thrice", type="int", null=True, generated=Generated(expr="id * 3")),
    ),
    primary_key=PrimaryKey(columns=("id",)),
    foreign_keys=(
        ForeignKey(
            name="mother",
            columns=("twice",),
            ref_table="cat",
            ref_columns=("id",),
            on_delete="SET NULL",
            deferrable="INITIALLY DEFERRED",
        ),
    ),
    indexes=(
        Index(name="cat_name", parts=(IndexPart(column="name"),), unique=True, where="id > 0"),
        Index(
            name="cat_parts",
            parts=(IndexPart(expr="lower(name)", desc=True), IndexPart(column="name", collation="rtrim")),
        ),
        Index(name="cat_price", parts=(IndexPart(column="price"),), unique=True, constraint=True),
    ),
    checks=(Check(name="", expr="id > 1"), Check(name="positive", expr="price >= 0")),
    strict=True,
    without_rowid=True,
)

REALMS = {
    "an empty database": one(),
    "everything": one(CAT),
    "odd names": one(
        *(
            Table(
                name=odd,
                columns=(Column(name=odd, type="text"),),
                primary_key=PrimaryKey(columns=(odd,)),
                indexes=(Index(name=odd, parts=(IndexPart(column=odd),)),),
            )
            for odd in sorted(('q"', "back`tick", "a b", "${x}", "dot.ted", "ünï", "new\nline"))
        )
    ),
    "types without a name in HCL": column(type="char(3)"),
    "types of two words": column(type="unsigned big int"),
    "a zero": column(type="int", default="0"),
    "a number on text": column(type="text", default="0"),
    "a string on a number": column(type="int", default="'0'"),
    "a bool": column(type="boolean", default="true"),
    "a blob": column(type="blob", default="x'00FF'"),
    "an expression": column(type="text", default="upper('a') || '${b}'"),
}


@pytest.mark.parametrize("name", REALMS)
def test_realms_come_back_as_they_were(name: str) -> None:
    assert decode(document(encode(REALMS[name])), qualify=False) == REALMS[name]


def test_a_document_is_written_in_its_canonical_layout() -> None:
    assert encode(one(CAT)) == dedent(
        """\
        table "cat" {
          schema = schema.main
          column "id" {
            null           = false
            type           = integer
            auto_increment = true
          }
          column "name" {
            null    = true
            type    = varchar(255)
            default = "?"
            collate = "nocase"
          }
          column "price" {
            null    = false
            type    = decimal(10,2)
            default = 0
          }
          column "born" {
            null    = false
            type    = datetime
            default = sql("CURRENT_TIMESTAMP")
          }
          column "twice" {
            null = true
            type = int
            as {
              expr = "id * 2"
              type = VIRTUAL
            }
          }
          column "thrice" {
            null = true
            type = int
            as {
              expr = "id * 3"
              type = STORED
            }
          }
          primary_key {
            columns = [column.id]
          }
          foreign_key "mother" {
            columns     = [column.twice]
            ref_columns = [table.cat.column.id]
            on_update   = NO_ACTION
            on_delete   = SET_NULL
            deferrable  = INITIALLY_DEFERRED
          }
          index "cat_name" {
            unique  = true
            columns = [column.name]
            where   = "id > 0"
          }
          index "cat_parts" {
            on {
              desc = true
              expr = "lower(name)"
            }
            on {
              column  = column.name
              collate = "rtrim"
            }
          }
          check {
            expr = "id > 1"
          }
          check "positive" {
            expr = "price >= 0"
          }
          unique "cat_price" {
            columns = [column.price]
          }
          without_rowid = true
          strict        = true
        }
        schema "main" {
        }
        """
    )


def test_generated_columns_are_virtual_unless_they_say_otherwise() -> None:
    text = """
        schema "main" {}
        table "t" {
          schema = schema.main
          column "c" {
            type = int
            as   = "1"
          }
        }
        """
    table = decode(document(text), qualify=False).schemas[0].tables[0]
    assert table.columns[0].generated == Generated(expr="1", stored=False)


def test_views_and_triggers_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match=r'view "v" \(schema.hcl:1\), trigger "r" \(schema.hcl:2\)'):
        decode(document('view "v" {}\ntrigger "r" {}\nschema "main" {}'), qualify=False)


def test_sqlite_has_no_enums() -> None:
    found = document(
        """
        schema "main" {}
        enum "e" {
          schema = schema.main
          values = []
        }
        table "t" {
          schema = schema.main
          column "c" {
            type = enum.e
          }
        }
        """
    )
    with pytest.raises(HCLError, match='unexpected type reference for attribute "type"'):
        decode(found, qualify=False)


SCHEMAS = {
    "types": """
        CREATE TABLE t (
          a INTEGER PRIMARY KEY AUTOINCREMENT, b VARCHAR(255) NOT NULL DEFAULT 'x',
          c DECIMAL(10,2) DEFAULT 1.50, d DOUBLE PRECISION DEFAULT -1.5, e UNSIGNED BIG INT DEFAULT 0, f,
          g TEXT DEFAULT 5, h INT DEFAULT '5',
          i DATETIME DEFAULT CURRENT_TIMESTAMP, j BOOLEAN DEFAULT TRUE, k BLOB DEFAULT x'00ff', l CHAR(3),
          m TEXT DEFAULT (upper('a') || '${b}'), n TEXT DEFAULT '', o TEXT DEFAULT '''q''', p "my type",
          q REAL(10, 2) DEFAULT 1e3, r JSON, s ANY, u TEXT COLLATE NOCASE DEFAULT '"d"', v INT DEFAULT -0
        )""",
    "keys": """
        CREATE TABLE p (a INT, b INT, c INT, PRIMARY KEY (b, a), CONSTRAINT u1 UNIQUE (c), UNIQUE (b, c));
        CREATE TABLE c (
          x INT CONSTRAINT positive CHECK (x > 0), y INT, CHECK (y <> '${z}'),
          CONSTRAINT f1 FOREIGN KEY (x, y) REFERENCES p (b, a) ON DELETE SET NULL
            DEFERRABLE INITIALLY DEFERRED,
          FOREIGN KEY (x) REFERENCES p (c) ON UPDATE CASCADE
        );
        CREATE UNIQUE INDEX i1 ON c (x DESC, lower(y)) WHERE x > 1;
        CREATE INDEX i2 ON c (y COLLATE NOCASE)""",
    "options": """
        CREATE TABLE a (id INT PRIMARY KEY NOT NULL, g INT AS (id * 2), h INT AS (id * 3) STORED)
          STRICT, WITHOUT ROWID;
        CREATE TABLE b (id INTEGER CONSTRAINT the_key PRIMARY KEY)""",
    "odd names": """
        CREATE TABLE "a ""b"" ${c}" ("select" INT PRIMARY KEY, "d.e" INT REFERENCES "a ""b"" ${c}", "%{f}" INT
          CHECK ("%{f}" > 0));
        CREATE INDEX "new
line" ON "a ""b"" ${c}" ("d.e", "%{f}");
        CREATE TABLE "main" ("table" TEXT, "column" TEXT UNIQUE)""",
}
SCHEMAS |= {
    f"{path.stem}: {case['name']}": case["to"]
    for path in sorted(Path(__file__).with_name("cases").glob("*.toml"))
    for case in tomllib.loads(path.read_text())["case"]
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_database_made_from_its_own_document_is_the_same(name: str) -> None:
    realm = inspect(load(SCHEMAS[name]))
    found = document(encode(realm))
    again = load("")
    apply(again, plan(inspect(again), decode(found, qualify=False)))
    assert inspect(again) == realm
    assert found.warnings == []
