"""Views, materialized views, rules, extended statistics."""

from __future__ import annotations

from backstay.schema.model.base import Model
from backstay.schema.model.routines import Enabled
from backstay.schema.model.tables import Index


class ViewColumn(Model, frozen=True):
    """A column of a view: what its query makes it, and what is set on the view itself."""

    name: str
    type: str = ""
    default: str | None = None
    comment: str = ""


class View(Model, frozen=True):
    """A view; `definition` is its query without a semicolon. `options` are those of WITH (…)."""

    name: str
    definition: str
    columns: tuple[ViewColumn, ...] = ()
    options: dict[str, str] = {}
    comment: str = ""


class Materialized(Model, frozen=True):
    """A materialized view, with its indexes."""

    name: str
    definition: str
    columns: tuple[ViewColumn, ...] = ()
    indexes: tuple[Index, ...] = ()
    storage: dict[str, str] = {}
    access_method: str = ""
    tablespace: str = ""
    comment: str = ""


class Rule(Model, frozen=True):
    """A rewrite rule on a table or view of the same schema; `definition` is all of CREATE RULE."""

    name: str
    table: str
    definition: str
    enabled: Enabled = "ORIGIN"
    comment: str = ""


class Statistics(Model, frozen=True):
    """Extended statistics over columns and expressions (`parts`, as SQL) of a table of the same schema."""

    name: str
    table: str
    parts: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    target: int | None = None
    comment: str = ""
