"""The list-diff by name, for every kind of object."""

from __future__ import annotations

import pytest

from backstay.schema.diff import diff
from backstay.schema.model import (
    Check,
    Column,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    PrimaryKey,
    Realm,
    Schema,
    Sequence,
    Table,
)

ID = Column(name="id", type="integer")
AGE = Column(name="age", type="integer", null=True)
INDEX = Index(name="i", parts=(IndexPart(column="id"),))
KEY = ForeignKey(name="f", columns=("id",), ref_table="u", ref_columns=("id",))
CHECK = Check(name="c", expr="id > 0")


def realm(**fields: object) -> Realm:
    return Realm(schemas=(Schema(name="public", **fields),))  # type: ignore[arg-type]


def table(**fields: object) -> Realm:
    return realm(tables=(Table(name="t", **fields),))  # type: ignore[arg-type]


def keys(before: Realm, after: Realm, skip: frozenset[str] = frozenset()) -> list[str]:
    """`modify_table t: add_column age, …` for every change."""
    return [
        " ".join([change.key, change.name, *(f"{part.key}={part.name}" for part in change.changes)])
        for change in diff(before, after, skip)
    ]


CASES = [
    ("equal", table(columns=(ID,)), table(columns=(ID,)), []),
    ("column order", table(columns=(ID, AGE)), table(columns=(AGE, ID)), []),
    ("schema added", Realm(), table(columns=(ID,)), ["add_schema public", "add_table t"]),
    ("schema dropped", table(columns=(ID,)), Realm(), ["drop_schema public"]),
    ("schema comment", realm(), realm(comment="x"), ["modify_schema public"]),
    ("table added", realm(), table(), ["add_table t"]),
    ("table dropped", table(), realm(), ["drop_table t"]),
    ("table comment", table(), table(comment="x"), ["modify_table t"]),
    ("column added", table(columns=(ID,)), table(columns=(ID, AGE)), ["modify_table t add_column=age"]),
    ("column dropped", table(columns=(ID, AGE)), table(columns=(ID,)), ["modify_table t drop_column=age"]),
    (
        "column modified",
        table(columns=(ID,)),
        table(columns=(Column(name="id", type="bigint"),)),
        ["modify_table t modify_column=id"],
    ),
    (
        "primary key added",
        table(columns=(ID,)),
        table(columns=(ID,), primary_key=PrimaryKey(columns=("id",))),
        ["modify_table t add_primary_key="],
    ),
    ("index added", table(), table(indexes=(INDEX,)), ["modify_table t add_index=i"]),
    ("foreign key dropped", table(foreign_keys=(KEY,)), table(), ["modify_table t drop_foreign_key=f"]),
    ("check added", table(), table(checks=(CHECK,)), ["modify_table t add_check=c"]),
    (
        "enum and sequence",
        realm(enums=(Enum(name="e", values=("a",)),)),
        realm(enums=(Enum(name="e", values=("a", "b")),), sequences=(Sequence(name="s"),)),
        ["modify_enum e", "add_sequence s"],
    ),
    (
        "unnamed checks match by expression",
        table(checks=(Check(name="", expr="a"), Check(name="", expr="b"))),
        table(checks=(Check(name="", expr="b"), Check(name="", expr="c"))),
        ["modify_table t drop_check= add_check="],
    ),
]


@pytest.mark.parametrize(("name", "before", "after", "expected"), CASES, ids=[c[0] for c in CASES])
def test_a_difference_is_told_by_its_key(name: str, before: Realm, after: Realm, expected: list[str]) -> None:
    assert keys(before, after) == expected


def test_skipped_changes_are_left_out_and_empty_tables_with_them() -> None:
    before, after = table(columns=(ID, AGE)), table(columns=(ID,))
    assert keys(before, after, frozenset({"drop_column"})) == []
    assert keys(before, realm(), frozenset({"drop_column"})) == ["drop_table t"]
    assert keys(before, realm(), frozenset({"drop_table"})) == []
    assert keys(Realm(), before, frozenset({"add_schema"})) == []


def test_a_skipped_part_leaves_the_other_changes_of_its_table() -> None:
    before, after = table(columns=(ID, AGE)), table(columns=(ID,), indexes=(INDEX,))
    assert keys(before, after, frozenset({"drop_column"})) == ["modify_table t add_index=i"]
