"""What counts as equal in PostgreSQL although the models differ.

1. The standard comment of the schema `public`, which comes with every database.
2. Whether an index is valid, in the desired state: what is made is valid.
"""

from __future__ import annotations

from msgspec.structs import replace

from backstay.schema.model import Realm, Schema, Table

STANDARD_COMMENT = "standard public schema"


def reconcile(before: Realm, after: Realm) -> tuple[Realm, Realm]:
    """Both states with those differences removed."""
    return (
        Realm(schemas=tuple(map(_without_standard_comment, before.schemas))),
        Realm(schemas=tuple(_valid(_without_standard_comment(schema)) for schema in after.schemas)),
    )


def _without_standard_comment(schema: Schema) -> Schema:
    return replace(schema, comment="") if schema.comment == STANDARD_COMMENT else schema


def _valid(schema: Schema) -> Schema:
    if all(index.valid for table in schema.tables for index in table.indexes):
        return schema
    return replace(schema, tables=tuple(map(_valid_table, schema.tables)))


def _valid_table(table: Table) -> Table:
    return replace(table, indexes=tuple(replace(index, valid=True) for index in table.indexes))
