"""What counts as equal in SQLite although the models differ: names that say nothing.

1. Names that differ in upper and lower case only are the same (see `spelling`).
2. An unnamed foreign key is the same as a named one over the same columns. Inspections of other tools give
   unnamed ones a number, which is as good as no name.
3. An unnamed unique constraint and a unique index of that name are the same: SQLite makes one of the other
   (sqlite.org/lang_createtable.html, 3.6).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects.sqlite.inspect import unique_name
from backstay.dialects.sqlite.spelling import respelled
from backstay.schema.model import ForeignKey, Index, Realm, Schema, Table


def reconcile(before: Realm, after: Realm) -> tuple[Realm, Realm]:
    """Both states with the old one worded like the new one where the difference says nothing."""
    desired = {schema.name: schema for schema in after.schemas}
    schemas = tuple(_schema(schema, desired.get(schema.name)) for schema in before.schemas)
    return Realm(schemas=schemas), after


def _schema(old: Schema, new: Schema | None) -> Schema:
    if new is None or old == new:
        return old
    old = respelled(old, new)
    desired = {table.name: table for table in new.tables}
    tables = tuple(_table(table, desired.get(table.name)) for table in old.tables)
    return replace(old, tables=tables)


def _table(old: Table, new: Table | None) -> Table:
    if new is None or old == new:
        return old
    return replace(
        old,
        foreign_keys=tuple(_foreign_keys(old, new)),
        indexes=tuple(_indexes(old, new)),
    )


def _foreign_keys(old: Table, new: Table) -> Iterator[ForeignKey]:
    names = {key.name for key in old.foreign_keys}
    free = [key for key in new.foreign_keys if key.name not in names or _unnamed(key)]
    for key in old.foreign_keys:
        twin = next((twin for twin in free if _shape(twin) == _shape(key)), None)
        if twin is not None and (_unnamed(key) or _unnamed(twin)):
            free.remove(twin)
            yield replace(key, name=twin.name)
        else:
            yield key


def _unnamed(key: ForeignKey) -> bool:
    return not key.name or key.name.isdecimal()


def _shape(key: ForeignKey) -> tuple[object, ...]:
    return key.columns, key.ref_table, key.ref_columns


def _indexes(old: Table, new: Table) -> Iterator[Index]:
    desired = {index.name: index for index in new.indexes}
    for index in old.indexes:
        twin = replace(index, constraint=not index.constraint)
        unnamed = index.name == unique_name(old.name, [part.column for part in index.parts])
        yield twin if unnamed and desired.get(index.name) == twin else index
