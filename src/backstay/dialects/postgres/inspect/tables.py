"""Tables and their columns."""

from __future__ import annotations

from backstay.dialects.postgres.inspect import constraints
from backstay.dialects.postgres.inspect.catalogue import ColumnRow, RelationRow
from backstay.dialects.postgres.inspect.comments import CLASS
from backstay.dialects.postgres.inspect.indexes import Indexes
from backstay.dialects.postgres.inspect.reading import Reading, parameters
from backstay.dialects.postgres.inspect.sequences import Sequences
from backstay.dialects.postgres.serial import SERIAL_OF
from backstay.schema.model import Column, Generated, Identity, Table


class Tables:
    """Builds the tables of an inspection."""

    def __init__(self, reading: Reading, sequences: Sequences) -> None:
        self.reading = reading
        self.sequences = sequences
        self.indexes = Indexes(reading)

    def of(self, row: RelationRow) -> Table:
        """The table with all its parts."""
        self._refuse_features(row)
        constraints.refuse_features(self.reading, row)
        primary_key, indexes = self.indexes.of(row)
        names = constraints.not_null_names(self.reading, row)
        return Table(
            name=row.name,
            columns=tuple(
                self._column(row, column, names.get(column.name, ""))
                for column in self.reading.columns[row.oid].values()
            ),
            primary_key=primary_key,
            foreign_keys=constraints.foreign_keys(self.reading, row),
            indexes=indexes,
            checks=constraints.checks(self.reading, row),
            comment=self.reading.comments.take(CLASS, row.oid),
            unlogged=row.persistence == "u",
            storage=parameters(row.storage) | parameters(row.toast_storage, "toast."),
        )

    def _column(self, table: RelationRow, row: ColumnRow, not_null_name: str) -> Column:
        serial = (row.table, row.number) in self.sequences.serial
        generated = Generated(expr=row.expr or "", stored=row.generated == "s") if row.generated else None
        self._refuse_column_features(table, row)
        return Column(
            name=row.name,
            type=SERIAL_OF[row.type] if serial else row.type,
            null=not row.not_null,
            not_null_name=not_null_name,
            default=None if serial or generated else row.expr,
            generated=generated,
            identity=self._identity(row),
            collation=self._collation(table, row) if row.own_collation else "",
            comment=self.reading.comments.take(CLASS, row.table, row.number),
        )

    def _identity(self, row: ColumnRow) -> Identity | None:
        if not row.identity:
            return None
        return Identity(
            generated="ALWAYS" if row.identity == "a" else "BY DEFAULT",
            options=self.sequences.identity[row.table, row.number],
        )

    def _collation(self, table: RelationRow, row: ColumnRow) -> str:
        collation = self.indexes.collations[row.collation]
        if collation.schema != "pg_catalog":
            self.reading.refuse("collation of column", "column", table, row.name)
        return collation.name

    def _refuse_column_features(self, table: RelationRow, row: ColumnRow) -> None:
        if row.storage or row.compression or row.statistics or row.options:
            features = (
                (row.storage, "storage of column"),
                (row.compression, "compression of column"),
                (row.statistics, "statistics target of column"),
                (row.options, "options of column"),
            )
            for present, label in features:
                if present:
                    self.reading.refuse(label, "column", table, row.name)

    def _refuse_features(self, row: RelationRow) -> None:
        features = (
            (row.partition, "partition"),
            (row.inherits and not row.partition, "inheritance of table"),
            (row.typed, "typed table"),
            (row.row_security, "row security of table"),
            (row.replica_identity != "d", "replica identity of table"),
            (row.tablespace, "tablespace of table"),
            (row.access_method != "heap", "access method of table"),
        )
        for present, label in features:
            if present:
                self.reading.refuse(label, "table", row)
