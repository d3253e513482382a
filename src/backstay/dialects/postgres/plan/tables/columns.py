"""Clauses of ALTER TABLE, with what undoes them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from backstay.dialects import hazards
from backstay.dialects.dialect import Hazard
from backstay.dialects.postgres import ddl
from backstay.dialects.postgres.locks import SHARE_UPDATE
from backstay.dialects.postgres.names import collation as collation_name
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.context import Context, TableName
from backstay.dialects.postgres.plan.sequences import option_clauses
from backstay.dialects.postgres.plan.tables import attributes, casts, costs, narrowing, probes
from backstay.dialects.postgres.plan.tables.attributes import addition
from backstay.dialects.postgres.plan.tables.clause import Clause
from backstay.dialects.postgres.plan.tables.costs import FREE, SCAN
from backstay.dialects.postgres.plan.tables.parts import is_replaced, keeps_not_null, not_null_name
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.errors import PlanError
from backstay.schema.changes import Change
from backstay.schema.model import Address, Column, Identity, NotNull, Table


class Phases(msgspec.Struct, frozen=True):
    """A change in up to three ALTER TABLE: what must happen first, the change without it, what comes last."""

    first: tuple[Clause, ...]
    change: Change
    last: tuple[Clause, ...] = ()


def phases(change: Change, namer: ddl.Namer) -> Phases:
    """Identity columns are special: the server prepares all clauses of a statement before it runs the first.

    1. A column that stops being one, and changes its type or gets a sequence of its own, is freed first.
    2. A column that becomes one, and had a sequence of its own, is freed of that first.
    3. A column that becomes one, and changes its type, becomes one last: the sequence takes its type from it.
    4. A generated column becomes an ordinary one first: where its type changes, too, USING asks for that.
    5. What forbids NULL becomes inherited first, and stops being so last: a primary key asks for that.
    """
    before, after = change.before, change.after
    if not isinstance(before, Column) or not isinstance(after, Column) or is_replaced(change):
        return Phases((), change)
    column = f"ALTER COLUMN {quote_name(before.name)}"
    first: tuple[Clause, ...] = ()
    last: tuple[Clause, ...] = ()
    if before.identity is not None and after.identity is None:
        if before.type != after.type or "nextval(" in (after.default or ""):
            first = (_drop_identity(column, before.identity, change.schema, namer),)
            before = replace(before, identity=None)
    elif after.identity is not None and before.identity is None:
        if "nextval(" in (before.default or ""):
            first = (Clause(f"{column} DROP DEFAULT", f"{column} SET DEFAULT {before.default}"),)
            before = replace(before, default=None)
        if before.type != after.type:
            last = (_add_identity(column, after.identity, change.schema, namer),)
            after = replace(after, identity=None)
    elif before.generated is not None and after.generated is None:
        first = (_drop_expression(before, change.table),)
        before = replace(before, generated=None)
    old, new = before.not_null, after.not_null
    if keeps_not_null(before, after) and old.no_inherit != new.no_inherit:
        name = not_null_name(change.table, before if old.no_inherit else after)
        words = [f"ALTER CONSTRAINT {quote_name(name)} {word}" for word in ("NO INHERIT", "INHERIT")]
        if old.no_inherit:
            first += (Clause(words[1], words[0]),)
        else:
            last += (Clause(words[0], words[1]),)
        before = replace(before, not_null=replace(old, no_inherit=new.no_inherit))
    return Phases(first, replace(change, before=before, after=after), last)


def of_column(change: Change, table: Table, context: Context) -> Iterator[Clause]:
    """The clauses that add a column, or change one where it is."""
    before, after = change.before, change.after
    assert isinstance(after, Column)
    dangers = hazards.of_not_null(change, table.name, counting=INTEGER_OF)
    if not isinstance(before, Column):
        asked = probes.of_not_null(change, TableName(change.schema, table.name), context)
        yield replace(added(after, change.schema, context), hazards=dangers, probes=asked)
        if not after.not_null.validated:
            yield Clause(_not_null(after), f"ALTER COLUMN {quote_name(after.name)} DROP NOT NULL")
    else:
        yield from _modify(before, after, change, table, context, dangers)


def added(column: Column, schema: str, context: Context) -> Clause:
    """ADD COLUMN, to a table that holds rows."""
    cost = costs.of_added_column(column, context.after, schema)
    drop = f"DROP COLUMN {quote_name(column.name)}"
    return Clause(addition(column, schema, context.namer), drop, cost=cost)


def _modify(
    before: Column,
    after: Column,
    change: Change,
    table: Table,
    context: Context,
    dangers: tuple[Hazard, ...],
) -> Iterator[Clause]:
    """In an order in which each clause finds what it needs: type, null, default, identity, generated."""
    column = f"ALTER COLUMN {quote_name(after.name)}"
    owner = TableName(change.schema, table.name)
    retyped = before.type != after.type or before.collation != after.collation
    if context.follows(owner, after.name) is None:
        retyped |= Address("column", *owner, after.name) in context.retyped
    if before.identity is not None and after.identity is None:
        yield _drop_identity(column, before.identity, change.schema, context.namer)
    renewed = retyped and before.default is not None
    if renewed:
        yield Clause(f"{column} DROP DEFAULT", f"{column} SET DEFAULT {before.default}")
    if retyped:
        yield _retype(column, before, after, owner, context)
    asked = probes.of_not_null(change, owner, context)
    for clause in _nullability(column, before, after, table):
        forbids = clause.cost.scan
        yield replace(clause, hazards=dangers, probes=asked, part=change) if forbids else clause
    yield from _default(column, None if renewed else before.default, after.default)
    if after.identity is not None and before.identity is None:
        yield _add_identity(column, after.identity, change.schema, context.namer)
    yield from _identity(column, before, after)
    yield from attributes.of_column(before, after)


def _retype(column: str, before: Column, after: Column, table: TableName, context: Context) -> Clause:
    """Another type, or the same one where that is made anew, or another collation."""
    rebuilt = Address("column", *table, after.name) in context.retyped
    using = _using(before, after, table, context)
    states = context.before, context.after
    cost = costs.of_type(before, after, using, states, table.schema)
    one_way = rebuilt or casts.is_one_way(before, after, table.schema, context)
    undo = "" if one_way else _type(column, before, _using(after, before, table, context))
    asked = probes.of_type(before, after, using, cost, table, context)
    what = f'column "{after.name}" of table "{table.name}"'
    dangers = narrowing.of_type(what, before.type, after.type, using)
    found = () if _is_foreign(table, context) else tuple(dangers)
    return Clause(_type(column, after, using), undo, hazards=found, cost=cost, probes=asked)


def _using(before: Column, after: Column, table: TableName, context: Context) -> str:
    if _is_foreign(table, context):
        return ""  # there is nothing to convert
    if Address("column", *table, after.name) in context.retyped:
        return casts.rebuilt(after, table, context)
    return casts.using(before, after, table.schema, context)


def _is_foreign(table: TableName, context: Context) -> bool:
    kept = context.tables[table].after
    return kept is not None and kept.foreign is not None


def _type(column: str, after: Column, using: str) -> str:
    collation = f" COLLATE {collation_name(after.collation)}" if after.collation else ""
    return f"{column} TYPE {after.type}{collation}{using}"


def _nullability(column: str, before: Column, after: Column, table: Table) -> Iterator[Clause]:
    """The constraint that forbids NULL comes, goes, or changes (the latter since PostgreSQL 18)."""
    drop = f"{column} DROP NOT NULL"
    if not keeps_not_null(before, after):
        if not before.null:
            yield Clause(drop, _not_null(before))
        if not after.null:
            yield Clause(_not_null(after), drop, cost=SCAN if after.not_null.validated else FREE)
        return
    name = quote_name(not_null_name(table.name, after))
    if before.not_null.validated != after.not_null.validated:
        yield Clause(f"VALIDATE CONSTRAINT {name}", lock=SHARE_UPDATE, cost=SCAN)


def _not_null(column: Column) -> str:
    constraint = column.not_null
    if constraint == NotNull(comment=constraint.comment):
        return f"ALTER COLUMN {quote_name(column.name)} SET NOT NULL"
    return f"ADD {ddl.not_null(column)}{ddl.validity(constraint)}"


def _default(column: str, before: str | None, after: str | None) -> Iterator[Clause]:
    if before == after:
        return
    undo = f"{column} DROP DEFAULT" if before is None else f"{column} SET DEFAULT {before}"
    yield Clause(f"{column} DROP DEFAULT" if after is None else f"{column} SET DEFAULT {after}", undo)


def _drop_expression(before: Column, table: str) -> Clause:
    assert before.generated is not None
    if not before.generated.stored:
        raise PlanError(
            f'virtual generated column "{before.name}" of table "{table}" cannot become '
            "an ordinary one: its values are not stored",
            hint="make it STORED first, or add an ordinary column under another name",
        )
    return Clause(f"ALTER COLUMN {quote_name(before.name)} DROP EXPRESSION")


def _add_identity(column: str, identity: Identity, schema: str, namer: ddl.Namer) -> Clause:
    return Clause(f"{column} ADD {ddl.identity(identity, schema, namer)}", f"{column} DROP IDENTITY")


def _drop_identity(column: str, identity: Identity, schema: str, namer: ddl.Namer) -> Clause:
    return Clause(f"{column} DROP IDENTITY", f"{column} ADD {ddl.identity(identity, schema, namer)}")


def _identity(column: str, before: Column, after: Column) -> Iterator[Clause]:
    """What changes of a column that stays an identity column; some of its sequence changes by itself."""
    old, new = before.identity, after.identity
    if old is None or new is None:
        return
    kept = replace(old, sequence_name=new.sequence_name, unlogged=new.unlogged, comment=new.comment)
    if kept != new:
        yield Clause(
            f"{column} {_identity_options(old, new, before.type, after.type)}",
            f"{column} {_identity_options(new, old, after.type, before.type)}",
        )


def _identity_options(before: Identity, after: Identity, old_type: str, new_type: str) -> str:
    """The type of the sequence follows the column's by itself."""
    words = [f"SET GENERATED {after.generated}"] if before.generated != after.generated else []
    options = option_clauses(before.options, after.options, old_type, new_type)
    return " ".join([*words, *(clause if clause == "RESTART" else f"SET {clause}" for clause in options)])
