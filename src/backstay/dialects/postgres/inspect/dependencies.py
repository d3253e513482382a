"""Rows of `pg_depend` as dependencies between addresses."""

from __future__ import annotations

from collections.abc import Mapping

from backstay.dialects.postgres.inspect.comments import CLASS, CONSTRAINT
from backstay.dialects.postgres.inspect.reading import Reading
from backstay.dialects.postgres.inspect.rows import ColumnRow, DependencyRow
from backstay.schema.model import Address, Dependency

DEFAULT = 2604
"""The oid of the catalogue `pg_attrdef`; it is fixed in the server's sources."""

INDEXED = frozenset("pux")
"""Constraints that have an index: primary keys, unique and exclusion constraints."""


def dependencies(reading: Reading, known: Mapping[tuple[int, int], Address]) -> tuple[Dependency, ...]:
    """What depends on what, as far as both are in the scope; each pair once, sorted.

    `known` are the addresses of all objects by catalogue and oid. What a table has from a parent depends on
    what the parent has.
    """

    def resolved(catalogue: int, oid: int, part: int) -> Address | None:
        if part and catalogue == CLASS and oid in reading.tables:
            column = reading.columns[oid].get(part)
            return _of_column(reading, column) if column else None
        return known.get((catalogue, oid))

    found = set()
    used: set[tuple[int, int]] = set()
    for row in reading.rows.dependencies:
        if row.part and row.catalogue == CLASS and _is_given(reading, row.oid, row.part):
            continue
        dependent = resolved(row.catalogue, row.oid, row.part)
        on = resolved(row.on_catalogue, row.on_oid, row.on_part)
        if dependent is not None and on is not None and dependent != on:
            found.add(Dependency(dependent, on))
            used |= _inherited(reading, row)
    for key, extensions in reading.dependents.items():
        if key in known:
            found |= {Dependency(known[key], Address("extension", "", name)) for name in extensions}
    while used:
        table, number = used.pop()
        column = reading.columns[table][number]
        parent = reading.parent_column(column)
        if parent is not None:
            found.add(Dependency(_of_column(reading, column), _of_column(reading, parent)))
            used.add((parent.table, parent.number))
    return tuple(sorted(found))


def _of_column(reading: Reading, column: ColumnRow) -> Address:
    table = reading.tables[column.table]
    return Address("column", table.schema, table.name, column.name)


def _is_given(reading: Reading, table: int, number: int) -> bool:
    """Is the column one that a parent in the scope gives? What it stands on, the parent's tells."""
    column = reading.columns[table].get(number) if table in reading.tables else None
    return column is not None and not column.local and reading.parent_column(column) is not None


def _inherited(reading: Reading, row: DependencyRow) -> set[tuple[int, int]]:
    """Table and number of the column that something depends on, if it has it from a parent."""
    if row.on_catalogue != CLASS or not row.on_part or row.on_oid not in reading.tables:
        return set()
    column = reading.columns[row.on_oid].get(row.on_part)
    return {(column.table, column.number)} if column is not None and column.inherited else set()


def addresses(reading: Reading) -> dict[tuple[int, int], Address]:
    """Those of tables and sequences, and of the parts of tables that something depends on or that depend on
    something; members of an extension stand for it."""
    rows = reading.rows.dependencies
    wanted = {(row.catalogue, row.oid) for row in rows} | {(row.on_catalogue, row.on_oid) for row in rows}
    found: dict[tuple[int, int], Address] = {
        member: Address("extension", "", extension) for member, extension in reading.members.items()
    }
    for table in reading.tables.values():
        found[CLASS, table.oid] = Address("table", table.schema, table.name)
        for index in reading.indexes[table.oid]:
            if (CLASS, index.oid) in wanted:
                found[CLASS, index.oid] = Address("index", table.schema, table.name, index.name)
        for row in reading.constraints[table.oid]:
            index_of = (CLASS, row.index_oid) if row.type in INDEXED else None
            if (CONSTRAINT, row.oid) not in wanted and index_of not in wanted:
                continue
            own = found[CONSTRAINT, row.oid] = Address("constraint", table.schema, table.name, row.name)
            if index_of is not None:  # that depends on expressions, operators and their classes
                found[index_of] = own
        for column in reading.columns[table.oid].values():
            own_oid = column.default_oid or 0
            if (DEFAULT, own_oid) in wanted and not _has_default_of_parent(reading, column):
                kind = "column" if column.generated else "default"
                found[DEFAULT, own_oid] = Address(kind, table.schema, table.name, column.name)
    for view in reading.materialized.values():
        of_view = Address("materialized", view.schema, view.name)
        found[CLASS, view.oid] = of_view
        found |= {(CLASS, index.oid): of_view for index in reading.indexes[view.oid]}
    for sequence in reading.sequences:
        found[CLASS, sequence.oid] = Address("sequence", sequence.schema, sequence.name)
    return found


def _has_default_of_parent(reading: Reading, column: ColumnRow) -> bool:
    parent = reading.parent_column(column)
    return parent is not None and parent.expr == column.expr and not column.local
