"""Enums: values are added in place; an enum that loses or reorders values is rebuilt.

A new value can be used in statements only after the transaction that added it (ALTER TYPE, notes). Where
the plan itself uses it, the plan must run without a transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres import ddl
from backstay.dialects.postgres.names import NAME_LIMIT, quote_name, quote_text
from backstay.dialects.postgres.plan.context import (
    DROP_TYPE,
    TYPE,
    Context,
    TableName,
    comment_on,
    quoted,
)
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.schema.changes import Change
from backstay.schema.model import Enum


def is_rebuilt(change: Change) -> bool:
    """Does the enum lose a value, or change the order of those it had?"""
    before, after = _values(change.before), _values(change.after)
    kept = [value for value in after if value in set(before)]
    return kept != list(before)


def steps(change: Change, context: Context, used_values: str) -> Iterator[Step]:
    """The steps of one change of an enum. `used_values` is all text of the plan that may use values."""
    resource = frozenset({("type", change.schema, change.name), ("name", change.schema, change.name)})
    needs = frozenset({("schema", change.schema)})
    name = context.namer(change.schema, change.name)
    match change.before, change.after:
        case None, Enum() as after:
            yield Step(
                statement=_create(after, change, context), rank=(TYPE, 0, 0, 0), makes=resource, needs=needs
            )
        case Enum() as before, None:
            yield Step(statement=_drop(before, change, context), rank=(DROP_TYPE, 0, 0, 0), removes=resource)
        case Enum() as before, Enum() as after:
            if TableName(change.schema, change.name) in context.rebuilt:
                yield from _rebuild(after, change, context)
            else:
                yield from _add_values(before, after, change, name, used_values)
    before_comment = change.before.comment if isinstance(change.before, Enum) else ""
    rebuilt = TableName(change.schema, change.name) in context.rebuilt
    if isinstance(change.after, Enum) and (
        change.after.comment if rebuilt else change.after.comment != before_comment
    ):
        words = f"set comment to enum type: {quoted(change.name)}"
        statement = comment_on("TYPE", name, change.after.comment, before_comment, words, change)
        yield Step(statement=statement, rank=(TYPE, 0, 2, 0), needs=resource)


def _create(enum: Enum, change: Change, context: Context) -> Statement:
    return Statement(
        sql=ddl.create_enum(enum, change.schema, context.namer),
        comment=f"create enum type {quoted(enum.name)}",
        changes=(change,),
        reverse=(f"DROP TYPE {context.namer(change.schema, enum.name)}",),
    )


def _drop(enum: Enum, change: Change, context: Context) -> Statement:
    return Statement(
        sql=f"DROP TYPE {context.namer(change.schema, enum.name)}",
        comment=f"drop enum type {quoted(enum.name)}",
        changes=(change,),
        reverse=(ddl.create_enum(enum, change.schema, context.namer),),
    )


def _add_values(before: Enum, after: Enum, change: Change, name: str, used: str) -> Iterator[Step]:
    present = list(before.values)
    for position, value in enumerate(after.values):
        if value in present:
            continue
        place = _place(after.values, position, present)
        present.insert(position, value)
        statement = Statement(
            sql=f"ALTER TYPE {name} ADD VALUE {quote_text(value)}{place}",
            comment=f"add value to enum type: {quoted(after.name)}",
            changes=(change,),
            transactional=quote_text(value) not in used,
        )
        yield Step(
            statement=statement,
            rank=(TYPE, 0, 1, position),
            makes=frozenset({("value", change.schema, after.name, value)}),
        )


def _place(values: Sequence[str], position: int, present: Sequence[str]) -> str:
    if not present or position == len(present):
        return ""
    if position == 0:
        return f" BEFORE {quote_text(present[0])}"
    return f" AFTER {quote_text(values[position - 1])}"


def _rebuild(after: Enum, change: Change, context: Context) -> Iterator[Step]:
    old = aside(after.name)
    name = context.namer(change.schema, after.name)
    resource: Resource = ("type", change.schema, after.name)
    moved: Resource = ("moved type", change.schema, after.name)
    yield Step(
        statement=Statement(
            sql=f"ALTER TYPE {name} RENAME TO {quote_name(old)}",
            comment=f"set enum type {quoted(after.name)} aside",
            changes=(change,),
        ),
        rank=(TYPE, 0, 0, 0),
        makes=frozenset({moved}),
    )
    yield Step(
        statement=Statement(
            sql=ddl.create_enum(after, change.schema, context.namer),
            comment=f"create enum type {quoted(after.name)}",
            changes=(change,),
        ),
        rank=(TYPE, 0, 1, 0),
        makes=frozenset({resource}),
        needs=frozenset({moved}),
    )
    yield Step(
        statement=Statement(
            sql=f"DROP TYPE {context.namer(change.schema, old)}",
            comment=f"drop enum type {quoted(old)} that was set aside",
            changes=(change,),
        ),
        rank=(DROP_TYPE, 0, 0, 0),
        needs=frozenset({moved}),
        removes=frozenset({("old type", change.schema, after.name)}),
    )


def aside(name: str) -> str:
    """What an enum is called while its columns move to the new one."""
    return name.encode()[: NAME_LIMIT - 5].decode(errors="ignore") + "__old"


def _values(enum: object) -> tuple[str, ...]:
    return enum.values if isinstance(enum, Enum) else ()
