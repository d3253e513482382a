"""Schemas: created first, dropped last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from backstay.dialects.dialect import Hazard, Statement
from backstay.dialects.postgres.locks import EXCLUSIVE
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.context import ADD_SCHEMA, DROP_SCHEMA, Context, comment_on, quoted
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables import uses
from backstay.errors import PlanError
from backstay.schema.changes import Change
from backstay.schema.diff import diff
from backstay.schema.model import Realm, Schema


def steps(change: Change, context: Context) -> Iterator[Step]:
    """The steps of one change of a schema. Raises `PlanError` in schema scope, which has no such."""
    if not context.options.qualify and change.action != "modify":
        raise PlanError(
            f'schema "{change.name}" cannot be created or dropped by a plan that is bound to one schema',
            hint="use URLs without search_path",
        )
    resource = frozenset({("schema", change.name)})
    rank = (ADD_SCHEMA, 0, 0, 0)
    if change.action == "drop":
        yield Step(statement=_drop(change, context), rank=(DROP_SCHEMA, 0, 0, 0), removes=resource)
        return
    if change.action == "add":
        yield Step(statement=_create(change), rank=rank, makes=resource)
    comment = change.after.comment if isinstance(change.after, Schema) else ""
    before = change.before.comment if isinstance(change.before, Schema) else ""
    if comment != before:
        words = f"set comment to schema: {quoted(change.name)}"
        statement = comment_on("SCHEMA", quote_name(change.name), comment, before, words, change)
        yield Step(statement=statement, rank=(ADD_SCHEMA, 0, 1, 0), needs=resource)


def _create(change: Change) -> Statement:
    guard = "IF NOT EXISTS " if change.name == "public" else ""
    return Statement(
        sql=f"CREATE SCHEMA {guard}{quote_name(change.name)}",
        comment=f"add new schema named {quoted(change.name)}",
        changes=(change,),
        reverse=(f"DROP SCHEMA {quote_name(change.name)} CASCADE",),
    )


def with_contents(changes: Iterable[Change], context: Context) -> Iterator[Change]:
    """The changes; before a schema is dropped those of its objects, where they cannot just go along with it.

    1. The schema may hold more than is known: only what is known is dropped.
    2. Its objects use those of other schemas: these may have to wait.
    """
    for change in changes:
        before = change.before if change.action == "drop" else None
        if isinstance(before, Schema) and (
            context.options.partial
            or context.before.between_schemas(before.name)
            or any(_used_elsewhere(before, context))
        ):
            yield from diff(Realm(schemas=(before,)), Realm(schemas=(Schema(name=change.name),)))
        yield change


def _used_elsewhere(schema: Schema, context: Context) -> Iterator[Resource]:
    """What the tables of a schema use of other schemas."""
    for table in schema.tables:
        found = [resource for key in table.foreign_keys for resource in uses.of_key(schema.name, key)]
        for column in table.columns:
            found += uses.of_column(schema.name, column, context)
        yield from (resource for resource in found if resource[1] != schema.name)


def _drop(change: Change, context: Context) -> Statement:
    """With all that is in it, or (where it may hold more than is known) only when it is empty."""
    cascade = "" if context.options.partial else " CASCADE"
    return Statement(
        sql=f"DROP SCHEMA {quote_name(change.name)}{cascade}",
        comment=f"drop schema named {quoted(change.name)}",
        changes=(change,),
        hazards=(Hazard("DS101", f'Dropping schema "{change.name}"'),),
        lock=EXCLUSIVE,
    )
