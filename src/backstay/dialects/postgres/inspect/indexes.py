"""Indexes, unique constraints and primary keys, put together from the keys of `pg_index`.

`pg_get_indexdef` is asked for expressions only: it is what makes inspections slow.
"""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects.postgres.inspect.catalogue import (
    ConstraintRow,
    IndexRow,
    OperatorClassRow,
    RelationRow,
)
from backstay.dialects.postgres.inspect.comments import CLASS, CONSTRAINT
from backstay.dialects.postgres.inspect.constraints import deferrable
from backstay.dialects.postgres.inspect.reading import Reading, parameters
from backstay.dialects.postgres.names import default_name, qualified
from backstay.schema.model import Index, IndexPart, PrimaryKey

DESC, NULLS_FIRST = 1, 2
"""Bits of `pg_index.indoption`."""
DEFAULT_COLLATION = 100
"""The oid of the collation `default`."""


class Indexes:
    """Builds the indexes of tables; knows the operator classes and collations they refer to."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        rows = reading.rows
        self.classes = {row.oid: row for row in rows.operator_classes}
        self.exact = {(row.method, row.type_oid) for row in rows.operator_classes if row.default}
        self.collations = {row.oid: row for row in rows.collations}
        self.parameters = {(row.index_oid, row.number): row.parameters for row in rows.index_attributes}
        self.statistics = {row.index_oid for row in rows.index_attributes if row.statistics}

    def of(self, table: RelationRow) -> tuple[PrimaryKey | None, tuple[Index, ...]]:
        """The primary key and the indexes of a table, these sorted by name."""
        constraints = {row.index_oid: row for row in self.reading.constraints[table.oid] if row.type in "pux"}
        primary, indexes = None, []
        for row in self.reading.indexes[table.oid]:
            constraint = constraints.get(row.oid)
            self._refuse_features(table, row)
            if constraint is None or constraint.type == "u":
                indexes.append(self._index(table, row, constraint))
            elif constraint.type == "p":
                primary = self._primary_key(table, row, constraint)
        return primary, tuple(sorted(indexes, key=lambda index: index.name))

    def _primary_key(self, table: RelationRow, row: IndexRow, constraint: ConstraintRow) -> PrimaryKey:
        names = self._names(table, row)
        return PrimaryKey(
            columns=names[: row.key_count],
            name="" if row.name == default_name(table.name, "", "pkey") else row.name,
            include=names[row.key_count :],
            deferrable=deferrable(constraint),
            storage=parameters(row.storage),
            comment=self._comment(table, row, constraint),
        )

    def _index(self, table: RelationRow, row: IndexRow, constraint: ConstraintRow | None) -> Index:
        return Index(
            name=row.name,
            parts=tuple(self._parts(table, row)),
            unique=row.unique,
            constraint=constraint is not None,
            method=row.method.upper(),
            where=row.predicate or "",
            include=self._names(table, row)[row.key_count :],
            nulls_distinct=not row.nulls_not_distinct,
            deferrable=deferrable(constraint) if constraint else "",
            storage=parameters(row.storage),
            comment=self._comment(table, row, constraint),
            valid=row.valid,
        )

    def _names(self, table: RelationRow, row: IndexRow) -> tuple[str, ...]:
        """The columns by name; an expression is an empty one."""
        columns = self.reading.columns[table.oid]
        return tuple(columns[int(n)].name if n != "0" else "" for n in row.columns.split())

    def _comment(self, table: RelationRow, row: IndexRow, constraint: ConstraintRow | None) -> str:
        """A constraint and its index are one object of ours: the comment is on one of the two."""
        on_index = self.reading.comments.take(CLASS, row.oid)
        on_constraint = self.reading.comments.take(CONSTRAINT, constraint.oid) if constraint else ""
        if on_index and on_constraint and on_index != on_constraint:
            self.reading.refuse("second comment of constraint", "index", table, row.name)
        return on_constraint or on_index

    def _parts(self, table: RelationRow, row: IndexRow) -> Iterator[IndexPart]:
        columns = self.reading.columns[table.oid]
        keys = zip(
            map(int, row.columns.split()),
            map(int, row.classes.split()),
            map(int, row.collations.split()),
            map(int, row.options.split()),
            strict=False,
        )
        for position, (number, class_, collation, option) in enumerate(keys, start=1):
            column = columns[number] if number else None
            usual = column.collation if column else DEFAULT_COLLATION
            desc = bool(option & DESC)
            nulls_first = bool(option & NULLS_FIRST)
            yield IndexPart(
                column=column.name if column else "",
                expr="" if column or row.exprs is None else row.exprs[position - 1] or "",
                desc=desc,
                nulls_first=None if nulls_first == desc else nulls_first,
                ops=self._ops(row, position, class_, column.type_oid if column else 0),
                collation="" if collation in (0, usual) else self._collation(table, row, collation),
            )

    def _ops(self, row: IndexRow, position: int, class_: int, type_oid: int) -> str:
        """The operator class, where the server would not choose it by itself, with its parameters."""
        ops = self.classes[class_]
        given = parameters(self.parameters.get((row.oid, position)))
        if not given and self._is_default(ops, type_oid):
            return ""
        name = (
            ops.name if ops.schema in ("pg_catalog", self.reading.schema) else qualified(ops.schema, ops.name)
        )
        values = ", ".join(f"{key}={value}" for key, value in given.items())
        return f"{name}({values})" if given else name

    def _is_default(self, ops: OperatorClassRow, type_oid: int) -> bool:
        """A class for the very type goes before one for a type it can be read as (`GetDefaultOpClass`)."""
        return ops.default and (ops.type_oid == type_oid or (ops.method, type_oid) not in self.exact)

    def _collation(self, table: RelationRow, row: IndexRow, oid: int) -> str:
        collation = self.collations[oid]
        if collation.schema != "pg_catalog":
            self.reading.refuse("collation of index", "index", table, row.name)
        return collation.name

    def _refuse_features(self, table: RelationRow, row: IndexRow) -> None:
        features = (
            (row.tablespace, "tablespace of index"),
            (row.clustered, "clustered index"),
            (row.oid in self.statistics, "statistics target of index"),
        )
        for present, label in features:
            if present:
                self.reading.refuse(label, "index", table, row.name)
