"""How values survive a change of their column's type (PostgreSQL documentation, CREATE CAST and 10.4).

ALTER COLUMN … TYPE converts by itself where there is an assignment cast. Elsewhere it needs `USING`. An
explicit cast must not be written where an assignment cast would do: it cuts texts and bits to length
without a word, where the assignment refuses.
"""

from __future__ import annotations

import re

from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.serial import INTEGER_OF

FAMILIES = {
    "number": ("smallint", "integer", "bigint", "numeric", "real", "double precision"),
    "text": ("text", "character varying", "character", "bpchar", "name", "citext"),
    "time": (
        "date",
        "timestamp without time zone",
        "timestamp with time zone",
        "time without time zone",
        "time with time zone",
        "interval",
    ),
    "bit": ("bit", "bit varying"),
    "json": ("json", "jsonb"),
    "network": ("inet", "cidr"),
}
"""Types that are assigned to each other; anything is assigned to a text."""

FAMILY_OF = {type_: family for family, types in FAMILIES.items() for type_ in types}
MODIFIER = re.compile(r" ?\([^()]*\)")
DIRECT = {
    ("number", "boolean"): "::integer",
    ("boolean", "number"): "::integer",
    ("number", "money"): "::numeric",
    ("money", "number"): "::numeric",
    ("number", "bit"): "::bigint",
    ("bit", "number"): "::bigint",
    ("macaddr", "macaddr8"): "",
    ("macaddr8", "macaddr"): "",
    ("oid", "number"): "::bigint",
    ("number", "oid"): "::bigint",
}
"""Families with explicit casts between them, and the type on the way that all of their types reach.

All others are related by their words only: one type's text is read as the other, or refused.
"""


def base(type_: str) -> str:
    """The type without its length or precision, and without `[]`."""
    element = INTEGER_OF.get(type_, type_).removesuffix("[]")
    if '"' in element:
        return element
    return "interval" if element.startswith("interval") else MODIFIER.sub("", element)


def family(type_: str) -> str:
    """What the type's values are comparable with: a family's name, or the type itself."""
    brackets = "[]" if type_.endswith("[]") else ""
    return FAMILY_OF.get(base(type_), base(type_)) + brackets


def using(column: str, before: str, after: str, *, through_text: bool = False) -> str:
    """The USING clause (with a blank before it) that the change needs, empty where it needs none.

    `through_text`: the types are related by their words only, as two enums are.
    """
    old, new = family(before), family(after)
    if not through_text and new in {old, "text"}:
        return ""
    brackets = "[]" if before.endswith("[]") and after.endswith("[]") else ""
    words = "" if old.removesuffix("[]") == "text" else f"::text{brackets}"
    step = words if through_text else DIRECT.get((old, new), words)
    return f" USING {quote_name(column)}{step}::{INTEGER_OF.get(after, after)}"
