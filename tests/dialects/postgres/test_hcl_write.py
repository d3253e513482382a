"""Realms of PostgreSQL as documents: canonical, and the same when read again."""

from __future__ import annotations

from textwrap import dedent

import pytest

from backstay.dialects.postgres.hcl import decode, encode
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
