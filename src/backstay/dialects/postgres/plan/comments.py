"""COMMENT ON for tables and their parts."""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.context import Context, TableName, comment_on, quoted
from backstay.dialects.postgres.plan.parts import comes, constraint_name, keeps_not_null, not_null_name
from backstay.schema.changes import Change
from backstay.schema.model import Check, Column, Exclusion, ForeignKey, Index, Model, PrimaryKey, Table


def of_table(
    name: TableName, before: Table | None, after: Table, change: Change, context: Context
) -> Iterator[Statement]:
    """The comment on a table, where it differs from the one before."""
    old = before.comment if before is not None else ""
    if old != after.comment:
        kind = "FOREIGN TABLE" if after.foreign else "TABLE"
        words = f"set comment to table: {quoted(name.name)}"
        yield comment_on(kind, context.namer(*name), after.comment, old, words, change)


def of_new(table: TableName, part: Model | None, change: Change, context: Context) -> Iterator[Statement]:
    """The comment on a part that was just made, if it has one."""
    if _comment(part):
        assert part is not None
        yield from _of(table, part, "", change, context)
    if isinstance(part, Column) and part.not_null.comment:
        yield _of_not_null(table, part, "", change, context)


def of_part(table: TableName, change: Change, context: Context) -> Iterator[Statement]:
    """The comment on a changed part; one that was made anew has lost it."""
    after = change.after
    if after is None:
        return
    text, old = _comment(after), "" if comes(change) else _comment(change.before)
    if text != old:
        yield from _of(table, after, old, change, context)
    if isinstance(after, Column):
        before = change.before
        stays = isinstance(before, Column) and not comes(change) and keeps_not_null(before, after)
        was = before.not_null.comment if isinstance(before, Column) and stays else ""
        if after.not_null.comment != was:
            yield _of_not_null(table, after, was, change, context)


def _of_not_null(
    table: TableName, column: Column, before: str, change: Change, context: Context
) -> Statement:
    """The comment on the constraint that forbids NULL in a column (PostgreSQL 18)."""
    name = not_null_name(table.name, column)
    target = f"{quote_name(name)} ON {context.namer(*table)}"
    words = f"set comment to constraint: {quoted(name)} on table: {quoted(table.name)}"
    return comment_on("CONSTRAINT", target, column.not_null.comment, before, words, change)


def _of(table: TableName, part: Model, before: str, change: Change, context: Context) -> Iterator[Statement]:
    """The statements that set a part's comment.

    A constraint and its index are one object: where the comment on it changes, the other's goes, too.
    """
    text, on = _comment(part), f"on table: {quoted(table.name)}"
    owner = context.namer(*table)
    match part:
        case Column(name=name):
            target = f"{owner}.{quote_name(name)}"
            words = f"set comment to column: {quoted(name)} {on}"
            yield comment_on("COLUMN", target, text, before, words, change)
        case Index(name=name, constraint=False):
            target = context.namer(table.schema, name)
            words = f"set comment to index: {quoted(name)} {on}"
            yield comment_on("INDEX", target, text, before, words, change)
        case PrimaryKey() | Index() | Exclusion():
            name = constraint_name(table.name, part)
            words = f"set comment to index: {quoted(name)} {on}"
            yield comment_on("CONSTRAINT", f"{quote_name(name)} ON {owner}", text, before, words, change)
            if before:
                yield comment_on("INDEX", context.namer(table.schema, name), "", before, words, change)
        case ForeignKey(name=name) | Check(name=name):
            words = f"set comment to constraint: {quoted(name)} {on}"
            yield comment_on("CONSTRAINT", f"{quote_name(name)} ON {owner}", text, before, words, change)


def _comment(part: Model | None) -> str:
    text: str = getattr(part, "comment", "")
    return text
