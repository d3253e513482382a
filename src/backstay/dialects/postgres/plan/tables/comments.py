"""COMMENT ON for tables and their parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.context import Context, TableName, comment_on, quoted
from backstay.dialects.postgres.plan.tables.parts import (
    comes,
    constraint_name,
    identity_sequence,
    keeps_not_null,
    not_null_name,
)
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
    """The comments on a part that was just made."""
    for comment in _comments(table, part, context).values():
        yield from comment.set("", change)


def with_undo(
    statement: Statement, table: TableName, part: Model | None, change: Change, context: Context
) -> Statement:
    """A statement that takes a part away; what undoes it sets the comments of the part again."""
    again = tuple(comment.sql for comment in of_new(table, part, change, context))
    return replace(statement, reverse=(*statement.reverse, *again) if statement.reverse else ())


def of_part(table: TableName, change: Change, context: Context) -> Iterator[Statement]:
    """The comments on a changed part; one that was made anew has lost them."""
    before, after = change.before, change.after
    old = {} if comes(change) else _comments(table, before, context)
    if isinstance(before, Column) and isinstance(after, Column) and not keeps_not_null(before, after):
        old.pop("CONSTRAINT", None)
    for kind, comment in _comments(table, after, context).items():
        yield from comment.set(old[kind].text if kind in old else "", change)


class _Comment(NamedTuple):
    """A comment on an object that COMMENT names by this kind and this target; `words` say which it is."""

    kind: str
    target: str
    words: str
    text: str

    def set(self, before: str, change: Change) -> Iterator[Statement]:
        """The statement that sets it, unless it is what it was."""
        if self.text != before:
            words = f"set comment to {self.words}"
            yield comment_on(self.kind, self.target, self.text, before, words, change)


def _comments(table: TableName, part: Model | None, context: Context) -> dict[str, _Comment]:
    """All comments that belong to a part of a table, by the kind of object that they are on."""
    owner, on = context.namer(*table), f"on table: {quoted(table.name)}"
    found: list[_Comment] = []

    def constraint(name: str, text: str, noun: str = "constraint") -> None:
        target = f"{quote_name(name)} ON {owner}"
        found.append(_Comment("CONSTRAINT", target, f"{noun}: {quoted(name)} {on}", text))

    def index(name: str, text: str) -> None:
        found.append(
            _Comment("INDEX", context.namer(table.schema, name), f"index: {quoted(name)} {on}", text)
        )

    match part:
        case Column(name=name, null=null, not_null=not_null, identity=identity, comment=text):
            found.append(
                _Comment("COLUMN", f"{owner}.{quote_name(name)}", f"column: {quoted(name)} {on}", text)
            )
            if not null:
                constraint(not_null_name(table.name, part), not_null.comment)
            if identity is not None:
                sequence = identity_sequence(table.name, part)
                words = f"sequence: {quoted(sequence)}"
                found.append(
                    _Comment("SEQUENCE", context.namer(table.schema, sequence), words, identity.comment)
                )
        case Index(name=name, constraint=False, comment=text):
            index(name, text)
        case PrimaryKey() | Index() | Exclusion():
            name = constraint_name(table.name, part)
            constraint(name, part.comment, "index")
            index(name, part.index_comment)
        case ForeignKey(name=name, comment=text) | Check(name=name, comment=text):
            constraint(name, text)
    return {comment.kind: comment for comment in found}
