"""Changing a table by making it anew, as sqlite.org/lang_altertable.html describes.

The new table is made under a temporary name, takes the rows, and the name, of the old one. Foreign keys of
other tables, and of the table to itself, mean the name and are right again after the rename.
"""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects.dialect import PlanOptions, Statement
from backstay.dialects.sqlite import ddl, hazards, statements
from backstay.dialects.sqlite.dependents import PREFIX
from backstay.dialects.sqlite.tokens import fold, literal, quote
from backstay.schema.changes import Change
from backstay.schema.model import Column, Table


def rebuild(change: Change, taken: frozenset[str], options: PlanOptions) -> Iterator[Statement]:
    """The statements that make the table anew; `taken` are the names (in lower case) in use."""
    before, after = hazards.sides(change)
    name = _temporary(after.name, taken)
    yield Statement(
        sql=ddl.create_table(after, name, options.indent),
        comment=f'create "{name}" table',
        changes=(change,),
        hazards=hazards.of_dropped_constraints(change),
        reverse=(f"DROP TABLE {quote(name)}",),
    )
    if _counts(before) and _counts(after):
        yield _keep_sequence(before.name, name)
    copied = list(_copied(change))
    if copied:
        yield _copy(copied, before.name, name, change)
    suffix = "after copying rows" if copied else "without copying rows (no columns)"
    yield Statement(
        sql=f"DROP TABLE {quote(before.name)}",
        comment=f'drop "{before.name}" table {suffix}',
        hazards=hazards.of_lost_columns(change),
    )
    yield Statement(
        sql=f"ALTER TABLE {quote(name)} RENAME TO {quote(after.name)}",
        comment=f'rename temporary table "{name}" to "{after.name}"',
    )
    parts = {part.name: part for part in change.changes if part.kind == "index"}
    for index in after.indexes:
        if not index.constraint:
            dangers = hazards.of_index(parts[index.name], change) if index.name in parts else ()
            yield statements.create_index(index, after.name, hazards=dangers)


def _temporary(table: str, taken: frozenset[str]) -> str:
    name = f"{PREFIX}{table}"
    while fold(name) in taken:
        name = f"{PREFIX}{name}"
    return name


def _counts(table: Table) -> bool:
    return any(column.autoincrement for column in table.columns)


def _keep_sequence(table: str, new: str) -> Statement:
    """AUTOINCREMENT promises never to use a number again, so the counter outlives the deleted rows."""
    return Statement(
        sql=f"INSERT INTO sqlite_sequence (name, seq) SELECT {literal(new)}, seq FROM sqlite_sequence"
        f" WHERE name = {literal(table)}",
        comment=f'set sequence for "{new}" table',
    )


def _copy(columns: list[tuple[Column, Column]], table: str, new: str, change: Change) -> Statement:
    names = ", ".join(quote(after.name) for _, after in columns)
    values = ", ".join(_value(before, after) for before, after in columns)
    return Statement(
        sql=f"INSERT INTO {quote(new)} ({names}) SELECT {values} FROM {quote(table)}",
        comment=f'copy rows from old table "{table}" to new temporary table "{new}"',
        hazards=hazards.of_rebuilt_columns(change),
    )


def _copied(change: Change) -> Iterator[tuple[Column, Column]]:
    """The columns on both sides, by their new place; what is generated is computed and not copied."""
    before, after = hazards.sides(change)
    old = {column.name: column for column in before.columns}
    for part in change.changes:
        if part.key == "rename_column" and isinstance(part.before, Column):
            old[part.name] = part.before
    for column in after.columns:
        if column.name in old and not column.generated:
            yield old[column.name], column


def _value(before: Column, after: Column) -> str:
    """The old value; a NULL that is no longer allowed becomes the default."""
    if before.null and not after.null and after.default is not None:
        return f"IFNULL({quote(before.name)}, {ddl.default(after.default)}) AS {quote(after.name)}"
    return quote(before.name) + (f" AS {quote(after.name)}" if before.name != after.name else "")
