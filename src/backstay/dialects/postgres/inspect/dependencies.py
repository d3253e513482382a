"""Rows of `pg_depend` as dependencies between addresses."""

from __future__ import annotations

from collections.abc import Mapping

from backstay.dialects.postgres.inspect.comments import CLASS, CONSTRAINT
from backstay.dialects.postgres.inspect.reading import Reading
from backstay.schema.model import Address, Dependency

DEFAULT = 2604
"""The oid of the catalogue `pg_attrdef`; it is fixed in the server's sources."""


def dependencies(reading: Reading, known: Mapping[tuple[int, int], Address]) -> tuple[Dependency, ...]:
    """What depends on what, as far as both are in the scope; each pair once, sorted.

    `known` are the addresses of all objects by catalogue and oid.
    """

    def resolved(catalogue: int, oid: int, part: int) -> Address | None:
        if part and catalogue == CLASS and oid in reading.tables:
            table = reading.tables[oid]
            column = reading.columns[oid].get(part)
            return Address("column", table.schema, table.name, column.name) if column else None
        return known.get((catalogue, oid))

    found = set()
    for row in reading.rows.dependencies:
        dependent = resolved(row.catalogue, row.oid, row.part)
        on = resolved(row.on_catalogue, row.on_oid, row.on_part)
        if dependent is not None and on is not None and dependent != on:
            found.add(Dependency(dependent, on))
    return tuple(sorted(found))


def addresses(reading: Reading) -> dict[tuple[int, int], Address]:
    """Those of tables, their parts and sequences; members of an extension stand for it."""
    found: dict[tuple[int, int], Address] = {
        (row.catalogue, row.oid): Address("extension", "", row.extension)
        for row in reading.rows.extension_members
    }
    for table in reading.tables.values():
        found[CLASS, table.oid] = Address("table", table.schema, table.name)
        for row in reading.constraints[table.oid]:
            found[CONSTRAINT, row.oid] = Address("constraint", table.schema, table.name, row.name)
        for index in reading.indexes[table.oid]:
            found[CLASS, index.oid] = Address("index", table.schema, table.name, index.name)
        for column in reading.columns[table.oid].values():
            if column.default_oid:
                kind = "column" if column.generated else "default"
                found[DEFAULT, column.default_oid] = Address(kind, table.schema, table.name, column.name)
    for view in reading.materialized.values():
        of_view = Address("materialized", view.schema, view.name)
        found[CLASS, view.oid] = of_view
        found |= {(CLASS, index.oid): of_view for index in reading.indexes[view.oid]}
    for sequence in reading.sequences:
        found[CLASS, sequence.oid] = Address("sequence", sequence.schema, sequence.name)
    return found
