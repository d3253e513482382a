"""Documents: names across files, references between blocks, `for_each`, additional roots."""

from __future__ import annotations

import pytest

from backstay.errors import HCLError
from backstay.hcl.document import Document, Names, Namespace, Source
from backstay.hcl.functions.convert import FunctionError
from backstay.hcl.values import Reference, Value
from tests.hcl.support import document

SHOP = """
schema "main" {
  name    = "shop"
  comment = "the shop"
}
table "users" {
  schema  = schema.main
  comment = "in ${schema.main.comment}, ${schema.main.name}"
  column "id" { type = int }
  column "first name" { type = text }
  primary_key {
    columns = [column.id, column["first name"], table.users.column.id]
  }
}
table "crm" "users" {
  column "id" { type = int }
}
table "posts" {
  foreign_key "author" {
    ref_columns = [table.crm.users.column.id, table.users.column["first name"]]
  }
}
"""


def test_a_block_has_a_type_labels_and_a_name() -> None:
    blocks = document(SHOP).blocks()
    assert [block.title for block in blocks] == [
        'schema "main"',
        'table "users"',
        'table "crm" "users"',
        'table "posts"',
    ]
    assert [block.name for block in blocks] == ["shop", "users", "users", "posts"]


def test_a_name_must_be_a_string() -> None:
    with pytest.raises(HCLError, match=r"^test.hcl:2:3: name: a string is required, not a list$"):
        _ = document('schema "a" {\n  name = []\n}').blocks()[0].name


def test_attributes_are_null_when_absent() -> None:
    block = document("a {\n  x = null\n}").blocks()[0]
    assert (block.has("x"), block.get("x")) == (True, None)
    assert (block.has("y"), block.get("y")) == (False, None)
    assert block.attributes() == ("x",)


def test_child_blocks_come_by_type() -> None:
    users = document(SHOP).blocks("table")[0]
    assert [child.name for child in users.blocks("column")] == ["id", "first name"]
    assert [child.type for child in users.blocks()] == ["column", "column", "primary_key"]
    assert users.blocks("primary_key")[0].parent is users


def test_references_lead_to_blocks_under_their_final_names() -> None:
    doc = document(SHOP)
    users, _, posts = doc.blocks("table")
    assert users.get("schema") == Reference(("schema", "shop"))
    assert users.blocks("primary_key")[0].get("columns") == (
        Reference(("table", "users", "column", "id")),
        Reference(("table", "users", "column", "first name")),
        Reference(("table", "users", "column", "id")),
    )
    assert posts.blocks()[0].get("ref_columns") == (
        Reference(("table", "crm", "users", "column", "id")),
        Reference(("table", "users", "column", "first name")),
    )


def test_every_reference_resolves_to_its_block() -> None:
    doc = document(SHOP)
    for block in doc.blocks():
        for inside in (block, *(child for child in block.blocks() if child.labels)):
            assert doc.resolve(inside.reference) is inside


@pytest.mark.parametrize(
    "path", [(), ("table",), ("table", "x"), ("table", "users", "column", "x"), ("x", "y")]
)
def test_a_reference_to_nothing_resolves_to_nothing(path: tuple[str, ...]) -> None:
    assert document(SHOP).resolve(Reference(path)) is None


def test_attributes_of_other_blocks_can_be_read() -> None:
    assert document(SHOP).blocks("table")[0].get("comment") == "in the shop, shop"


def test_a_reference_kept_in_a_local_can_be_followed() -> None:
    doc = document(SHOP + "locals {\n  t = table.users\n}\nx {\n  c = local.t.column.id\n}")
    assert doc.blocks("x")[0].get("c") == Reference(("table", "users", "column", "id"))


def test_names_of_swapped_blocks_are_not_confused() -> None:
    doc = document('a "x" {\n name = "y"\n}\na "y" {\n name = "x"\n}\nr {\n to = a.x\n}')
    reference = doc.blocks("r")[0].get("to")
    assert reference == Reference(("a", "y"))
    assert doc.resolve(Reference(("a", "y"))) is doc.blocks("a")[0]


def test_files_are_one_namespace_in_the_order_of_their_names() -> None:
    doc = document(
        't "z" {\n  x = local.a\n}', b='locals {\n  a = local.b\n}\nt "b" {}', a="locals {\n  b = 1\n}"
    )
    assert [block.name for block in doc.blocks("t")] == ["b", "z"]
    assert doc.blocks("t")[1].get("x") == 1


