"""Objects of a database that are in no schema: extensions, languages, publications."""

from __future__ import annotations

from backstay.schema.model.base import Model


class Extension(Model, frozen=True):
    """An extension. What it owns comes and goes with it.

    `version` is the one that the files name, empty where any will do; which one a database has is one of its
    facts (`Facts.extensions`). `comment` is empty where it is the one that the extension brings along.
    """

    name: str
    schema: str = ""
    version: str = ""
    comment: str = ""


class Language(Model, frozen=True):
    """A procedural language that belongs to no extension; its functions are named as SQL does."""

    name: str
    handler: str
    inline: str = ""
    validator: str = ""
    trusted: bool = False
    comment: str = ""


class PublishedTable(Model, frozen=True):
    """A table of a publication, with the columns (empty: all) and rows (`where`) that are published."""

    schema: str
    table: str
    columns: tuple[str, ...] = ()
    where: str = ""


class Publication(Model, frozen=True):
    """What is sent to subscribers: tables, all tables of schemas, or all there are."""

    name: str
    all_tables: bool = False
    tables: tuple[PublishedTable, ...] = ()
    schemas: tuple[str, ...] = ()
    operations: tuple[str, ...] = ("insert", "update", "delete", "truncate")
    via_root: bool = False
    generated_columns: str = ""
    comment: str = ""
