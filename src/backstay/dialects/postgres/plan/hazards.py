"""The dangers of changes to columns, as PostgreSQL plans have them: one clause for each column."""

from __future__ import annotations

from backstay.dialects.dialect import Hazard
from backstay.dialects.hazards import of_dropped_columns, of_not_null
from backstay.dialects.hazards import of_dropped_constraint as of_dropped_constraint
from backstay.dialects.hazards import of_index as of_index
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.schema.changes import Change
from backstay.schema.model import Column


def of_column(part: Change, table: str) -> tuple[Hazard, ...]:
    """Values that are lost, and rows that a definition may refuse."""
    if isinstance(part.before, Column) and part.after is None:
        return of_dropped_columns([part.before])
    return of_not_null(part, table, counting=INTEGER_OF)
