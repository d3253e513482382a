"""What is called otherwise while tables are set aside, and the state under these names."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from backstay.dialects.postgres.lineage import TableName
from backstay.dialects.postgres.plan.aside import aside_name
from backstay.dialects.postgres.plan.attachments import Indexed, of_table
from backstay.dialects.postgres.plan.tables.parts import constraint_name, identity_sequence, not_null_name
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.schema.model import (
    Address,
    Column,
    Dependency,
    Ownership,
    Permission,
    Publication,
    Realm,
    Schema,
    Statistics,
    Table,
    TableRef,
)
from backstay.schema.model import Sequence as Seq
from backstay.schema.names import default_name

P = TypeVar("P", bound=Indexed)
R = TypeVar("R", Schema, Realm)

PARTS = frozenset({"table", "column", "default", "constraint", "index", "trigger", "rule", "policy"})
"""Kinds of addresses that have the name of a table in theirs."""

NAMED_BY_TABLE = ("triggers", "policies", "rules")
"""Fields of a schema whose objects name their table."""


class Names(msgspec.Struct, frozen=True):
    """Old name -> name aside, of tables, their indexes, and the sequences of their columns.

    `owners` are the tables that the latter belong to.
    """

    tables: Mapping[TableName, str]
    indexes: Mapping[TableName, str]
    sequences: Mapping[TableName, str]
    owners: Mapping[TableName, TableName]

    @staticmethod
    def of(tables: Mapping[TableName, Table], *states: Realm) -> Names:
        """Names that nothing has in these states."""
        taken = {name for realm in states for schema in realm.schemas for name in _relations(schema)}
        found = {
            name: _spare(name, taken, partial(_usual_sequences, table=table))
            for name, table in tables.items()
        }
        indexes, sequences = dict(_of_parts(tables, _indexes)), dict(_of_parts(tables, _sequences))
        return Names(
            tables=found,
            indexes={index: _spare(index, taken) for index in indexes},
            sequences={
                TableName(owner.schema, name): aside
                for owner, table in tables.items()
                for name, aside in zip(_sequences(table), _usual_sequences(found[owner], table), strict=True)
            },
            owners=indexes | sequences,
        )

    def table(self, name: TableName) -> TableName:
        """The table as it is called while it is aside."""
        return TableName(name.schema, self.tables.get(name, name.name))

    def all(self) -> Iterator[tuple[str, TableName, str, TableName]]:
        """What has another name: its kind, its name before, the one aside, and the table it belongs to."""
        for kind, names in (("table", self.tables), ("index", self.indexes), ("sequence", self.sequences)):
            for name, aside in names.items():
                yield kind, name, aside, self.owners.get(name, name)


def _relations(schema: Schema) -> Iterator[tuple[str, str]]:
    for items in (schema.tables, schema.views, schema.materialized, schema.sequences, schema.composites):
        yield from ((schema.name, item.identifier) for item in items)
    for table in schema.tables:
        yield from ((schema.name, name) for name in (*_indexes(table), *_sequences(table)))
    for view in schema.materialized:
        yield from ((schema.name, index.name) for index in view.indexes)


def _spare(
    name: TableName,
    taken: set[tuple[str, str]],
    along: Callable[[str], Iterable[str]] = lambda aside: (),
) -> str:
    """A name aside that nothing has, nor what is called after it (`along`)."""
    for text in itertools.chain((name.name,), (f"{number}_{name.name}" for number in itertools.count(2))):
        spare = aside_name(text)
        found = {(name.schema, item) for item in (spare, *along(spare))}
        if taken.isdisjoint(found):
            break
    taken |= found
    return spare


def _indexes(table: Table) -> Iterator[str]:
    return (constraint_name(table.name, part) for part in of_table(table))


def _sequences(table: Table) -> Iterator[str]:
    return (identity_sequence(table.name, column) for column in table.columns if has_sequence(column))


def _usual_sequences(name: str, table: Table) -> Iterator[str]:
    """What the sequences of the columns are called in a table of this name."""
    return (default_name(name, column.name, "seq") for column in table.columns if has_sequence(column))


def _of_parts(
    tables: Mapping[TableName, Table], names: Callable[[Table], Iterable[str]]
) -> Iterator[tuple[TableName, TableName]]:
    for owner, table in tables.items():
        yield from ((TableName(owner.schema, name), owner) for name in names(table))


def has_sequence(column: Column) -> bool:
    """Does the column have a sequence that is no object of its own?"""
    return column.type in INTEGER_OF or column.identity is not None


def set_aside(realm: Realm, names: Names) -> Realm:
    """The state when the tables are aside. Texts that name them are as they were: all these are made anew."""
    schemas = tuple(_schema(schema, names) for schema in realm.schemas)
    publications = tuple(_published(publication, names) for publication in realm.publications)
    facts = replace(
        realm.facts,
        dependencies=tuple(
            Dependency(*(_address(at, names) for at in pair)) for pair in realm.facts.dependencies
        ),
        access=tuple(sorted(item._replace(at=_address(item.at, names)) for item in realm.facts.access)),
    )
    return replace(realm, schemas=schemas, publications=publications, facts=facts)


def _schema(schema: Schema, names: Names) -> Schema:
    own = schema.name
    changed: dict[str, Any] = {
        field: _sorted(
            replace(item, table=names.table(TableName(own, item.table)).name)
            for item in getattr(schema, field)
        )
        for field in NAMED_BY_TABLE
    }
    return replace(
        schema,
        **changed,
        tables=_sorted(_table(table, own, names) for table in schema.tables),
        sequences=tuple(_sequence(sequence, own, names) for sequence in schema.sequences),
        statistics=tuple(_statistics(item, own, names) for item in schema.statistics),
        permissions=_sorted(_right(item, own, names) for item in schema.permissions),
        ownerships=_sorted(_right(item, own, names) for item in schema.ownerships),
    )


def _sorted(items: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(items, key=lambda item: (getattr(item, "table", ""), item.identifier)))


def _table(table: Table, schema: str, names: Names) -> Table:
    own = TableName(schema, table.name)
    parent = table.partition_of
    table = replace(
        table,
        foreign_keys=tuple(
            replace(key, ref_table=names.table(TableName(key.ref_schema or schema, key.ref_table)).name)
            for key in table.foreign_keys
        ),
        partition_of=replace(parent, parent=_reference(parent.parent, schema, names.tables))
        if parent is not None
        else None,
        inherits=tuple(_reference(above, schema, names.tables) for above in table.inherits),
        primary_key=_index(table.primary_key, own, names) if table.primary_key is not None else None,
        indexes=tuple(_index(index, own, names) for index in table.indexes),
        exclusions=tuple(_index(exclusion, own, names) for exclusion in table.exclusions),
    )
    if own not in names.tables:
        return table
    return replace(
        table, name=names.tables[own], columns=tuple(_column(column, own, names) for column in table.columns)
    )


def _column(column: Column, table: TableName, names: Names) -> Column:
    if not column.null:  # the constraint keeps its name
        name = not_null_name(table.name, column)
        column = replace(column, not_null=replace(column.not_null, name=name))
    if column.identity is None:
        return column
    name = names.sequences[TableName(table.schema, identity_sequence(table.name, column))]
    return replace(column, identity=replace(column.identity, sequence_name=name))


def _index(index: P, table: TableName, names: Names) -> P:
    name = constraint_name(table.name, index)
    if table in names.tables:
        index = replace(index, name=names.indexes[TableName(table.schema, name)])
    above = index.partition_of
    if above is None:
        return index
    return replace(index, partition_of=_reference(above, table.schema, names.indexes))


def _reference(found: TableRef, schema: str, names: Mapping[TableName, str]) -> TableRef:
    name = TableName(found.schema or schema, found.name)
    return replace(found, name=names.get(name, found.name))


def _sequence(sequence: Seq, schema: str, names: Names) -> Seq:
    owner = sequence.owner
    if owner is None:
        return sequence
    table = names.table(TableName(schema, owner.table)).name
    return replace(sequence, owner=replace(owner, table=table))


def _statistics(item: Statistics, schema: str, names: Names) -> Statistics:
    return replace(item, of=_reference(item.of, schema, names.tables))


def _published(publication: Publication, names: Names) -> Publication:
    tables = (
        replace(item, table=names.table(TableName(item.schema, item.table)).name)
        for item in publication.tables
    )
    return replace(publication, tables=tuple(tables))


def _right(item: Any, schema: str, names: Names) -> Permission | Ownership:
    own = TableName(schema, item.name)
    found = {"table": names.tables, "sequence": names.sequences}.get(item.kind, {})
    return replace(item, name=found.get(own, item.name))  # type: ignore[no-any-return]


def _address(at: Address, names: Names) -> Address:
    own = TableName(at.schema, at.name)
    if at.kind == "sequence":
        return at._replace(name=names.sequences.get(own, at.name))
    if at.kind not in PARTS or own not in names.tables:
        return at
    child = at.child
    if at.kind in {"index", "constraint"}:
        child = names.indexes.get(TableName(at.schema, at.child), at.child)
    return at._replace(name=names.tables[own], child=child)
