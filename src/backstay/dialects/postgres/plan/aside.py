"""Types and collations that are made anew under the columns that have them, and functions of such types.

The old one is set aside under another name, the new one is made, the columns move, the old one is dropped
(ALTER TYPE and ALTER COLLATION … RENAME). What stands on it beside columns is made anew meanwhile, as for any
object that goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from msgspec.structs import replace

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.objects import PLANNERS
from backstay.dialects.postgres.objects.planner import Place
from backstay.dialects.postgres.plan import fields
from backstay.dialects.postgres.plan.context import DROP_TYPE, TYPE, Context, old, quoted
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.schema.changes import Change
from backstay.schema.kinds import OF_SCHEMA, address
from backstay.schema.model import Address, Domain, Model
from backstay.schema.names import NAME_LIMIT

MOVING = frozenset({"table", *(kind.name for kind in OF_SCHEMA if kind.family == "type")})
"""Kinds of what can let go of a type that is set aside."""


def without_old(step: Step, context: Context) -> Step:
    """The step among those of types that are set aside: what tables and types stop using is the old one.

    Other objects go before: routines and operators are named with their types.
    """
    if context.rebuilt.isdisjoint(step.leaves) or step.statement.changes[0].kind not in MOVING:
        return step
    return replace(step, leaves=_aside(step.leaves, context))


def _aside(leaves: Iterable[Resource], context: Context) -> frozenset[Resource]:
    return frozenset(old(found) if found in context.rebuilt else found for found in leaves)


def steps(change: Change, made: Iterable[Step], context: Context) -> Iterator[Step]:
    """The steps of one of these types; `made` are those that make the new one."""
    planner, before = PLANNERS[change.kind], change.before
    assert before is not None
    assert planner.aside is not None
    place = Place(change.schema, context.namer, context.options)
    own = address(change.kind, change.schema, before)
    plain = _name(before)
    name = aside_name(plain)
    needs = frozenset(context.before.needs(own))
    freed = needs if isinstance(before, Domain) else frozenset()
    freed = frozenset(on for on in freed if on.kind not in {"type", "collation"})
    aside: Resource = ("aside", *own)
    first = _set_aside_before(own, context)
    for number, sql in enumerate(planner.aside(before, name, place)):
        yield Step(
            statement=_statement(sql, f"set {planner.noun} {quoted(plain)} aside", change),
            rank=(TYPE, 0, 0, number),
            makes=frozenset({aside} if number == 0 else {("alone", *own)}),
            needs=frozenset({aside}) if number else first,
            leaves=freed,
            removes=frozenset({own} if number == 0 else ()),
        )
    for step in made:
        statement, makes = replace(step.statement, reverse=()), step.makes
        if own in makes:
            makes |= {("new", *own)}
        yield replace(step, statement=statement, makes=makes, needs=step.needs | {aside, ("alone", *own)})
    yield from fields.steps(change, name, context)
    yield _dropped(change, own, _aside(needs - freed, context), context)


def _dropped(change: Change, own: Address, leaves: frozenset[Resource], context: Context) -> Step:
    """The drop of the type that was set aside; its hazards are what the new one cannot hold."""
    planner, before = PLANNERS[change.kind], cast(Any, change.before)
    name = aside_name(_name(before))
    place = Place(change.schema, context.namer, context.options)
    target = planner.target(replace(before, name=name), place)
    statement = _statement(
        f"DROP {planner.keyword} {target}", f"drop {planner.noun} {quoted(name)} that was set aside", change
    )
    return Step(
        statement=replace(statement, hazards=tuple(fields.dangers(change, context))),
        rank=(DROP_TYPE, 0, 0, 0),
        needs=frozenset({own, fields.dropped(own)}),
        leaves=leaves,
        removes=frozenset({old(own)}),
    )


def _set_aside_before(own: Address, context: Context) -> frozenset[Resource]:
    """What is done when the types over this one are aside: the functions of a range name its subtype."""
    over = context.rebuilt.intersection(context.before.dependents(own))
    return frozenset((done, *type_) for type_ in over for done in ("aside", "alone"))


def _name(item: Model) -> str:
    """The name alone, without the arguments of a function."""
    return str(getattr(item, "name", ""))


def aside_name(name: str) -> str:
    """What something is called while its columns move to the new one of its name."""
    return name.encode()[: NAME_LIMIT - 5].decode(errors="ignore") + "__old"


def _statement(sql: str, comment: str, change: Change) -> Statement:
    return Statement(sql=sql, comment=comment, changes=(change,))
