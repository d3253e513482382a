"""What CREATE TABLE has to say of a table that has parents, and what it cannot."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects.postgres.lineage import NO_DEFAULT, Lineage, TableName
from backstay.dialects.postgres.plan.tables.parts import part_change
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.errors import PlanError
from backstay.schema.changes import Change
from backstay.schema.model import Column, Table


def created(table: Table, name: TableName, lineage: Lineage) -> Table:
    """The table as CREATE TABLE makes it: a partition by itself, with all that its parent will ask for.

    Raises `PlanError` where that is not known.
    """
    if table.partition_of is not None:
        return _created_partition(table, name, lineage)
    if table.inherits:
        given = lineage.given(name)
        declared = (column for column in table.columns if not column.inherited)
        columns = tuple(_without_given_default(column, given.get(column.name)) for column in declared)
        return replace(table, columns=columns, primary_key=None)
    return table


def _created_partition(table: Table, name: TableName, lineage: Lineage) -> Table:
    if not lineage.is_known(name):
        raise unknown_parent(name)
    own = {check.name for check in table.checks}
    given = (replace(check, comment="") for check in lineage.checks(name) if check.name not in own)
    return replace(table, columns=tuple(lineage.columns(name).values()), checks=(*table.checks, *given))


def _without_given_default(column: Column, given: Column | None) -> Column:
    """A declared column that has no default although a parent's has one: that must be said."""
    if given is None or given.default is None or column.type in INTEGER_OF:
        return column
    holds_nothing = column.default is None and column.generated is None and column.identity is None
    return replace(column, default=NO_DEFAULT) if holds_nothing else column


def additions(table: Table, name: TableName, lineage: Lineage) -> Iterator[Change]:
    """What a new table with INHERITS adds to what it has from its parents: values of columns, its key.

    Said in CREATE TABLE, the table would declare the columns itself.
    """
    if not table.inherits:
        return
    if table.primary_key is not None:
        yield part_change(name, "primary_key", table.primary_key.name, None, table.primary_key)
    given, columns = lineage.given(name), lineage.columns(name)
    for column in table.columns:
        if column.inherited and column.name in given:
            yield part_change(name, "column", column.name, given[column.name], columns[column.name])


def unknown_parent(name: TableName) -> PlanError:
    """Why a table cannot be planned for."""
    return PlanError(
        f'table "{name.name}" gets or loses a parent that is not part of the state',
        hint="take the parent's schema into the state, or attach and detach the table by hand",
    )
