"""Diagrams of what changes: touched tables, their neighbours, what becomes of them."""

from __future__ import annotations

from textwrap import dedent

from backstay.report.change_diagram import MAX_TABLES, change_diagram
from backstay.schema.changes import Change
from backstay.schema.model import Column, ForeignKey, PrimaryKey, Realm, Schema, Table


def table(name: str, *columns: str, refers: str = "", schema: str = "") -> Table:
    foreign = ForeignKey(
        name=f"{name}_fk", columns=(columns[-1],), ref_table=refers, ref_columns=("id",), ref_schema=schema
    )
    return Table(
        name=name,
        columns=tuple(Column(name=column, type="bigint") for column in columns),
        primary_key=PrimaryKey(columns=("id",)),
        foreign_keys=(foreign,) if refers else (),
    )


def realm(*tables: Table, name: str = "public") -> Realm:
    return Realm(schemas=(Schema(name=name, tables=tables),))


def change(action: str, kind: str, name: str, table: str = "", **more: object) -> Change:
    return Change(action=action, kind=kind, schema="public", name=name, table=table, **more)  # type: ignore[arg-type]


def test_touched_tables_their_columns_and_both_kinds_of_neighbours() -> None:
    users, logins = table("users", "id", "email"), table("users", "id", "login")
    orders, far = table("orders", "id", "user_id", refers="users"), table("far", "id", "x", refers="orders")
    carts, legacy = (
        table("carts", "id", "user_id", refers="users"),
        table("legacy", "id", "u", refers="users"),
    )
    parts = (change("add", "column", "email", "users"), change("drop", "column", "login", "users"))
    changes = [
        change("modify", "table", "users", changes=parts),
        change("add", "table", "carts"),
        change("drop", "table", "legacy"),
        change("add", "view", "report"),
    ]
    drawn = change_diagram(realm(legacy, orders, far, logins), realm(carts, orders, far, users), changes)
    assert drawn == dedent(
        """\
        erDiagram
            t1["🟡 users"] {
              bigint id PK
              bigint email "created"
              bigint login "dropped"
            }
            t2["🟢 carts"] {
              bigint id PK
              bigint user_id FK
            }
            t3["🔴 legacy"] {
              bigint id PK
              bigint u FK
            }
            t4["orders"] {
              bigint id PK
              bigint user_id FK
            }
            t2 }o--|| t1 : "user_id (created)"
            t3 }o..|| t1 : "u (dropped)"
            t4 }o--|| t1 : "user_id"
        """
    )


def test_a_foreign_key_that_is_dropped_is_dotted_and_one_that_is_made_says_so() -> None:
    before = realm(table("a", "id", "b_id", refers="b"), table("b", "id"), table("c", "id"))
    after = realm(table("a", "id", "b_id", refers="c"), table("b", "id"), table("c", "id"))
    changes = [change("drop", "foreign_key", "a_fk", "a")]
    assert '    t1 }o..|| t3 : "b_id (dropped)"' in change_diagram(before, after, changes).splitlines()


def test_a_renamed_table_is_one_table() -> None:
    before, after = realm(table("people", "id")), realm(table("users", "id"))
    renamed = change("rename", "table", "users", before=before.schemas[0].tables[0])
    assert change_diagram(before, after, [renamed]).splitlines()[1] == '    t1["🔁 users"] {'


def test_of_large_tables_only_what_matters_is_shown() -> None:
    wide = table("wide", "id", *(f"c{number}" for number in range(40)))
    part = change("add", "column", "c7", "wide")
    drawn = change_diagram(realm(), realm(wide), [change("modify", "table", "wide", changes=(part,))])
    assert drawn.splitlines()[2:-1] == [
        "      bigint id PK",
        '      bigint c7 "created"',
        '      _ _ "39 more columns"',
    ]


def test_schemas_are_named_where_there_are_several() -> None:
    after = Realm(
        schemas=(
            Schema(name="public", tables=(table("a", "id", "b_id", refers="b", schema="other"),)),
            Schema(name="other", tables=(table("b", "id"),)),
        )
    )
    drawn = change_diagram(realm(), after, [change("add", "table", "a")])
    assert 't1["🟢 public.a"]' in drawn
    assert 't2["other.b"]' in drawn


def test_names_cannot_leave_their_place() -> None:
    odd = table('x"] {\n%%{init: {}}%% \\ #1', "id", "pk")
    drawn = change_diagram(realm(), realm(odd), [change("add", "table", odd.name)])
    assert drawn.splitlines()[1] == '    t1["🟢 x#quot;] { #37;#37;{init: {}}#37;#37; #92; #35;1"] {'
    assert "      bigint _pk" in drawn
    sly = table("a\u202eb<b>", "id", "x\u200by\ufe0f")
    drawn = change_diagram(realm(), realm(sly), [change("add", "table", sly.name)])
    assert drawn.splitlines()[1] == '    t1["🟢 a b#lt;b#gt;"] {'
    assert "      bigint x_y_" in drawn


def test_without_tables_or_with_too_many_there_is_none() -> None:
    many = [table(f"t{number}", "id") for number in range(MAX_TABLES + 1)]
    assert change_diagram(realm(), realm(), [change("add", "view", "v")]) == ""
    assert change_diagram(realm(), realm(*many), [change("add", "table", t.name) for t in many]) == ""
