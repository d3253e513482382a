"""Ask the rows of a database, before a migration touches it, whether they would make it fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backstay.dialects.dialect import Session, Statement
from backstay.errors import BackstayError, DatabaseError


def probe(
    session: Session, statements: Sequence[Statement], notice: Callable[[str], None]
) -> BackstayError | None:
    """Why the migration would fail, naming tables and columns; nothing where no row is in its way.

    What takes too long to ask stays unknown, and a notice says so.
    """
    found: list[str] = []
    for question in dict.fromkeys(question for statement in statements for question in statement.probes):
        try:
            answer = session.probe(question.sql)
        except DatabaseError as error:
            notice(f"not asked beforehand whether {question.text}: {error.message}")
            continue
        if answer:
            found.append(f"{question.text} ({answer})")
    if not found:
        return None
    return DatabaseError(
        f"rows are in the way of this migration: {'; '.join(found)}",
        hint="nothing was applied; correct the rows and apply again, or let the plan do it (--edit). "
        "Without this check: diff { probe = false }",
    )
