"""The state hash: what it sees, and what it does not."""

from __future__ import annotations

import base64
import hashlib

import pytest

from backstay.engine.hash import state_hash
from backstay.schema.model import Column, Enum, ForeignKey, Index, IndexPart, Realm, Schema, Table

ID = Column(name="id", type="integer")
AGE = Column(name="age", type="integer")


PUBLISHED = "N1j2BPieOX+hWZKS1v8oXv7aij+6PGKvi/Uxg489Xg8="


def realm(name: str = "public", **fields: object) -> Realm:
    return Realm(schemas=(Schema(name=name, **fields),))  # type: ignore[arg-type]


def tables(*found: Table) -> Realm:
    return realm(tables=found)


def test_a_hash_is_base64_of_32_bytes() -> None:
    assert len(base64.b64decode(state_hash(Realm(), scoped=False))) == 32


def test_the_published_hash_of_an_empty_schema_never_changes() -> None:
    document = b'{"realm":{"schemas":[{}]},"version":"v1"}'
    published = base64.b64encode(hashlib.sha256(document).digest()).decode()
    assert state_hash(realm(), scoped=True) == published == PUBLISHED


NO_ACTION = "".join(["NO ", "ACTION"])


def _key(**actions: str) -> Realm:
    key = ForeignKey(name="f", columns=("a",), ref_table="t", ref_columns=("a",), **actions)  # type: ignore[arg-type]
    return tables(Table(name="t", foreign_keys=(key,)))


SAME = [
    ("order of tables", tables(Table(name="a"), Table(name="b")), tables(Table(name="b"), Table(name="a"))),
    (
        "order of columns",
        tables(Table(name="t", columns=(ID, AGE))),
        tables(Table(name="t", columns=(AGE, ID))),
    ),
    ("name of the schema", realm("public"), realm("tenant_7")),
    ("spelled-out defaults", realm(), realm(comment="")),
    ("defaults that are other objects", _key(), _key(on_delete=NO_ACTION)),
]


@pytest.mark.parametrize(("what", "one", "other"), SAME, ids=[case[0] for case in SAME])
def test_it_does_not_see(what: str, one: Realm, other: Realm) -> None:
    assert state_hash(one, scoped=True) == state_hash(other, scoped=True)


def _index(*columns: str) -> Realm:
    return tables(
        Table(name="t", indexes=(Index(name="i", parts=tuple(IndexPart(column=c) for c in columns)),))
    )


DIFFERENT = [
    ("another table", tables(Table(name="a")), tables(Table(name="b"))),
    ("a comment", realm(), realm(comment="x")),
    (
        "order of enum values",
        realm(enums=(Enum(name="e", values=("a", "b")),)),
        realm(enums=(Enum(name="e", values=("b", "a")),)),
    ),
    ("order of index keys", _index("a", "b"), _index("b", "a")),
]


@pytest.mark.parametrize(("what", "one", "other"), DIFFERENT, ids=[case[0] for case in DIFFERENT])
def test_it_sees(what: str, one: Realm, other: Realm) -> None:
    assert state_hash(one, scoped=True) != state_hash(other, scoped=True)


def test_the_name_of_a_schema_counts_in_realm_scope() -> None:
    assert state_hash(realm("a"), scoped=False) != state_hash(realm("b"), scoped=False)
