"""Views, materialized views, rules, extended statistics."""

from __future__ import annotations

from typing import Literal

from backstay.schema.model.base import Model
from backstay.schema.model.routines import Enabled
from backstay.schema.model.tables import Column, Index, TableRef


class View(Model, frozen=True):
    """A view; `definition` is its query without a semicolon. `options` are those of WITH (…).

    `columns` are what the query makes them, with the defaults and comments that are set on the view.
    """

    name: str
    definition: str
    columns: tuple[Column, ...] = ()
    options: dict[str, str] = {}
    comment: str = ""


class Materialized(Model, frozen=True):
    """A materialized view, with its indexes. Whether it is populated is no part of it.

    `replica_identity` is empty for the usual one, else FULL or NOTHING.
    """

    name: str
    definition: str
    columns: tuple[Column, ...] = ()
    indexes: tuple[Index, ...] = ()
    storage: dict[str, str] = {}
    access_method: str = ""
    tablespace: str = ""
    replica_identity: str = ""
    depends_on_extensions: tuple[str, ...] = ()
    comment: str = ""


class Rule(Model, frozen=True):
    """A rewrite rule on a table or view of the same schema.

    `definition` is what follows the table in CREATE RULE: `WHERE … DO INSTEAD …`.
    """

    name: str
    table: str
    event: Literal["INSERT", "UPDATE", "DELETE"]
    definition: str
    enabled: Enabled = "ORIGIN"
    comment: str = ""


class Statistics(Model, frozen=True):
    """Extended statistics over columns (sorted: their order says nothing) and expressions of a table.

    `kinds` are empty where all are kept that there are. `target` is `None` for that of the server.
    """

    name: str
    of: TableRef
    columns: tuple[str, ...] = ()
    exprs: tuple[str, ...] = ()
    kinds: tuple[Literal["NDISTINCT", "DEPENDENCIES", "MCV"], ...] = ()
    target: int | None = None
    comment: str = ""
