"""Tables: ordinary, partitioned and foreign ones, with all their parts; and materialized views."""

from __future__ import annotations

from typing import Literal

from backstay.dialects.postgres.expressions import listed
from backstay.dialects.postgres.inspect import constraints
from backstay.dialects.postgres.inspect.columns import Columns
from backstay.dialects.postgres.inspect.comments import CLASS
from backstay.dialects.postgres.inspect.indexes import Indexes
from backstay.dialects.postgres.inspect.reading import Reading, parameters
from backstay.dialects.postgres.inspect.rows import RelationRow
from backstay.dialects.postgres.inspect.sequences import Sequences
from backstay.dialects.postgres.names import quote_name
from backstay.schema.model import (
    ForeignSource,
    IndexPart,
    Materialized,
    Partitioning,
    PartitionOf,
    RowSecurity,
    Table,
    TableRef,
)

STRATEGIES: dict[str, Literal["RANGE", "LIST", "HASH"]] = {"r": "RANGE", "l": "LIST", "h": "HASH"}
REPLICA_IDENTITIES = {"d": "", "f": "FULL", "n": "NOTHING"}
USUAL_ACCESS_METHOD = "heap"


class Tables:
    """Builds the tables of an inspection."""

    def __init__(self, reading: Reading, sequences: Sequences) -> None:
        self.reading = reading
        self.columns = Columns(reading, sequences)
        self.indexes = Indexes(reading)

    def of(self, row: RelationRow) -> Table:
        """The table with all its parts."""
        keys = self.indexes.of(row)
        parents, partition_of = _parents(row), self._partition_of(row)
        not_null = constraints.not_null(self.reading, row)
        if partition_of is not None and partition_of.parent_names:
            not_null = {}
        return Table(
            name=row.name,
            columns=self.columns.of(row.oid, not_null),
            primary_key=keys.primary_key,
            foreign_keys=constraints.foreign_keys(self.reading, row),
            indexes=keys.indexes,
            checks=constraints.checks(self.reading, row),
            exclusions=keys.exclusions,
            comment=self.reading.comments.take(CLASS, row.oid),
            unlogged=row.persistence == "u",
            storage=_storage(row),
            partitioning=self._partitioning(row),
            partition_of=partition_of,
            inherits=parents if partition_of is None else (),
            of_type=row.of_type or "",
            foreign=_foreign(row),
            row_security=RowSecurity(enabled=row.row_security, forced=row.forced_row_security),
            access_method=_access_method(row),
            tablespace=row.tablespace or "",
            replica_identity=_replica_identity(row),
        )

    def materialized(self, row: RelationRow) -> Materialized:
        """A materialized view: it has of its own what a table has, but for constraints."""
        return Materialized(
            name=row.name,
            definition=row.query or "",
            columns=self.columns.of(row.oid, {}),
            indexes=self.indexes.of(row).indexes,
            storage=_storage(row),
            access_method=_access_method(row),
            tablespace=row.tablespace or "",
            replica_identity=_replica_identity(row),
            depends_on_extensions=tuple(sorted(self.reading.dependents.get((CLASS, row.oid), ()))),
            comment=self.reading.comments.take(CLASS, row.oid),
        )

    def _partition_of(self, row: RelationRow) -> PartitionOf | None:
        if row.bound is None:
            return None
        own, parents = constraints.not_null_names(self.reading, row), row.parents or ()
        of_parent: dict[str, str] = {}
        for parent in parents:
            if parent in self.reading.tables:
                of_parent = constraints.not_null_names(self.reading, self.reading.tables[parent])
        return PartitionOf(
            parent=_parents(row)[0],
            bound=row.bound,
            parent_names=bool(own) and own == {name: of_parent.get(name) for name in own},
        )

    def _partitioning(self, row: RelationRow) -> Partitioning | None:
        """The key that `pg_partitioned_table` keeps in parallel vectors; 0 stands for an expression."""
        if row.strategy is None:
            return None
        exprs = iter(listed(row.key_exprs or ""))
        vectors = ((text or "").split() for text in (row.key_columns, row.key_classes, row.key_collations))
        parts = []
        for number, class_, collation in zip(*vectors, strict=True):
            column = self.reading.columns[row.oid][int(number)] if number != "0" else None
            parts.append(
                IndexPart(
                    column=column.name if column else "",
                    expr="" if column else next(exprs),
                    ops=self.indexes.ops(int(class_), column.type_oid if column else 0),
                    collation=self.indexes.collation(column, int(collation)),
                )
            )
        return Partitioning(method=STRATEGIES[row.strategy], parts=tuple(parts))


def _storage(row: RelationRow) -> dict[str, str]:
    return parameters(row.storage) | parameters(row.toast_storage, "toast.")


def _parents(row: RelationRow) -> tuple[TableRef, ...]:
    pairs = zip(row.parent_schemas or (), row.parent_names or (), strict=True)
    return tuple(TableRef(name=name, schema="" if schema == row.schema else schema) for schema, name in pairs)


def _foreign(row: RelationRow) -> ForeignSource | None:
    if row.server is None:
        return None
    return ForeignSource(server=row.server, options=parameters(row.server_options))


def _access_method(row: RelationRow) -> str:
    method = row.access_method or ""
    return "" if method == USUAL_ACCESS_METHOD else method


def _replica_identity(row: RelationRow) -> str:
    if row.server is not None:  # a foreign table, which cannot have any
        return ""
    if row.replica_index is not None:
        return f"USING INDEX {quote_name(row.replica_index)}"
    return REPLICA_IDENTITIES.get(row.replica_identity, "NOTHING")