def test_names_are_in_scope_for_one_attribute_only() -> None:
    names = Names(variables={"text": "TEXT"}, functions={"varchar": lambda size: f"VARCHAR({size})"})
    block = document("c {\n  a = text\n  b = varchar(255)\n  d = [text, varchar(1)]\n}").blocks()[0]
    assert [block.get(name, names) for name in "abd"] == ["TEXT", "VARCHAR(255)", ("TEXT", "VARCHAR(1)")]
    with pytest.raises(HCLError, match=r'unknown variable "text"'):
        block.get("a")


def test_a_function_given_for_an_attribute_words_its_own_errors() -> None:
    def refuse(*_: Value) -> Value:
        raise FunctionError('Type "uuid" does not accept attributes')

    block = document("c {\n  type = uuid(1)\n}").blocks()[0]
    with pytest.raises(HCLError, match=r'^test.hcl:2:10: Type "uuid" does not accept attributes$'):
        block.get("type", Names(functions={"uuid": refuse}))


def test_an_error_points_at_the_block_or_at_an_attribute() -> None:
    block = document("\na {\n  x = 1\n}").blocks()[0]
    assert str(block.error("wrong")) == "test.hcl:2:1: wrong"
    assert str(block.error("wrong", attribute="x")) == "test.hcl:3:3: wrong"
    assert str(block.error("wrong", attribute="absent")) == "test.hcl:2:1: wrong"


def test_attributes_outside_of_blocks_are_warned_of() -> None:
    assert document("a = 1").warnings == ["test.hcl:1:1: an attribute outside of any block is ignored"]


REFERENCE_ERRORS = {
    'table "t" {\n  schema = schema.main\n}': '2:12: unknown variable "schema"',
    'schema "main" {}\ntable "t" {\n  schema = schema.man\n}': (
        '3:12: referenced schema "man" not found — did you mean "main"?'
    ),
    'table "t" {\n  x = table.u\n}': '2:7: referenced table "u" not found',
    'table "t" {\n  x = column.emial\n  column "email" {}\n}': (
        '2:7: column "emial" was not found in table "t" — did you mean "email"?'
    ),
    'table "t" {\n  x = table.t.column.emial\n  column "email" {}\n}': (
        '2:7: column "emial" was not found in table "t" — did you mean "email"?'
    ),
    'table "t" {\n  x = table.t.colum.id\n}': '2:7: table "t" has no "colum"',
    'table "t" {\n  x = table\n}': '2:7: "table" is not a value: write table.<name>',
    'table "t" {\n  x = column\n  column "a" {}\n}': '2:7: "column" is not a value: write column.<name>',
    'table "a" "t" {\n  x = table.a\n}': "2:7: the reference needs one more label: t",
    'table "a" "t" {\n  x = table.a.u\n}': '2:7: no block has the label "u" here',
    'a "x" {\n  v = a.y.v\n}\na "y" {\n  v = a.x.v\n}': '2:7: cyclic reference to "a.y.v"',
    'a "x" {\n  v = a.x.v\n}': '2:7: cyclic reference to "a.x.v"',
    "x {\n  v = local.a\n}\nlocals {\n  a = local.b\n  b = local.a\n}": '6:7: cyclic reference to "local.a"',
    "locals {\n  a = local.a\n}\nx {\n  v = local.a\n}": '2:7: cyclic reference to "local.a"',
    "locals {\n  a = 1\n}\nlocals {\n  a = 2\n}": '5:3: local "a" is declared twice',
    "x {\n  v = data.sql.t.value\n}": '2:7: missing data source handler for "sql"',
    "x {\n  v = each.key\n}": '2:7: unknown variable "each"',
}


@pytest.mark.parametrize(("text", "message"), REFERENCE_ERRORS.items())
def test_references_to_nothing_are_reported_where_they_are(text: str, message: str) -> None:
    with pytest.raises(HCLError) as caught:
        _ = [block.get(name) for block in document(text).blocks() for name in block.attributes()]
    assert str(caught.value) == f"test.hcl:{message}"


