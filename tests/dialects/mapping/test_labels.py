"""Blocks carry the name of their schema only where their own name is not enough."""

from __future__ import annotations

import pytest

from backstay.dialects.mapping.labels import Name, unambiguous


@pytest.mark.parametrize(
    ("names", "qualified"),
    [
        ([("a", "users"), ("b", "pets")], []),
        ([("a", "users"), ("b", "users"), ("b", "pets")], [("a", "users"), ("b", "users")]),
        # A table named like the schema of a qualified one.
        ([("a", "users"), ("b", "users"), ("b", "a")], [("a", "users"), ("b", "users"), ("b", "a")]),
        # Qualifying a block makes its schema a first label too.
        (
            [("a", "users"), ("b", "users"), ("c", "a"), ("d", "c")],
            [("a", "users"), ("b", "users"), ("c", "a"), ("d", "c")],
        ),
        ([("users", "users")], []),
    ],
)
def test_labels(names: list[Name], qualified: list[Name]) -> None:
    labels = unambiguous(names)
    assert [name for name in names if len(labels[name]) == 2] == qualified
    assert len({labels[name] for name in names}) == len(names)
