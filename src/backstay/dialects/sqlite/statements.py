"""Planned statements, one function each: the SQL, what it is called, how it is undone."""

from __future__ import annotations

from backstay.dialects import hazards
from backstay.dialects.dialect import Hazard, Statement, StatementOptions
from backstay.dialects.sqlite import ddl
from backstay.dialects.sqlite.tokens import quote
from backstay.schema.changes import Change
from backstay.schema.model import Column, Index, Table

OFF, ON = "PRAGMA foreign_keys = off", "PRAGMA foreign_keys = on"


def switch_off() -> Statement:
    """The first statement of a plan that drops tables."""
    return Statement(sql=OFF, comment="disable the enforcement of foreign-keys constraints", reverse=(ON,))


def switch_on() -> Statement:
    """The last one."""
    return Statement(
        sql=ON, comment="enable back the enforcement of foreign-keys constraints", reverse=(OFF,)
    )


def create_table(change: Change, options: StatementOptions) -> Statement:
    """A new table, without its indexes."""
    table = change.after
    assert isinstance(table, Table)
    return Statement(
        sql=ddl.create_table(table, indent=options.indent),
        comment=f'create "{table.name}" table',
        changes=(change,),
        reverse=(f"DROP TABLE {quote(table.name)}",),
    )


def drop_table(change: Change) -> Statement:
    """A table with its rows and indexes."""
    return Statement(
        sql=f"DROP TABLE {quote(change.name)}",
        comment=f'drop "{change.name}" table',
        changes=(change,),
        hazards=hazards.of_dropped_table(change.name),
    )


def rename_table(change: Change) -> Statement:
    """A table under a new name; SQLite corrects the foreign keys that refer to it."""
    before, after = sides(change)
    return Statement(
        sql=f"ALTER TABLE {quote(before.name)} RENAME TO {quote(after.name)}",
        comment=f'rename a table from "{before.name}" to "{after.name}"',
        changes=(change,),
        hazards=hazards.of_renamed("table", before.name, after.name),
        reverse=(f"ALTER TABLE {quote(after.name)} RENAME TO {quote(before.name)}",),
    )


def add_column(part: Change) -> Statement:
    """A column at the end of its table."""
    column = part.after
    assert isinstance(column, Column)
    return Statement(
        sql=f"ALTER TABLE {quote(part.table)} ADD COLUMN {ddl.column(column)}",
        comment=f'add column "{column.name}" to table: "{part.table}"',
        changes=(part,),
        hazards=hazards.of_not_null(part, part.table),
        reverse=(f"ALTER TABLE {quote(part.table)} DROP COLUMN {quote(column.name)}",),
    )


def rename_column(part: Change) -> Statement:
    """A column under a new name; SQLite corrects what mentions it."""
    before, after = part.before, part.after
    assert isinstance(before, Column)
    assert isinstance(after, Column)
    rename = f"ALTER TABLE {quote(part.table)} RENAME COLUMN"
    return Statement(
        sql=f"{rename} {quote(before.name)} TO {quote(after.name)}",
        comment=f'rename a column from "{before.name}" to "{after.name}"',
        changes=(part,),
        hazards=hazards.of_renamed("column", before.name, after.name),
        reverse=(f"{rename} {quote(after.name)} TO {quote(before.name)}",),
    )


def create_index(
    index: Index, table: str, changes: tuple[Change, ...] = (), hazards: tuple[Hazard, ...] = ()
) -> Statement:
    """An index of a table that is there."""
    return Statement(
        sql=ddl.create_index(index, table),
        comment=f'create index "{index.name}" to table: "{table}"',
        changes=changes,
        hazards=hazards,
        reverse=(f"DROP INDEX {quote(index.name)}",),
    )


def drop_index(index: Index, table: str, changes: tuple[Change, ...] = ()) -> Statement:
    """An index; its table stays."""
    return Statement(
        sql=f"DROP INDEX {quote(index.name)}",
        comment=f'drop index "{index.name}" from table: "{table}"',
        changes=changes,
        reverse=(ddl.create_index(index, table),),
    )


def sides(change: Change) -> tuple[Table, Table]:
    """The table before and after its change."""
    before, after = change.before, change.after
    assert isinstance(before, Table)
    assert isinstance(after, Table)
    return before, after
