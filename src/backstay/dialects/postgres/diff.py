"""What counts as equal in PostgreSQL although the models differ.

1. The standard comment of the schema `public`, which comes with every database.
2. Whether an index is valid, in the desired state: what is made is valid.
3. Names of not-null constraints, where one side comes from a server that has none (before 18).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from backstay.schema.model import Realm, Schema, Table

STANDARD_COMMENT = "standard public schema"
FIRST_WITH_NAMES = 18


def reconcile(before: Realm, after: Realm, versions: Sequence[str] = ()) -> tuple[Realm, Realm]:
    """Both states with those differences removed."""
    before, after = _changed(before, _without_standard_comment), _changed(after, _without_standard_comment)
    after = _tables_changed(after, _valid)
    if any(int(version.partition(".")[0]) < FIRST_WITH_NAMES for version in versions):
        before, after = _tables_changed(before, _unnamed), _tables_changed(after, _unnamed)
    return before, after


def _changed(realm: Realm, change: Callable[[Schema], Schema]) -> Realm:
    return Realm(schemas=tuple(map(change, realm.schemas)))


def _tables_changed(realm: Realm, change: Callable[[Table], Table]) -> Realm:
    return _changed(realm, lambda schema: replace(schema, tables=tuple(map(change, schema.tables))))


def _without_standard_comment(schema: Schema) -> Schema:
    return replace(schema, comment="") if schema.comment == STANDARD_COMMENT else schema


def _valid(table: Table) -> Table:
    if all(index.valid for index in table.indexes):
        return table
    return replace(table, indexes=tuple(replace(index, valid=True) for index in table.indexes))


def _unnamed(table: Table) -> Table:
    if not any(column.not_null_name for column in table.columns):
        return table
    return replace(table, columns=tuple(replace(column, not_null_name="") for column in table.columns))
