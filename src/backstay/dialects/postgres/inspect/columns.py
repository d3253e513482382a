"""Columns of tables: those of their own in full, of inherited ones what the table adds to them."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import TypedDict

from backstay.dialects.postgres.inspect.comments import CLASS
from backstay.dialects.postgres.inspect.reading import Reading, parameters
from backstay.dialects.postgres.inspect.rows import ColumnRow
from backstay.dialects.postgres.inspect.sequences import Sequences
from backstay.dialects.postgres.lineage import NO_DEFAULT
from backstay.dialects.postgres.serial import SERIAL_OF
from backstay.schema.model import Column, Generated, Identity, NotNull

STORAGE = {"p": "PLAIN", "e": "EXTERNAL", "x": "EXTENDED", "m": "MAIN"}
COMPRESSION = {"": "", "p": "pglz", "l": "lz4"}

USUAL = NotNull()
PLAIN = attrgetter(
    "name",
    "type",
    "not_null",
    "expr",
    "generated",
    "collation",
    "own_collation",
    "storage",
    "own_storage",
    "compression",
    "statistics",
)
"""All that is told of most columns."""


class _Own(TypedDict):
    """What no column has from a parent."""

    name: str
    identity: Identity | None
    statistics: int | None
    options: dict[str, str]
    foreign_options: dict[str, str]
    comment: str


class Columns:
    """Builds the columns of tables."""

    def __init__(self, reading: Reading, sequences: Sequences) -> None:
        self.reading = reading
        self.sequences = sequences
        self._special = sequences.serial | sequences.identity.keys() | reading.comments.parts(CLASS)
        self._plain: dict[tuple[object, ...], Column] = {}

    def of(self, table: int, not_null: Mapping[int, NotNull]) -> tuple[Column, ...]:
        """The columns of a table, in its order. `not_null` is what is unusual about forbidding NULL."""
        relation = self.reading.tables.get(table)
        typed = relation is not None and relation.of_type is not None
        found = []
        for number, row in self.reading.columns[table].items():
            unusual = not_null.get(number, USUAL)
            if typed or not row.local:
                found.append(self._added(row, unusual))
            elif (
                unusual is not USUAL
                or row.given_not_null
                or row.options
                or row.foreign_options
                or (table, number) in self._special
            ):
                found.append(self._full(row, unusual))
            else:
                found.append(self._alike(row))
        return tuple([column for column in found if column is not None])

    def _alike(self, row: ColumnRow) -> Column:
        """A plain column. Tables have many that are alike (`id`, `created_at`, …): each is made once."""
        key = PLAIN(row)
        column = self._plain.get(key)
        if column is None:
            column = self._plain[key] = self._full(row, USUAL)
        return column

    def _added(self, row: ColumnRow, not_null: NotNull) -> Column | None:
        """An inherited column, if the table adds anything to it."""
        column = self._inherited(row, self.reading.parent_column(row), not_null)
        return None if column == Column(name=row.name, type="", null=True, inherited=True) else column

    def _full(self, row: ColumnRow, not_null: NotNull) -> Column:
        serial = (row.table, row.number) in self.sequences.serial
        given = row.given_not_null and self.reading.parent_column(row) is not None
        generated = _generated(row)
        return Column(
            type=SERIAL_OF[row.type] if serial else row.type,
            null=given or not row.not_null,
            not_null=not_null,
            default=None if serial or generated else row.expr,
            generated=generated,
            collation=self.reading.collations[row.collation] if row.own_collation else "",
            storage=STORAGE[row.storage] if row.own_storage else "",
            compression=COMPRESSION[row.compression],
            **self._own(row),
        )

    def _inherited(self, row: ColumnRow, parent: ColumnRow | None, not_null: NotNull) -> Column:
        """What the table adds to a column of its parent, or of its type.

        A parent that is out of the scope is one without attributes.
        """
        base = parent or row._replace(expr=None, not_null=False, compression="")
        value = (row.expr, row.generated) != (base.expr, base.generated)
        generated = _generated(row) if value else None
        stored_otherwise = row.storage != parent.storage if parent else row.own_storage
        adds_not_null = (row.not_null and not base.not_null) or not_null != USUAL
        return Column(
            type="",
            null=not adds_not_null,
            not_null=not_null,
            default=(row.expr or NO_DEFAULT) if value and generated is None else None,
            generated=generated,
            storage=STORAGE[row.storage] if stored_otherwise else "",
            compression=_added_compression(row, base),
            inherited=True,
            **self._own(row),
        )

    def _own(self, row: ColumnRow) -> _Own:
        return _Own(
            name=row.name,
            identity=self.sequences.identity.get((row.table, row.number)),
            statistics=row.statistics,
            options=parameters(row.options),
            foreign_options=parameters(row.foreign_options),
            comment=self.reading.comments.take(CLASS, row.table, row.number),
        )


def _generated(row: ColumnRow) -> Generated | None:
    return Generated(expr=row.expr or "", stored=row.generated == "s") if row.generated else None


def _added_compression(row: ColumnRow, base: ColumnRow) -> str:
    if row.compression == base.compression:
        return ""
    return COMPRESSION[row.compression] or "default"
