"""Constraints that have no index: foreign keys, checks, those that forbid NULL."""

from __future__ import annotations

import re

from backstay.dialects.postgres.inspect.comments import CONSTRAINT
from backstay.dialects.postgres.inspect.reading import Reading
from backstay.dialects.postgres.inspect.rows import ConstraintRow, RelationRow
from backstay.dialects.postgres.names import unwrapped
from backstay.schema.model import Action, Check, Deferrable, ForeignKey, NotNull
from backstay.schema.names import default_name

ACTIONS: dict[str, Action] = {
    "a": "NO ACTION",
    "r": "RESTRICT",
    "c": "CASCADE",
    "n": "SET NULL",
    "d": "SET DEFAULT",
}
NOT_NULL = re.compile(r"not_null\d*\Z")


def deferrable(row: ConstraintRow) -> Deferrable:
    """When the constraint is checked, if that can be put off."""
    if not row.deferrable:
        return ""
    return "INITIALLY DEFERRED" if row.deferred else "INITIALLY IMMEDIATE"


def foreign_keys(reading: Reading, table: RelationRow) -> tuple[ForeignKey, ...]:
    """The foreign keys of a table, sorted by name."""
    rows = (row for row in reading.constraints[table.oid] if row.type == "f")
    return tuple(sorted((_foreign_key(reading, table, row) for row in rows), key=lambda key: key.name))


def _foreign_key(reading: Reading, table: RelationRow, row: ConstraintRow) -> ForeignKey:
    names = row.ref_column_names or reading.column_names(row.ref_table, row.ref_columns)
    return ForeignKey(
        name=row.name,
        columns=reading.column_names(table.oid, row.columns),
        ref_table=row.ref_name or "",
        ref_columns=tuple(names),
        ref_schema="" if row.ref_schema == table.schema else row.ref_schema or "",
        on_update=ACTIONS[row.on_update],
        on_delete=ACTIONS[row.on_delete],
        on_delete_columns=reading.column_names(table.oid, row.delete_columns),
        match_full=row.match == "f",
        period=row.period,
        deferrable=deferrable(row),
        validated=row.validated or not row.enforced,
        enforced=row.enforced,
        comment=reading.comments.take(CONSTRAINT, row.oid),
    )


def checks(reading: Reading, table: RelationRow) -> tuple[Check, ...]:
    """The check constraints of a table, sorted by name."""
    return tuple(
        Check(
            name=row.name,
            expr=unwrapped(row.expr or ""),
            no_inherit=row.no_inherit,
            validated=row.validated or not row.enforced,
            enforced=row.enforced,
            comment=reading.comments.take(CONSTRAINT, row.oid),
        )
        for row in sorted(reading.constraints[table.oid], key=lambda row: row.name)
        if row.type == "c"
    )


def not_null(reading: Reading, table: RelationRow) -> dict[int, NotNull]:
    """Number of a column -> what is unusual about its not-null constraint."""
    found = {}
    for row in reading.constraints[table.oid]:
        if row.type == "n":
            (column,) = reading.column_names(table.oid, row.columns)
            found[(row.columns or [0])[0]] = NotNull(
                name="" if _is_usual_not_null(table.name, column, row.name) else row.name,
                no_inherit=row.no_inherit,
                validated=row.validated,
                comment=reading.comments.take(CONSTRAINT, row.oid),
            )
    return found


def not_null_names(reading: Reading, table: RelationRow) -> dict[str, str]:
    """Column -> the name of its not-null constraint."""
    rows = (row for row in reading.constraints[table.oid] if row.type == "n")
    return {reading.column_names(table.oid, row.columns)[0]: row.name for row in rows}


def _is_usual_not_null(table: str, column: str, name: str) -> bool:
    """Does `NOT NULL` make this name by itself? The server numbers those that it cuts."""
    usual = default_name(table, column, "not_null")
    if usual == f"{table}_{column}_not_null":
        return name == usual
    match = NOT_NULL.search(name)
    return match is not None and name == default_name(table, column, match[0])
