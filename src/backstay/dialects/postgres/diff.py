"""What counts as equal in PostgreSQL although the models differ.

1. The standard comment of the schema `public`, which comes with every database.
2. Whether an index is valid, in the desired state: what is made is valid. (Not of partitioned tables: there
   it says that a partition has none.)
3. Names of not-null constraints, where one side comes from a server that has none (before 18).
4. The two wordings of a cast array in an expression (see `expressions`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from backstay.dialects.postgres.expressions import settled
from backstay.schema.model import Column, Index, NotNull, Realm, Schema, Table

STANDARD_COMMENT = "standard public schema"
FIRST_WITH_NAMES = 18


def canonical(realm: Realm) -> Realm:
    """See `Dialect.canonical`."""
    return _tables_changed(_changed(realm, _without_standard_comment), lambda table: _worded(table, settled))


def reconcile(before: Realm, after: Realm, versions: Sequence[str] = ()) -> tuple[Realm, Realm]:
    """Both states with those differences removed."""
    before, after = _changed(before, _without_standard_comment), _changed(after, _without_standard_comment)
    after = _tables_changed(after, _valid)
    if any(int(version.partition(".")[0]) < FIRST_WITH_NAMES for version in versions):
        before, after = _tables_changed(before, _unnamed), _tables_changed(after, _unnamed)
    desired = {schema.name: schema for schema in after.schemas}
    return _changed(before, lambda schema: _reworded(schema, desired.get(schema.name))), after


def _changed(realm: Realm, change: Callable[[Schema], Schema]) -> Realm:
    return replace(realm, schemas=tuple(map(change, realm.schemas)))


def _tables_changed(realm: Realm, change: Callable[[Table], Table]) -> Realm:
    return _changed(realm, lambda schema: replace(schema, tables=tuple(map(change, schema.tables))))


def _without_standard_comment(schema: Schema) -> Schema:
    return replace(schema, comment="") if schema.comment == STANDARD_COMMENT else schema


def _valid(table: Table) -> Table:
    if table.partitioning is not None or all(index.valid for index in table.indexes):
        return table
    return replace(table, indexes=tuple(replace(index, valid=True) for index in table.indexes))


def _unnamed(table: Table) -> Table:
    if not any(column.not_null != NotNull() for column in table.columns):
        return table
    return replace(table, columns=tuple(replace(column, not_null=NotNull()) for column in table.columns))


def _reworded(old: Schema, new: Schema | None) -> Schema:
    """The old schema in the words of the new one, where these say the same."""
    if new is None or old == new:
        return old
    desired = {table.name: table for table in new.tables}
    tables = (_table_reworded(table, desired.get(table.name)) for table in old.tables)
    return replace(old, tables=tuple(tables))


def _table_reworded(old: Table, new: Table | None) -> Table:
    if new is None or old == new:
        return old
    same = set(_expressions(new))
    words = {settled(text): text for text in same}
    return _worded(old, lambda text: text if text in same else words.get(settled(text), text))


def _expressions(table: Table) -> Iterator[str]:
    for column in table.columns:
        yield column.default or ""
        yield column.generated.expr if column.generated else ""
    for check in table.checks:
        yield check.expr
    for index in table.indexes:
        yield index.where
        yield from (part.expr for part in index.parts)


def _worded(table: Table, word: Callable[[str], str]) -> Table:
    """The table with every expression replaced by what `word` makes of it."""
    if all(word(text) == text for text in _expressions(table)):
        return table
    return replace(
        table,
        columns=tuple(_column(column, word) for column in table.columns),
        checks=tuple(replace(check, expr=word(check.expr)) for check in table.checks),
        indexes=tuple(_index(index, word) for index in table.indexes),
    )


def _column(column: Column, word: Callable[[str], str]) -> Column:
    generated = column.generated and replace(column.generated, expr=word(column.generated.expr))
    default = None if column.default is None else word(column.default)
    return replace(column, default=default, generated=generated)


def _index(index: Index, word: Callable[[str], str]) -> Index:
    parts = tuple(replace(part, expr=word(part.expr)) for part in index.parts)
    return replace(index, where=word(index.where), parts=parts)
