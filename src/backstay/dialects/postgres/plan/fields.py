"""Rows of a composite type that is set aside become rows of the new one, field by field.

A cast between the two is there while columns move: the server takes it for arrays, domains and fields, too
(CREATE CAST; PostgreSQL documentation, 8.16). Values of other types are read from their texts.
"""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects import hazards
from backstay.dialects.dialect import Hazard, Statement
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.context import DROP_TYPE, TYPE, Context, old, temporary
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables.casts import is_row
from backstay.schema.changes import Change
from backstay.schema.model import Address, Composite, Enum, Field, Model


def steps(change: Change, aside: str, context: Context) -> Iterator[Step]:
    """The steps that make the cast from the type that is now called `aside`, and drop it before that.

    With the cast, the type is there for all that needs it.
    """
    before, after = change.before, change.after
    if not isinstance(before, Composite) or not isinstance(after, Composite):
        return
    own = Address("type", change.schema, after.name)
    name = temporary(*own)
    source, target, function = (context.namer(change.schema, item) for item in (aside, after.name, name))
    cast = f"CAST ({source} AS {target})"
    made, dropped = ("converted", *own), ("unconverted", *own)
    created = (
        f"CREATE FUNCTION {function}({source}) RETURNS {target} LANGUAGE sql STRICT "
        f"RETURN {_row(before, after, change.schema, context)}",
        f"CREATE {cast} WITH FUNCTION {function}({source})",
    )
    needs = frozenset({("new", *own), *context.after.needs(own)})
    makes = frozenset({made}), frozenset({own})
    for number, sql in enumerate(created):
        yield Step(
            statement=_statement(sql, f"lead from {quote_name(aside)} to {quote_name(after.name)}", change),
            rank=(TYPE, 0, 1, number),
            makes=makes[number],
            needs=needs | {made} if number else needs,
        )
    inner = frozenset(old(on) for on in context.before.needs(own) if is_row(on, context))
    for number, sql in enumerate((f"DROP {cast}", f"DROP FUNCTION {function}({source})")):
        yield Step(
            statement=_statement(sql, f"stop leading to {quote_name(after.name)}", change),
            rank=(DROP_TYPE, 0, 0, number),
            makes=frozenset({dropped if number else ("uncast", *own)}),
            needs=frozenset({("uncast", *own)} if number else {own}),
            leaves=inner,
            removes=frozenset({old(own)}),
        )


def dropped(own: Address) -> Resource:
    """What is done when the cast is gone."""
    return ("unconverted", *own)


def lost(before: Model, after: Model | None) -> tuple[Hazard, ...]:
    """The fields, or values, that the new type does not have."""
    if isinstance(before, Enum) and isinstance(after, Enum):
        values = (value for value in before.values if value not in after.values)
        removing = (f'Removing value "{value}" of enum type "{after.name}"' for value in values)
        return tuple(Hazard("BS103", f"{text} might fail in case rows have it") for text in removing)
    if not isinstance(before, Composite) or not isinstance(after, Composite):
        return ()
    kept = {field.name for field in after.fields}
    gone = (field.name for field in before.fields if field.name not in kept)
    return tuple(hazard for name in gone for hazard in hazards.of_dropped_field(after.name, name))


def _row(before: Composite, after: Composite, schema: str, context: Context) -> str:
    """The new row as SQL, of the old one that is the argument of a function."""
    there = {field.name: field for field in before.fields}
    values = (_value(there.get(field.name), field, schema, context) for field in after.fields)
    return f"ROW({', '.join(values)})::{context.namer(schema, after.name)}"


def _value(was: Field | None, new: Field, schema: str, context: Context) -> str:
    """A field of the new row; one that is new is NULL."""
    if was is None:
        return "NULL"
    value, type_ = f"($1).{quote_name(new.name)}", context.type_of(schema, new.type)
    if was.type == new.type and type_ not in context.rebuilt:
        return value
    is_read = new.type != "text" and not is_row(type_, context)
    return f"{value}{'::text' if is_read else ''}::{new.type}"


def _statement(sql: str, comment: str, change: Change) -> Statement:
    return Statement(sql=sql, comment=comment, changes=(change,))
