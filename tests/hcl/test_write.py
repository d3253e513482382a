"""Blocks to text in the canonical layout, and back to the same values."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.hcl.document import Document, Source
from backstay.hcl.values import List, RawSQL, Reference, Set, Value
from backstay.hcl.write import Bare, Heredoc, Written, block, expression, quote, reference, write


def test_layout() -> None:
    text = write(
        [
            block(
                "table",
                ["crm", "a b"],
                {
                    "schema": Reference(("schema", "public")),
                    "comment": "x",
                    "nothing": None,
                    "values": ("x", 1),
                },
                [
                    block("column", ["id"], {"null": False, "type": Bare("varchar(255)")}),
                    block("primary_key", (), {"columns": (Reference(("column", "first name")),)}),
                ],
                {"strict": True, "without_rowid": True},
            ),
            block("schema", ["public"]),
        ]
    )
    assert (
        text
        == """\
table "crm" "a b" {
  schema  = schema.public
  comment = "x"
  values  = ["x", 1]
  column "id" {
    null = false
    type = varchar(255)
  }
  primary_key {
    columns = [column["first name"]]
  }
  strict        = true
  without_rowid = true
}
schema "public" {
}
"""
    )


def test_a_heredoc_ends_a_run_of_aligned_attributes() -> None:
    migration = Heredoc("ALTER TABLE t\n  ADD c int;\n\nSELECT 1;\n")
    text = write([block("plan", ["p"], {"from": "a", "to": "b", "migration": migration, "x": 1})])
    assert (
        text
        == """\
plan "p" {
  from      = "a"
  to        = "b"
  migration = <<-SQL
  ALTER TABLE t
    ADD c int;

  SELECT 1;
  SQL
  x = 1
}
"""
    )


EXPRESSIONS: list[tuple[Written, str]] = [
    (None, "null"),
    (True, "true"),
    (-1, "-1"),
    (Decimal("1.50"), "1.5"),
    (Decimal("1E+2"), "100"),
    ('a "b" \\ \n\t\r', r'"a \"b\" \\ \n\t\r"'),
    ("${a} %{b} $ % $${c}", '"$${a} %%{b} $ % $$${c}"'),
    ("\x01\x7f\ufeff", r'"\u0001\u007f\ufeff"'),
    ("größe", '"größe"'),
    ((), "[]"),
    (("a", 1, None), '["a", 1, null]'),
    (Set(("a", "b")), 'toset(["a", "b"])'),
    (List(("a",)), 'tolist(["a"])'),
    ({}, "{}"),
    ({"a": 1, "b c": (True,), "for": 2}, '{ a = 1, "b c" = [true], "for" = 2 }'),
    (RawSQL("now() || '${x}'"), "sql(\"now() || '$${x}'\")"),
    (Reference(("table", "users", "column", "id")), "table.users.column.id"),
    (Reference(("table", "a.b", "column", "2")), 'table["a.b"].column.2'),
    (Reference(("enum", "größe", "007")), 'enum.größe["007"]'),
    (Bare("NO_ACTION"), "NO_ACTION"),
]


@pytest.mark.parametrize(("value", "expected"), EXPRESSIONS)
def test_expressions(value: Written, expected: str) -> None:
    assert expression(value) == expected


def read(attribute: Written) -> Value:
    """The value that is read where this one was written."""
    text = write([block("b", ["l"], {"short": 1, "attribute": attribute, "after": 2})])
    found = Document.load([Source("a.hcl", text)]).blocks()[0]
    assert (found.get("short"), found.get("after")) == (1, 2)
    return found.get("attribute")


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
SCALARS = st.one_of(
    TEXTS,
    st.integers(-(10**30), 10**30),
    st.booleans(),
    st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, st.none()), max_size=4).map(tuple),
        st.dictionaries(TEXTS, inner, max_size=4),
    ),
    max_leaves=10,
)


@given(VALUES)
def test_what_is_written_is_read_back(value: Value) -> None:
    assert read(value) == value


@given(TEXTS)
def test_raw_sql_is_read_back(text: str) -> None:
    assert read(RawSQL(text or "x")) == RawSQL(text or "x")


@given(st.lists(st.text(st.sampled_from("ab \t\n\r$%{}\"\\S~Q'L")), max_size=6).map("\n".join))
def test_a_heredoc_is_read_back_whatever_its_indentation(text: str) -> None:
    assert read(Heredoc(text)) == text
    assert read(Heredoc(text + "\n")) == text + "\n"


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("a\n", "<<-SQL\n  a\n  SQL\n"),
        ("  a\n  b\n", "<<SQL\n  a\n  b\nSQL\n"),
        ("SQL\n", "<<-SQL_\n  SQL\n  SQL_\n"),
        ("a", '"a"\n'),
        ("a\nb", "chomp(<<-SQL\n  a\n  b\n  SQL\n  )\n"),
        ("a\r\n", '"a\\r\\n"\n'),
        ("${a}\n", "<<-SQL\n  $${a}\n  SQL\n"),
    ],
)
def test_a_heredoc_is_written_so_that_its_text_survives(text: str, begins: str) -> None:
    assert write([block("b", (), {"a": Heredoc(text)})]) == f"b {{\n  a = {begins}}}\n"


@given(TEXTS, TEXTS)
def test_references_and_labels_are_read_back(table: str, column: str) -> None:
    path = ("table", table, "column", column)
    text = write([block("table", [table], {"own": Reference(path)}, [block("column", [column])])])
    document = Document.load([Source("a.hcl", text)])
    found = document.blocks()[0].get("own")
    assert isinstance(found, Reference)
    target = document.resolve(found)
    assert target is not None
    assert target.labels == (column,)


def test_quoting_is_one_line() -> None:
    assert quote("a\nb") == '"a\\nb"'


def test_a_reference_may_be_a_kind_and_a_label() -> None:
    assert reference(("schema", "public")) == "schema.public"
