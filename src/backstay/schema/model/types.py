"""Types and collations that users define."""

from __future__ import annotations

from typing import Literal

from backstay.schema.model.base import Model
from backstay.schema.model.tables import Check, NotNull


class Enum(Model, frozen=True):
    """An enumerated type; the order of `values` is their sort order."""

    name: str
    values: tuple[str, ...]
    comment: str = ""


class Domain(Model, frozen=True):
    """A domain: a type with constraints. `null` says whether it takes NULL; `type` is what it is over.

    Only `name` and `comment` of `not_null` have a meaning (PostgreSQL 17 and newer). The expressions of its
    checks are as the server words them, with their own parentheses. `collation` is the name of a collation of
    the system, or in quotes that of another one; so are those of fields and ranges.
    """

    name: str
    type: str
    null: bool = True
    not_null: NotNull = NotNull()
    default: str | None = None
    collation: str = ""
    checks: tuple[Check, ...] = ()
    comment: str = ""


class Field(Model, frozen=True):
    """An attribute of a composite type."""

    name: str
    type: str
    collation: str = ""
    comment: str = ""


class Composite(Model, frozen=True):
    """A composite type that stands for itself; `fields` are in order."""

    name: str
    fields: tuple[Field, ...] = ()
    comment: str = ""


class Range(Model, frozen=True):
    """A range type. What is empty is its subtype's default; functions and types are in SQL's words."""

    name: str
    subtype: str
    ops: str = ""
    collation: str = ""
    subtype_diff: str = ""
    multirange: str = ""
    comment: str = ""


class Collation(Model, frozen=True):
    """A collation; `lc_collate` and `lc_ctype` are those of libc, `locale` is ICU's or the built-in one's."""

    name: str
    provider: Literal["libc", "icu", "builtin"] = "libc"
    locale: str = ""
    lc_collate: str = ""
    lc_ctype: str = ""
    deterministic: bool = True
    rules: str = ""
    comment: str = ""
