"""Changing a table by making it anew, as sqlite.org/lang_altertable.html describes.

The new table is made under a temporary name, takes the rows, and the name, of the old one. Foreign keys of
other tables, and of the table to itself, mean the name and are right again after the rename.
"""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects import hazards
from backstay.dialects.dialect import Hazard, Statement, StatementOptions
from backstay.dialects.sqlite import ddl, statements
from backstay.dialects.sqlite.dependents import PREFIX
from backstay.dialects.sqlite.tokens import fold, literal, quote
from backstay.schema.changes import Change
from backstay.schema.model import Column, Index, Table


def rebuild(change: Change, taken: frozenset[str], options: StatementOptions) -> Iterator[Statement]:
    """The statements that make the table anew; `taken` are the names (in lower case) in use."""
    before, after = statements.sides(change)
    name = _temporary(after.name, taken)
    yield Statement(
        sql=ddl.create_table(after, name, options.indent),
        comment=f'create "{name}" table',
        changes=(change,),
        hazards=_unenforced(change),
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
        hazards=_lost(change),
    )
    yield Statement(
        sql=f"ALTER TABLE {quote(name)} RENAME TO {quote(after.name)}",
        comment=f'rename temporary table "{name}" to "{after.name}"',
    )
    parts = {part.name: part for part in change.changes if part.kind == "index"}
    for index in after.indexes:
        if not index.constraint:
            part = parts.get(index.name)
            dangers = hazards.of_index(part, change.name, change.changes) if part else ()
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
        hazards=_refusable(change),
    )


def _copied(change: Change) -> Iterator[tuple[Column, Column]]:
    """The columns on both sides, by their new place; what is generated is computed and not copied."""
    before, after = statements.sides(change)
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


def _unenforced(change: Change) -> tuple[Hazard, ...]:
    """Rules that the new table no longer has."""
    gone = {part.name for part in change.changes if part.key == "drop_column"}
    return tuple(
        hazard for part in change.changes for hazard in hazards.of_dropped_constraint(part, change.name, gone)
    )


def _refusable(change: Change) -> tuple[Hazard, ...]:
    """What copying the rows into the new table may run into."""
    columns = [h for part in change.changes for h in hazards.of_not_null(part, change.name, rebuilt=True)]
    constraints = [
        hazard
        for part in change.changes
        if isinstance(part.after, Index) and part.after.constraint
        for hazard in hazards.of_index(part, change.name, change.changes)
    ]
    return (*columns, *constraints)


def _lost(change: Change) -> tuple[Hazard, ...]:
    """Values that go with the old table."""
    dropped = (part.before for part in change.changes if part.key == "drop_column")
    replaced = tuple(
        Hazard("DS103", f'Replacing the values of column "{part.name}" by a generated expression')
        for part in change.changes
        if isinstance(part.before, Column)
        and isinstance(part.after, Column)
        and part.after.generated
        and not part.before.generated
    )
    return hazards.of_dropped_columns(c for c in dropped if isinstance(c, Column)) + replaced
