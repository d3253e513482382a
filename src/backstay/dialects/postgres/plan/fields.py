"""Rows of a composite type that is set aside become rows of the new one, field by field.

A cast between the two is there while columns move: the server takes it for arrays, domains and fields, too
(CREATE CAST; PostgreSQL documentation, 8.16). Fields are converted as columns are (see `tables.casts`): the
query of an SQL function assigns its values, and so refuses what does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects import hazards
from backstay.dialects.dialect import Hazard, Statement
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.context import DROP_TYPE, TYPE, Context, old, temporary
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables import casts, narrowing
from backstay.schema.changes import Change
from backstay.schema.model import Address, Composite, Domain, Enum, Field


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
        f"BEGIN ATOMIC SELECT {_values(before, after, change.schema, context)}; END",
        f"CREATE {cast} WITH FUNCTION {function}({source})",
    )
    called = (casts.used((was.type, new.type), own.schema, context) for was, new in _kept(before, after))
    needs = frozenset({("new", *own), *context.after.needs(own)}.union(*called))
    makes = frozenset({made}), frozenset({own})
    for number, sql in enumerate(created):
        yield Step(
            statement=_statement(sql, f"lead from {quote_name(aside)} to {quote_name(after.name)}", change),
            rank=(TYPE, 0, 1, number),
            makes=makes[number],
            needs=needs | {made} if number else needs,
        )
    inner = frozenset(old(on) for on in context.before.needs(own) if casts.is_row(on, context))
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


def dangers(change: Change, context: Context) -> Iterator[Hazard]:
    """What the type that takes the place of another cannot hold: values, or fields of rows."""
    match change.before, change.after:
        case Enum() as before, Enum() as after:
            for value in before.values:
                if value not in after.values:
                    text = f'Removing value "{value}" of enum type "{after.name}"'
                    yield Hazard("BS103", f"{text} might fail in case rows have it")
        case Domain() as before, Domain() as after:
            yield from _narrowed(f'domain "{after.name}"', (before.type, after.type), change, context)
        case Composite() as before, Composite() as after:
            kept = {was.name: (was.type, new.type) for was, new in _kept(before, after)}
            for field in before.fields:
                what = f'field "{field.name}" of type "{after.name}"'
                if field.name in kept:
                    yield from _narrowed(what, kept[field.name], change, context)
                else:
                    yield from hazards.of_dropped_field(after.name, field.name)


def _narrowed(what: str, types: tuple[str, str], change: Change, context: Context) -> Iterator[Hazard]:
    using = casts.converted("$1", types, change.schema, context)
    return narrowing.of_type(what, *types, using)


def _kept(before: Composite, after: Composite) -> Iterator[tuple[Field, Field]]:
    """The fields of the new row that the old one has, too."""
    there = {field.name: field for field in before.fields}
    return ((there[field.name], field) for field in after.fields if field.name in there)


def _values(before: Composite, after: Composite, schema: str, context: Context) -> str:
    """The fields of the new row as SQL, of the old one that is the argument of a function."""
    there = {new.name: was for was, new in _kept(before, after)}
    return ", ".join(_value(there.get(field.name), field, schema, context) for field in after.fields)


def _value(was: Field | None, new: Field, schema: str, context: Context) -> str:
    """A field of the new row; one that is new is NULL."""
    if was is None:
        return f"NULL::{new.type}"
    value = f"($1).{quote_name(new.name)}"
    if casts.is_row(context.type_of(schema, new.type), context):
        return f"{value}::{new.type}"
    return casts.converted(value, (was.type, new.type), schema, context) or value


def _statement(sql: str, comment: str, change: Change) -> Statement:
    return Statement(sql=sql, comment=comment, changes=(change,))
