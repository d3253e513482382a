"""Questions to the rows of a table, asked before a plan begins: would they make one of its statements fail?

A probe speaks of the state before. It is left out where the plan itself changes what it would ask about: a
column that is added or changes its type, a function that a check calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backstay.dialects.dialect import Probe
from backstay.dialects.postgres.ddl import index_part
from backstay.dialects.postgres.guards import BOUND
from backstay.dialects.postgres.names import mentions, quote_name, quote_text
from backstay.dialects.postgres.plan.context import Context, TableName
from backstay.dialects.postgres.plan.tables import casts
from backstay.dialects.postgres.plan.tables.costs import Cost, type_modifiers
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.schema.changes import Change
from backstay.schema.model import (
    Address,
    Check,
    Column,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    PrimaryKey,
    Table,
)

FIXED = frozenset({"table", "column"})
"""Kinds of what a check may stand on without a change of the plan changing what it says."""


def of_addition(
    part: Change, siblings: Sequence[Change], table: TableName, context: Context
) -> tuple[Probe, ...]:
    """Rows that a new constraint, or a new unique index, refuses."""
    before = _before(table, context)
    if before is None or _is_kept(part, table, context):
        return ()
    return tuple(_addition(part, _Rows(before, table, siblings, context)))


def of_not_null(part: Change, table: TableName, context: Context) -> tuple[Probe, ...]:
    """NULLs in a column that is to hold none, and rows of a table that gets such a column."""
    before, column = _before(table, context), part.after
    if before is None or not isinstance(column, Column) or column.null or not column.not_null.validated:
        return ()
    rows, where = context.namer(*table), f'table "{table.name}"'
    if part.before is None:
        fills_itself = column.default is not None or column.generated or column.identity
        if fills_itself or column.type in INTEGER_OF or _has_default(column, table, context):
            return ()
        return (
            Probe(
                _count(f"FROM {rows}"), f'{where} has rows without a value for the new column "{column.name}"'
            ),
        )
    sql = _count(f"FROM {rows} WHERE {quote_name(column.name)} IS NOT DISTINCT FROM NULL")
    return (Probe(sql, f'column "{column.name}" of {where} holds NULL'),)


def of_type(
    before: Column, after: Column, using: str, cost: Cost, table: TableName, context: Context
) -> tuple[Probe, ...]:
    """Values that the new type of their column refuses."""
    is_remade = Address("column", *table, after.name) in context.retyped
    if not cost.rewrite or _before(table, context) is None:
        return ()
    text = f'column "{after.name}" of table "{table.name}" holds values that type {after.type} refuses'
    rows, column = context.namer(*table), quote_name(before.name)
    refused = _not_in_enum(after, column, table, context) if is_remade else _cut(before, after, column)
    if refused:
        return (Probe(_count(f"FROM {rows} WHERE {refused}"), text),)
    if is_remade:
        return ()  # the new type has the old one's name, and is yet to come
    value = using.removeprefix(" USING ") or f"{column}::{INTEGER_OF.get(after.type, after.type)}"
    return (Probe(f"SELECT count(({value}) IS NULL) * 0 FROM {rows}", text),)


def _not_in_enum(after: Column, column: str, table: TableName, context: Context) -> str:
    """The condition for values that an enum loses."""
    name = context.type_of(table.schema, after.type)
    enum = context.after.objects.get(name) if name else None
    if enum is None or not isinstance(enum.item, Enum):
        return ""
    left = f"<> ALL (ARRAY[{', '.join(map(quote_text, enum.item.values))}]::text[])"
    if after.type.endswith("]"):
        return f"EXISTS (SELECT FROM unnest({column}::text[]) AS value WHERE value {left})"
    return f"{column}::text {left}"


def _cut(before: Column, after: Column, column: str) -> str:
    """The condition for values that an assignment refuses, where a cast would cut them."""
    size = type_modifiers(after.type)
    if not size or after.type.endswith("]"):
        return ""
    match casts.base(after.type):
        case "character varying" | "character":
            return f"char_length(rtrim({column}::text, ' ')) > {size[0]}"
        case "bit" if casts.base(before.type) in casts.FAMILIES["bit"]:
            return f"length({column}) <> {size[0]}"
        case "bit varying" if casts.base(before.type) in casts.FAMILIES["bit"]:
            return f"length({column}) > {size[0]}"
    return ""


class _Rows:
    """The rows of a table before the plan, and what of them the plan changes."""

    def __init__(self, before: Table, table: TableName, siblings: Sequence[Change], context: Context) -> None:
        self.table, self.context = table, context
        self.name = context.namer(*table)
        columns = {column.name for column in before.columns}
        self.changing = {part.name for part in siblings if part.kind == "column" and _changes_values(part)}
        self.columns = columns - self.changing

    def where(self, columns: Sequence[str]) -> str:
        """The columns as people read them."""
        names = ", ".join(f'"{name}"' for name in columns)
        return f'column{"s" if len(columns) > 1 else ""} {names} of table "{self.table.name}"'

    def is_stable(self, text: str) -> bool:
        """Does an expression say the same before the plan?"""
        return not any(mentions(text, name) for name in self.changing)


def _addition(part: Change, rows: _Rows) -> Iterator[Probe]:
    match part.after:
        case PrimaryKey(without_overlaps=False) as key:
            parts = tuple(IndexPart(column=name) for name in key.columns)
            yield from _duplicates(parts, "", True, rows)
        case Index(unique=True, without_overlaps=False, method="BTREE") as index:
            yield from _duplicates(index.parts, index.where, index.nulls_distinct, rows)
        case Check(validated=True) as check:
            yield from _broken(check, rows)
        case ForeignKey(validated=True, period=False) as key:
            yield from _orphans(key, rows)


def _duplicates(parts: Sequence[IndexPart], where: str, distinct: bool, rows: _Rows) -> Iterator[Probe]:
    texts = [part.expr for part in parts if part.expr] + ([where] if where else [])
    columns = [part.column for part in parts if part.column]
    if not set(columns) <= rows.columns or not all(map(rows.is_stable, texts)):
        return
    keys = [index_part(IndexPart(column=p.column, expr=p.expr, collation=p.collation)) for p in parts]
    conditions = [f"({where})"] if where else []
    conditions += [f"{key} IS NOT NULL" for key in keys] if distinct else []
    filtered = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    groups = f"FROM {rows.name}{filtered} GROUP BY {', '.join(keys)} HAVING count(*) > 1 LIMIT {BOUND}"
    what = rows.where(columns) if columns else f'table "{rows.table.name}"'
    verb = "hold" if len(columns) > 1 else "holds"
    yield Probe(
        f"SELECT sum(n - 1) FROM (SELECT count(*) AS n {groups}) AS found", f"{what} {verb} duplicates"
    )


def _broken(check: Check, rows: _Rows) -> Iterator[Probe]:
    needed = rows.context.after.needs(Address("constraint", *rows.table, check.name))
    if not check.enforced or not rows.is_stable(check.expr) or any(on.kind not in FIXED for on in needed):
        return
    only = "ONLY " if check.no_inherit else ""
    text = f'table "{rows.table.name}" has rows that break check "{check.name}"'
    yield Probe(_count(f"FROM {only}{rows.name} WHERE NOT ({check.expr})"), text)


def _orphans(key: ForeignKey, rows: _Rows) -> Iterator[Probe]:
    target = TableName(key.ref_schema or rows.table.schema, key.ref_table)
    if not key.enforced or not set(key.columns) <= rows.columns:
        return
    columns = [f"child.{quote_name(name)}" for name in key.columns]
    every = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    found = ""
    if _before(target, rows.context) is not None:
        pairs = zip(key.ref_columns, columns, strict=True)
        same = " AND ".join(f"parent.{quote_name(name)} = {column}" for name, column in pairs)
        found = f" AND EXISTS (SELECT FROM {rows.context.namer(*target)} AS parent WHERE {same})"
    refused = f"NOT ({every}{found})" if found else every
    given = " OR ".join(f"{column} IS NOT NULL" for column in columns) if key.match_full else every
    text = f'{rows.where(key.columns)} refer to rows that are not in table "{target.name}"'
    if len(key.columns) == 1:
        text = text.replace(" refer to ", " refers to ", 1)
    condition = f"({given}) AND {refused}" if found or not key.match_full else f"({given})"
    yield Probe(_count(f"FROM {rows.name} AS child WHERE {condition}"), text)


def _count(selection: str) -> str:
    return f"SELECT count(*) FROM (SELECT {selection} LIMIT {BOUND}) AS found"


def _before(table: TableName, context: Context) -> Table | None:
    """The table before the plan, where its rows are kept here."""
    states = context.tables.get(context.former(table))
    before = states.before if states else None
    return before if before is not None and before.foreign is None else None


def _is_kept(part: Change, table: TableName, context: Context) -> bool:
    """Did a constraint of the same rows hold before: is it only made anew?"""
    match part.before, part.after:
        case (ForeignKey() as old, ForeignKey() as new):
            target = context.former(TableName(new.ref_schema or table.schema, new.ref_table))
            same = (old.columns, old.ref_schema, old.ref_table, old.ref_columns, old.match_full)
            wanted = (new.columns, new.ref_schema, target.name, new.ref_columns, new.match_full)
            return old.validated and same == wanted
        case (Check() as old, Check() as new):
            return old.validated and old.expr == new.expr
    return part.before is not None and part.before == part.after


def _changes_values(part: Change) -> bool:
    """Is a column added, made anew or of another type afterwards?"""
    before, after = part.before, part.after
    if not isinstance(before, Column) or not isinstance(after, Column):
        return True
    return (before.type, before.generated, before.collation) != (after.type, after.generated, after.collation)


def _has_default(column: Column, table: TableName, context: Context) -> bool:
    """Is the type a domain with a default, which fills in where a column has none?"""
    name = context.type_of(table.schema, column.type)
    found = context.after.objects.get(name) if name else None
    return found is not None and getattr(found.item, "default", None) is not None
