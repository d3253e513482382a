"""Sequences: those that stand for themselves, those of serial columns, those of identity columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from backstay.dialects.postgres.inspect.comments import CLASS
from backstay.dialects.postgres.inspect.reading import Reading
from backstay.dialects.postgres.inspect.rows import SequenceRow
from backstay.dialects.postgres.names import quote_text
from backstay.dialects.postgres.serial import LIMITS, SERIAL_OF
from backstay.schema.model import ColumnRef, Identity, Sequence, SequenceOptions
from backstay.schema.names import default_name


class Sequences(msgspec.Struct, frozen=True):
    """`standing` by schema; the serial and the identity columns by (table, number)."""

    standing: dict[str, list[Sequence]]
    serial: frozenset[tuple[int, int]]
    identity: dict[tuple[int, int], Identity]


def sequences(reading: Reading) -> Sequences:
    """Sort the sequences of the scope into what they are for."""
    standing: dict[str, list[Sequence]] = {}
    serial: set[tuple[int, int]] = set()
    identity: dict[tuple[int, int], Identity] = {}
    defaults = Counter(_sequence_defaults(reading))
    for row in reading.sequences:
        column = (row.table or 0, row.column or 0)
        if row.dependency == "i":
            identity[column] = _identity(row, reading)
        elif _is_serial(row, reading, defaults):
            serial.add(column)
        else:
            standing.setdefault(row.schema, []).append(_standing(row, reading))
    return Sequences(standing, frozenset(serial), identity)


def _sequence_defaults(reading: Reading) -> Iterator[str]:
    """The defaults that use a sequence, without those that come from a parent's column."""
    for column in reading.rows.columns:
        if column.expr and "nextval(" in column.expr and column.table in reading.tables:
            parent = reading.parent_column(column)
            if parent is None or parent.expr != column.expr:
                yield column.expr


def options(row: SequenceRow, type_: str = "") -> SequenceOptions:
    """The options that are not the default for the type and the direction (CREATE SEQUENCE).

    The type is the sequence's own, or that of the identity column.
    """
    lowest, highest = LIMITS[type_ or row.type]
    rising = row.increment > 0
    return SequenceOptions(
        start=None if row.start == (row.min_value if rising else row.max_value) else row.start,
        increment=row.increment,
        min_value=None if row.min_value == (1 if rising else lowest) else row.min_value,
        max_value=None if row.max_value == (highest if rising else -1) else row.max_value,
        cache=row.cache,
        cycle=row.cycle,
    )


def _identity(row: SequenceRow, reading: Reading) -> Identity:
    """The identity column that the sequence belongs to."""
    column = reading.columns[row.table or 0][row.column or 0]
    table = reading.tables[column.table]
    usual = default_name(table.name, column.name, "seq")
    return Identity(
        generated="ALWAYS" if column.identity == "a" else "BY DEFAULT",
        options=options(row, column.type),
        sequence_name="" if row.name == usual else row.name,
        unlogged=None if row.persistence == table.persistence else row.persistence == "u",
        comment=reading.comments.take(CLASS, row.oid),
    )


def _standing(row: SequenceRow, reading: Reading) -> Sequence:
    table = reading.tables.get(row.table or 0)
    owner = None
    if table is not None and row.column is not None:
        owner = ColumnRef(table=table.name, column=reading.columns[table.oid][row.column].name)
    return Sequence(
        name=row.name,
        type=row.type,
        options=options(row),
        owner=owner,
        unlogged=row.persistence == "u",
        comment=reading.comments.take(CLASS, row.oid),
    )


def _is_serial(row: SequenceRow, reading: Reading, defaults: Counter[str]) -> bool:
    """Is the sequence, and the column it belongs to, exactly what a serial type makes (8.1.4)?"""
    table = reading.tables.get(row.table or 0)
    if table is None or row.column is None:
        return False
    column = reading.columns[table.oid][row.column]
    expr = f"nextval({quote_text(row.regclass)}::regclass)"
    return (
        column.expr == expr
        and defaults[expr] == 1
        and not column.generated
        and column.not_null
        and column.type == row.type
        and column.type in SERIAL_OF
        and row.name == default_name(table.name, column.name, "seq")
        and options(row) == SequenceOptions()
        and row.persistence in (table.persistence, "p")  # servers before 15 have no other
        and not reading.comments.has(CLASS, row.oid)
    )
