"""Constraints of a table: what adds one, and what changes one where it is (ALTER TABLE)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backstay.dialects import hazards
from backstay.dialects.postgres import ddl
from backstay.dialects.postgres.locks import EXCLUSIVE, SHARE_ROW, SHARE_UPDATE
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.attachments import Indexed
from backstay.dialects.postgres.plan.context import Context, TableName
from backstay.dialects.postgres.plan.tables import probes
from backstay.dialects.postgres.plan.tables.clause import Clause
from backstay.dialects.postgres.plan.tables.costs import FREE, SCAN
from backstay.dialects.postgres.plan.tables.parts import comes, constraint_name
from backstay.schema.changes import Change
from backstay.schema.model import (
    Check,
    Exclusion,
    ForeignKey,
    Index,
    IndexPart,
    Model,
    PrimaryKey,
    Table,
)


def addition(part: Model | None, schema: str, context: Context) -> str | None:
    """ADD CONSTRAINT for a part of a table in this schema, if it is a constraint."""
    match part:
        case PrimaryKey():
            return f"ADD {ddl.primary_key(part)}"
        case Index(constraint=True):
            return f"ADD {ddl.unique(part)}"
        case Exclusion():
            return f"ADD {ddl.exclusion(part)}"
        case ForeignKey():
            return f"ADD {ddl.foreign_key(part, schema, context.namer)}{ddl.validity(part)}"
        case Check():
            return f"ADD {ddl.check(part)}{ddl.validity(part)}"
    return None


def twins(table: Table) -> tuple[Index | Exclusion, ...]:
    """Constraints that CREATE TABLE would take for another one (the server's `transformIndexConstraints`)."""
    seen: set[tuple[object, ...]] = set()
    found: list[Index | Exclusion] = []
    if table.primary_key is not None:
        key = table.primary_key
        parts = tuple(IndexPart(column=name) for name in key.columns)
        method = "GIST" if key.without_overlaps else "BTREE"
        seen.add((method, parts, key.include, "", (), True, key.deferrable))
    rest: tuple[Index | Exclusion, ...] = (*table.indexes, *table.exclusions)
    for part in rest:
        if isinstance(part, Index) and not part.constraint:
            continue
        operators = part.operators if isinstance(part, Exclusion) else ()
        distinct = part.nulls_distinct if isinstance(part, Index) else True
        shape = (part.method, part.parts, part.include, part.where, operators, distinct, part.deferrable)
        if shape in seen:
            found.append(part)
        seen.add(shape)
    return tuple(found)


def later(table: Table, schema: str, context: Context) -> Iterator[str]:
    """What adds the constraints that CREATE TABLE cannot make: twins of others, and what is not valid."""
    for twin in twins(table):
        yield str(addition(twin, schema, context))
    for column in table.columns:
        if not column.not_null.validated:
            yield f"ADD {ddl.not_null(column)}{ddl.validity(column.not_null)}"
    for check in table.checks:
        if not check.validated:
            yield f"ADD {ddl.check(check)}{ddl.validity(check)}"


def adding(part: Change, table: TableName, siblings: Sequence[Change], context: Context) -> Clause | None:
    """The clause that adds a constraint; `siblings` are all changes of its table."""
    new = part.after
    add = addition(new, table.schema, context)
    if new is None or add is None:
        return None
    adopted = isinstance(new, Indexed) and context.attachments.is_adopted(table, new)
    guard = "IF EXISTS " if adopted else ""  # it may be gone with what took it in
    is_checked = getattr(new, "validated", True) and getattr(new, "enforced", True)
    return Clause(
        add,
        f"DROP CONSTRAINT {guard}{quote_name(constraint_name(table.name, new))}",
        SHARE_ROW if isinstance(new, ForeignKey) else EXCLUSIVE,
        hazards.of_index(part, table.name, siblings),
        SCAN if is_checked and is_kept(table, context) else FREE,
        probes.of_addition(part, siblings, table, context),
        part,
    )


def is_kept(table: TableName, context: Context) -> bool:
    """Is the table there before and after the plan, with its rows?"""
    states = context.tables.get(table)
    return states is not None and states.before is not None and states.after is not None


def alterations(part: Change) -> Iterator[Clause]:
    """The clauses that change a constraint where it is."""
    before, after = part.before, part.after
    if comes(part) or not isinstance(before, Check | ForeignKey) or not isinstance(after, Check | ForeignKey):
        return
    name = quote_name(part.name)
    if isinstance(before, ForeignKey) and isinstance(after, ForeignKey):
        words = _attributes(before, after)
        if words:
            undo = f"ALTER CONSTRAINT {name} {_attributes(after, before)}" if before.validated else ""
            yield Clause(f"ALTER CONSTRAINT {name} {words}", undo)
    if before.enforced and after.enforced and before.validated != after.validated:
        yield Clause(f"VALIDATE CONSTRAINT {name}", lock=SHARE_UPDATE, cost=SCAN, part=part)


def _attributes(before: ForeignKey, after: ForeignKey) -> str:
    """What differs of when a foreign key is checked, and if it is."""
    words = []
    if before.deferrable != after.deferrable:
        words.append(f"DEFERRABLE {after.deferrable}" if after.deferrable else "NOT DEFERRABLE")
    if before.enforced != after.enforced:
        words.append("ENFORCED" if after.enforced else "NOT ENFORCED")
    return " ".join(words)


def columns(part: Model | None) -> tuple[str, ...]:
    """The columns that a constraint or an index goes with."""
    match part:
        case PrimaryKey():
            return (*part.columns, *part.include)
        case ForeignKey():
            return part.columns
        case Index() | Exclusion():
            return (*(item.column for item in part.parts), *part.include)
    return ()
