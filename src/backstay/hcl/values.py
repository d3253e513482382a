"""The values of HCL expressions, as Python objects.

string `str` · number `int` or `decimal.Decimal` · bool `bool` · null `None` · tuple `tuple` · object and
map `dict` · set `Set` · typed list `List` · reference to a block `Reference` · raw SQL `RawSQL`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

import msgspec


class Set(tuple["Value", ...]):
    """A set: sorted, without duplicates."""


class List(tuple["Value", ...]):
    """A value of a declared list type (`list(string)`), which `for_each` refuses and tuples are not."""


class RawSQL(msgspec.Struct, frozen=True):
    """`sql("…")`: an SQL expression, taken as it is."""

    text: str


class Reference(msgspec.Struct, frozen=True):
    """A reference to a block: `table.users.column.id` is `("table", "users", "column", "id")`.

    The path is as resolved: kinds and labels alternate, a two-label block keeps both labels.
    """

    path: tuple[str, ...]


Value: TypeAlias = (
    "str | int | Decimal | bool | tuple[Value, ...] | dict[str, Value] | RawSQL | Reference | None"
)
