"""The shape of `schema inspect`: schemas, tables, columns, indexes, keys.

This is the compact shape that existing readers decode. It holds no defaults, checks, enums or sequences;
the HCL and SQL forms of a state hold everything.
"""

from __future__ import annotations

from backstay.report.gojson import Document
from backstay.schema.model import Column, ForeignKey, Index, IndexPart, PrimaryKey, Realm, Schema, Table


class Compact(Document, frozen=True, rename="lower"):
    """Base of these shapes, whose names are in lower case."""


class ColumnDocument(Compact, frozen=True):
    """A column."""

    name: str
    type: str = ""
    null: bool = False
    comment: str = ""
    collate: str = ""


class PartDocument(Compact, frozen=True):
    """One key of an index: a column or an expression."""

    desc: bool = False
    column: str = ""
    expr: str = ""


class IndexDocument(Compact, frozen=True):
    """An index or, without `unique`, a primary key."""

    name: str = ""
    unique: bool = False
    parts: tuple[PartDocument, ...] = ()


class ReferencesDocument(Compact, frozen=True):
    """What a foreign key refers to; a table of another schema with its schema's name."""

    table: str = ""
    columns: tuple[str, ...] = ()


class ForeignKeyDocument(Compact, frozen=True, kw_only=True):
    """A foreign key."""

    name: str
    columns: tuple[str, ...] = ()
    references: ReferencesDocument


class TableDocument(Compact, frozen=True):
    """A table with its parts."""

    name: str
    columns: tuple[ColumnDocument, ...] = ()
    indexes: tuple[IndexDocument, ...] = ()
    primary_key: IndexDocument | None = None
    foreign_keys: tuple[ForeignKeyDocument, ...] = ()
    comment: str = ""


class SchemaDocument(Compact, frozen=True):
    """A schema and its tables."""

    name: str
    tables: tuple[TableDocument, ...] = ()
    comment: str = ""


class RealmDocument(Compact, frozen=True):
    """All schemas."""

    schemas: tuple[SchemaDocument, ...] = ()


def realm_document(realm: Realm) -> RealmDocument:
    """The realm in the compact shape."""
    return RealmDocument(schemas=tuple(_schema(schema) for schema in realm.schemas))


def _schema(schema: Schema) -> SchemaDocument:
    return SchemaDocument(
        name=schema.name,
        tables=tuple(_table(table) for table in schema.tables),
        comment=schema.comment,
    )


def _table(table: Table) -> TableDocument:
    return TableDocument(
        name=table.name,
        columns=tuple(_column(column) for column in table.columns),
        indexes=tuple(_index(index) for index in table.indexes),
        primary_key=_primary_key(table.primary_key) if table.primary_key else None,
        foreign_keys=tuple(_foreign_key(key) for key in table.foreign_keys),
        comment=table.comment,
    )


def _column(column: Column) -> ColumnDocument:
    return ColumnDocument(
        name=column.name,
        type=column.type,
        null=column.null,
        comment=column.comment,
        collate=column.collation,
    )


def _index(index: Index) -> IndexDocument:
    return IndexDocument(
        name=index.name, unique=index.unique, parts=tuple(_part(part) for part in index.parts)
    )


def _part(part: IndexPart) -> PartDocument:
    return PartDocument(desc=part.desc, column=part.column, expr=part.expr)


def _primary_key(key: PrimaryKey) -> IndexDocument:
    return IndexDocument(name=key.name, parts=tuple(PartDocument(column=column) for column in key.columns))


def _foreign_key(key: ForeignKey) -> ForeignKeyDocument:
    table = f"{key.ref_schema}.{key.ref_table}" if key.ref_schema else key.ref_table
    return ForeignKeyDocument(
        name=key.name,
        columns=key.columns,
        references=ReferencesDocument(table=table, columns=key.ref_columns),
    )