EACH = """
locals {
  regions = { us = "America", eu = "Europe" }
}
table "events" {
  for_each = local.regions
  name     = "events_${each.key}"
  comment  = each.value
  column "id" {
    comment = "of ${each.value}"
  }
  primary_key {
    columns = [column.id]
  }
}
view "all" {
  last = table.events
  one  = table.events_us.column.id
}
"""


def test_for_each_makes_a_block_of_each_element() -> None:
    doc = document(EACH)
    tables = doc.blocks("table")
    assert [(table.name, table.get("comment")) for table in tables] == [
        ("events_eu", "Europe"),
        ("events_us", "America"),
    ]
    assert [table.blocks("column")[0].get("comment") for table in tables] == ["of Europe", "of America"]
    assert tables[0].blocks("primary_key")[0].get("columns") == (
        Reference(("table", "events_eu", "column", "id")),
    )


def test_instances_are_referred_to_by_final_name_and_the_last_one_by_label() -> None:
    view = document(EACH).blocks("view")[0]
    assert view.get("last") == Reference(("table", "events_us"))
    assert view.get("one") == Reference(("table", "events_us", "column", "id"))


def test_the_elements_may_come_from_other_blocks() -> None:
    doc = document(
        'a "x" {\n  names = ["b", "c"]\n}\nlocals {\n  x = a.x\n}\n'
        't "n" {\n  for_each = toset(local.x.names)\n  name = each.key\n}\nr {\n  to = [t.b, t.c]\n}'
    )
    assert doc.blocks("r")[0].get("to") == (Reference(("t", "b")), Reference(("t", "c")))
    assert doc.resolve(Reference(("t", "b"))) is doc.blocks("t")[0]


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ('toset(["b", "a"])', [("a", "a"), ("b", "b")]),
        ('["b", "a"]', [(0, "b"), (1, "a")]),
        ("{ b = 1, a = 2 }", [("a", 2), ("b", 1)]),
        ("[]", []),
    ],
)
def test_for_each_takes_sets_tuples_and_objects(elements: str, expected: list[tuple[Value, Value]]) -> None:
    doc = document(f"a {{\n  for_each = {elements}\n  k = each.key\n  v = each.value\n}}")
    assert [(block.get("k"), block.get("v")) for block in doc.blocks("a")] == expected


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ("var.names", "for_each does not support list of string type"),
        ("tolist([1])", "for_each does not support list of number type"),
        ('"a"', "for_each does not support string type"),
        ("null", "for_each does not support null type"),
    ],
)
def test_for_each_refuses_typed_lists_and_single_values(elements: str, message: str) -> None:
    variable = 'variable "names" {\n  type = list(string)\n  default = ["a"]\n}\n'
    with pytest.raises(HCLError) as caught:
        document(f"{variable}a {{\n  for_each = {elements}\n}}")
    assert str(caught.value) == f"test.hcl:6:3: {message}"


def test_roots_may_be_values_functions_or_namespaces() -> None:
    asked: list[str] = []

    class Data(Namespace):
        def member(self, name: str) -> Value | Namespace:
            raise FunctionError(f"data.{name} is not available yet")

    def expensive() -> Value:
        asked.append("once")
        return 1

    doc = Document.load(
        [Source("a.hcl", "x {\n  a = atlas.env\n  b = cost\n  c = cost\n  d = data.sql.x\n}")],
        roots={"atlas": {"env": "dev"}, "cost": expensive, "data": Data()},
    )
    block = doc.blocks()[0]
    assert asked == []
    assert [block.get(name) for name in "abc"] == ["dev", 1, 1]
    assert asked == ["once"]
    with pytest.raises(HCLError, match=r"^a.hcl:5:7: data.sql is not available yet$"):
        block.get("d")


def test_blocks_can_be_left_out_before_anything_is_evaluated() -> None:
    text = 'env "prod" {\n  for_each = nonsense()\n}\nenv "dev" {}\nenv {\n  name = "x-${atlas.env}"\n}'
    doc = Document.load(
        [Source("a.hcl", text)],
        select=lambda blocks: [
            block
            for block in blocks
            if block.labels == ("dev",) or ("atlas", "env") in block.mentions("name")
        ],
    )
    assert [block.labels for block in doc.blocks()] == [("dev",), ()]


def test_functions_can_be_replaced() -> None:
    doc = Document.load([Source("a.hcl", "x {\n  v = one()\n}")], functions={"one": lambda: 1})
    assert doc.blocks()[0].get("v") == 1
