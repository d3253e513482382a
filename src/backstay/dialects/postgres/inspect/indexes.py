"""Indexes, and the constraints that have one, put together from the keys of `pg_index`.

`pg_get_indexdef` is asked for expressions only: it is what makes inspections slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from backstay.dialects.postgres.ddl import storage_value
from backstay.dialects.postgres.inspect.comments import CLASS, CONSTRAINT, OPERATOR_CLASS
from backstay.dialects.postgres.inspect.constraints import deferrable
from backstay.dialects.postgres.inspect.reading import Reading, parameters
from backstay.dialects.postgres.inspect.rows import (
    ColumnRow,
    ConstraintRow,
    IndexRow,
    OperatorClassRow,
    RelationRow,
)
from backstay.schema.model import Exclusion, Index, IndexPart, PrimaryKey, TableRef
from backstay.schema.names import primary_key_name

DESC, NULLS_FIRST = 1, 2
"""Bits of `pg_index.indoption`."""
DEFAULT_COLLATION = 100
"""The oid of the collation `default`."""
PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")


class Keys(NamedTuple):
    """All that has an index in one table, or materialized view; sorted by name."""

    primary_key: PrimaryKey | None
    indexes: tuple[Index, ...]
    exclusions: tuple[Exclusion, ...]


class Indexes:
    """Builds the indexes of relations; knows the operator classes they refer to."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        rows = reading.rows
        self.classes = {row.oid: row for row in rows.operator_classes}
        self.exact = {(row.method, row.type_oid) for row in rows.operator_classes if row.default}
        self.attributes = {(row.index_oid, row.number): row for row in rows.index_attributes}

    def of(self, table: RelationRow) -> Keys:
        """The primary key, the indexes and the exclusion constraints of a table or materialized view."""
        constraints = {row.index_oid: row for row in self.reading.constraints[table.oid] if row.type in "pux"}
        primary, indexes, exclusions = None, [], []
        for row in sorted(self.reading.indexes[table.oid], key=lambda row: row.name):
            if (CLASS, row.oid) in self.reading.dependents:
                self.reading.refuse("dependency on an extension of index", "index", table, row.name)
            constraint = constraints.get(row.oid)
            if constraint is None or constraint.type == "u":
                indexes.append(self._index(table, row, constraint))
            elif constraint.type == "p":
                primary = self._primary_key(table, row, constraint)
            else:
                exclusions.append(self._exclusion(table, row, constraint))
        return Keys(primary, tuple(indexes), tuple(exclusions))

    def _primary_key(self, table: RelationRow, row: IndexRow, constraint: ConstraintRow) -> PrimaryKey:
        return PrimaryKey(
            columns=self._names(table, row.columns.split()[: row.key_count]),
            name="" if row.name == primary_key_name(table.name) else row.name,
            include=self._included(table, row),
            without_overlaps=constraint.period,
            deferrable=deferrable(constraint),
            storage=parameters(row.storage),
            tablespace=row.tablespace or "",
            clustered=row.clustered,
            partition_of=self._parent(table, row),
            **self._comments(row, constraint),
        )

    def _index(self, table: RelationRow, row: IndexRow, constraint: ConstraintRow | None) -> Index:
        own = {"comment": self.reading.comments.take(CLASS, row.oid)} if constraint is None else {}
        comments = self._comments(row, constraint) if constraint is not None else own
        return Index(
            name=row.name,
            parts=tuple(self._parts(table, row)),
            unique=row.unique,
            constraint=constraint is not None,
            method=row.method.upper(),
            where=row.predicate or "",
            include=self._included(table, row),
            nulls_distinct=not row.nulls_not_distinct,
            without_overlaps=constraint is not None and constraint.period,
            deferrable=deferrable(constraint) if constraint else "",
            storage=parameters(row.storage),
            tablespace=row.tablespace or "",
            clustered=row.clustered,
            partition_of=self._parent(table, row),
            valid=row.valid,
            **comments,
        )

    def _exclusion(self, table: RelationRow, row: IndexRow, constraint: ConstraintRow) -> Exclusion:
        return Exclusion(
            name=row.name,
            parts=tuple(self._parts(table, row)),
            operators=tuple(constraint.operators or ()),
            method=row.method.upper(),
            where=row.predicate or "",
            include=self._included(table, row),
            deferrable=deferrable(constraint),
            storage=parameters(row.storage),
            tablespace=row.tablespace or "",
            clustered=row.clustered,
            partition_of=self._parent(table, row),
            **self._comments(row, constraint),
        )

    def _included(self, table: RelationRow, row: IndexRow) -> tuple[str, ...]:
        """The columns that the index holds beside its keys."""
        return self._names(table, row.columns.split()[row.key_count :])

    def _names(self, table: RelationRow, numbers: Sequence[str]) -> tuple[str, ...]:
        """The columns of these numbers by name."""
        columns = self.reading.columns[table.oid]
        return tuple([columns[int(number)].name for number in numbers])

    def _parent(self, table: RelationRow, row: IndexRow) -> TableRef | None:
        if row.parent is None:
            return None
        schema = row.parent_schema or ""
        return TableRef(name=row.parent, schema="" if schema == table.schema else schema)

    def _comments(self, row: IndexRow, constraint: ConstraintRow) -> dict[str, str]:
        """A constraint and its index are one object of ours: each of the two may have a comment."""
        return {
            "comment": self.reading.comments.take(CONSTRAINT, constraint.oid),
            "index_comment": self.reading.comments.take(CLASS, row.oid),
        }

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
            desc = bool(option & DESC)
            nulls_first = bool(option & NULLS_FIRST)
            attribute = self.attributes.get((row.oid, position))
            yield IndexPart(
                column=column.name if column else "",
                expr="" if column or row.exprs is None else row.exprs[position - 1] or "",
                desc=desc,
                nulls_first=None if nulls_first == desc else nulls_first,
                ops=self.ops(
                    class_, column.type_oid if column else 0, attribute.parameters if attribute else None
                ),
                collation=self.collation(column, collation),
                statistics=attribute.statistics if attribute else None,
            )

    def collation(self, column: ColumnRow | None, oid: int) -> str:
        """The collation of a key, where it is not that of the column."""
        usual = column.collation if column else DEFAULT_COLLATION
        return "" if oid in (0, usual) else self.reading.collations[oid]

    def ops(self, class_: int, type_oid: int, options: list[str] | None = None) -> str:
        """The operator class, where the server would not choose it by itself, with its parameters.

        One of the user's own is always named: before it is there, the server would choose another one.
        """
        ops = self.classes[class_]
        given = parameters(options)
        own = self.reading.is_own(OPERATOR_CLASS, class_, ops.schema)
        if not given and not own and self._is_default(ops, type_oid):
            return ""
        is_plain = ops.schema in ("pg_catalog", self.reading.schema) and PLAIN_NAME.fullmatch(ops.name)
        name = ops.name if is_plain else self.reading.words(ops.schema, ops.name)
        values = ", ".join(f"{key}={storage_value(value)}" for key, value in given.items())
        return f"{name}({values})" if given else name

    def _is_default(self, ops: OperatorClassRow, type_oid: int) -> bool:
        """A class for the very type goes before one for a type it can be read as (`GetDefaultOpClass`)."""
        return ops.default and (ops.type_oid == type_oid or (ops.method, type_oid) not in self.exact)
