"""Changes -> statements, in an order that works.

SQLite alters little in place (sqlite.org/lang_altertable.html): adding a column, most times, and indexes. All
else is a rebuild: a new table, the rows copied, the old one dropped, the new one renamed. Foreign keys are
switched off around a plan that drops tables, or dropping one would delete rows of others.

The order, with the reason for each rule:

1. dropped tables, because their names and those of their indexes become free;
2. dropped indexes of tables that stay, because another table may want the name;
3. changed tables, each with its new indexes behind it;
4. new tables, with their indexes. Their order does not matter: a foreign key may refer to a later one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from backstay.dialects import hazards
from backstay.dialects.dialect import Statement, StatementOptions
from backstay.dialects.sqlite import ddl, statements
from backstay.dialects.sqlite.rebuild import rebuild
from backstay.dialects.sqlite.tokens import fold
from backstay.errors import PlanError
from backstay.schema.changes import Change
from backstay.schema.model import Column, Index, Table

DIRECT = frozenset({"add_index", "drop_index", "modify_index", "rename_index", "add_column", "rename_column"})
"""Changes that need no rebuild, unless `_is_inside` says otherwise of the object."""


def plan(changes: Sequence[Change], options: StatementOptions) -> tuple[Statement, ...]:
    """The statements that make these changes. Raises `PlanError` for what SQLite cannot do.

    What was renamed by `renamed_from` comes first; all other changes speak of the new names.
    """
    first = [change for change in changes if change.action == "rename"]
    if first:
        others = [change for change in changes if change.action != "rename"]
        return (*map(_rename, first), *plan(others, options))
    _check(changes)
    dropped, modified, added = (
        [change for change in changes if change.kind == "table" and change.action == action]
        for action in ("drop", "modify", "add")
    )
    rebuilt = [change for change in modified if needs_rebuild(change)]
    wanted = _names(_after([*modified, *added]))
    taken = wanted | _names(table for schema in options.realm.schemas for table in schema.tables)
    planned = [statements.drop_table(change) for change in dropped]
    for change in modified:
        planned += _drop_indexes(change, wanted if change in rebuilt else None)
    for change in modified:
        planned += rebuild(change, taken, options) if change in rebuilt else _alter(change)
    for change in added:
        planned += _create(change, options)
    if dropped or rebuilt:
        return (statements.switch_off(), *planned, statements.switch_on())
    return tuple(planned)


def _rename(change: Change) -> Statement:
    match change.kind:
        case "table":
            return statements.rename_table(change)
        case "column":
            return statements.rename_column(change)
    raise PlanError(
        f'SQLite cannot {change.key.replace("_", " ")} to "{change.name}"',
        hint="it renames tables and columns only; take renamed_from out",
    )


def needs_rebuild(change: Change) -> bool:
    """Can ALTER TABLE not make this change of a table?"""
    before, after = statements.sides(change)
    if (before.strict, before.without_rowid) != (after.strict, after.without_rowid):
        return True
    return any(part.key not in DIRECT or _is_inside(part) for part in change.changes)


def can_be_added(column: Column) -> bool:
    """Does ADD COLUMN take it? Not a key or stored column, nor one whose default is computed."""
    if column.autoincrement or (column.generated and column.generated.stored):
        return False
    if column.default is None:
        return True
    return ddl.default(column.default)[0] != "(" and not column.default.upper().startswith("CURRENT_")


def _is_inside(part: Change) -> bool:
    """Does the change touch what only CREATE TABLE can say?"""
    if any(isinstance(item, Index) and item.constraint for item in (part.before, part.after)):
        return True
    return part.key == "add_column" and isinstance(part.after, Column) and not can_be_added(part.after)


def _check(changes: Sequence[Change]) -> None:
    schemas = sorted({change.schema for change in changes})
    if len(schemas) > 1:
        names = " ".join(f'"{name}"' for name in schemas)
        raise PlanError(
            f"found {len(schemas)} schemas when migration plan is scoped to one: [{names}]",
            hint='an SQLite database has one schema: declare schema "main" only',
        )
    for change in changes:
        if change.kind != "table" and change.key != "add_schema":
            raise PlanError(
                f'SQLite cannot {change.key.replace("_", " ")} "{change.name}"',
                hint="its databases hold tables in one schema; take it out of the desired state",
            )


def _after(changes: Iterable[Change]) -> Iterator[Table]:
    return (change.after for change in changes if isinstance(change.after, Table))


def _names(tables: Iterable[Table]) -> frozenset[str]:
    """Names (in lower case) of tables and indexes, which share one namespace."""
    return frozenset(
        fold(name) for table in tables for name in (table.name, *(index.name for index in table.indexes))
    )


def _create(change: Change, options: StatementOptions) -> Iterator[Statement]:
    yield statements.create_table(change, options)
    assert isinstance(change.after, Table)
    for index in change.after.indexes:
        if not index.constraint:
            yield statements.create_index(index, change.name)


def _drop_indexes(change: Change, wanted: frozenset[str] | None) -> Iterator[Statement]:
    """Indexes that go or are made anew. Where a rebuild drops them anyway: those whose name is `wanted`."""
    for part in change.changes:
        index = part.before
        if not isinstance(index, Index) or index.constraint:
            continue
        if wanted is None or (part.action == "drop" and fold(index.name) in wanted):
            yield statements.drop_index(index, change.name, (part,) if part.action == "drop" else ())


def _alter(change: Change) -> Iterator[Statement]:
    """A table that is changed in place: columns first, because new indexes may want them."""
    _, table = statements.sides(change)
    ddl.refuse_unknown(table)
    columns = [part for part in change.changes if part.kind == "column"]
    yield from (statements.rename_column(part) for part in columns if part.action == "rename")
    yield from (statements.add_column(part) for part in columns if part.action == "add")
    for part in change.changes:
        if isinstance(part.after, Index):
            dangers = hazards.of_index(part, change.name, change.changes)
            yield statements.create_index(part.after, table.name, (part,), dangers)
