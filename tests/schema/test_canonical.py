"""Canonical JSON: equal values have equal bytes, and come back as they were."""

from __future__ import annotations

from backstay.decoding import decode
from backstay.schema.canonical import encode
from backstay.schema.model import Column, ForeignKey, Index, IndexPart, Table


def fresh(text: str) -> str:
    """The same text as another object."""
    return "".join(list(text))


def test_a_default_that_is_another_object_is_left_out() -> None:
    written = ForeignKey(
        name="f",
        columns=("a",),
        ref_table="t",
        ref_columns=("b",),
        on_delete=fresh("NO ACTION"),  # type: ignore[arg-type]
    )
    assert encode(written) == b'{"columns":["a"],"name":"f","ref_columns":["b"],"ref_table":"t"}'


def test_values_come_back() -> None:
    table = Table(
        name="t",
        columns=(Column(name="a", type="integer", default="1"), Column(name="b", type="text", null=True)),
        indexes=(Index(name="i", parts=(IndexPart(column="a", desc=True),), storage={"fillfactor": "70"}),),
    )
    assert decode(encode(table), Table) == table


def test_a_list_keeps_its_order() -> None:
    assert encode((2, 1)) == b"[2,1]"
