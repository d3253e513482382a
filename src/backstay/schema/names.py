"""The names that a server chooses where none is said: they are part of a state, but seldom written down."""

from __future__ import annotations

NAME_LIMIT = 63
"""Bytes of an identifier (PostgreSQL's NAMEDATALEN - 1)."""


def default_name(table: str, column: str, label: str) -> str:
    """The name that PostgreSQL gives a sequence or constraint (`makeObjectName` in its sources).

    Where the whole is too long, the longer of both names is cut first, at a character's end.
    """
    first, second = table.encode(), column.encode()
    room = NAME_LIMIT - len(label) - (2 if column else 1)
    one, two = len(first), len(second)
    while one + two > room:
        if one > two:
            one -= 1
        else:
            two -= 1
    names = (_clip(first, one), _clip(second, two)) if column else (_clip(first, one),)
    return "_".join((*names, label))


def primary_key_name(table: str, name: str = "") -> str:
    """The name of a table's primary key, which the model leaves empty where it is the usual one."""
    return name or default_name(table, "", "pkey")


def _clip(name: bytes, length: int) -> str:
    return name[:length].decode(errors="ignore")
