"""Constraints: primary and foreign keys, checks; and the features of them that cannot be carried."""

from __future__ import annotations

from backstay.dialects.postgres.inspect.catalogue import ConstraintRow, RelationRow
from backstay.dialects.postgres.inspect.comments import CONSTRAINT
from backstay.dialects.postgres.inspect.reading import Reading
from backstay.dialects.postgres.names import default_name, unwrapped
from backstay.schema.model import Action, Check, Deferrable, ForeignKey

ACTIONS: dict[str, Action] = {
    "a": "NO ACTION",
    "r": "RESTRICT",
    "c": "CASCADE",
    "n": "SET NULL",
    "d": "SET DEFAULT",
}
PATTERN_KINDS = {
    "p": "primary_key",
    "u": "unique",
    "f": "foreign_key",
    "c": "check",
    "x": "exclusion",
    "n": "not_null",
}


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
        match_full=row.match == "f",
        deferrable=deferrable(row),
        validated=row.validated,
        comment=reading.comments.take(CONSTRAINT, row.oid),
    )


def checks(reading: Reading, table: RelationRow) -> tuple[Check, ...]:
    """The check constraints of a table, sorted by name."""
    return tuple(
        Check(
            name=row.name,
            expr=unwrapped(row.expr or ""),
            no_inherit=row.no_inherit,
            validated=row.validated,
            comment=reading.comments.take(CONSTRAINT, row.oid),
        )
        for row in sorted(reading.constraints[table.oid], key=lambda row: row.name)
        if row.type == "c"
    )


def refuse_features(reading: Reading, table: RelationRow) -> None:
    """Note what the model has no place for."""
    for row in reading.constraints[table.oid]:
        kind = PATTERN_KINDS[row.type]
        if row.type == "x":
            reading.refuse("exclusion constraint", kind, table, row.name)
        elif row.type == "n" and not _is_usual_not_null(reading, table, row):
            reading.refuse("named not-null constraint", kind, table, row.name)
        if not row.enforced:
            reading.refuse("not enforced constraint", kind, table, row.name)
        if row.period:
            reading.refuse("temporal constraint", kind, table, row.name)
        if row.delete_columns:
            reading.refuse("column list of ON DELETE in foreign key", kind, table, row.name)


def _is_usual_not_null(reading: Reading, table: RelationRow, row: ConstraintRow) -> bool:
    """Is it what `NOT NULL` makes by itself? The server appends a number where the name was taken."""
    (column,) = reading.column_names(table.oid, row.columns)
    usual = default_name(table.name, column, "not_null")
    number = row.name.removeprefix(usual)
    return (
        row.name.startswith(usual)
        and (not number or number.isdecimal())
        and row.validated
        and not row.no_inherit
    )
