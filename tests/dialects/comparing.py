"""Realms without what is no difference."""

from __future__ import annotations

from msgspec.structs import replace

from backstay.schema.model import Facts, Realm


def unordered(realm: Realm) -> Realm:
    """The realm with columns by name: their order is not a difference, nor are facts."""
    return replace(
        realm,
        facts=Facts(),
        schemas=tuple(
            replace(
                schema,
                tables=tuple(
                    replace(table, columns=tuple(sorted(table.columns, key=lambda column: column.name)))
                    for table in schema.tables
                ),
            )
            for schema in realm.schemas
        ),
    )
