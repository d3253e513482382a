"""Types and collations that are made anew under the columns that have them.

The old one is set aside under another name, the new one is made, the columns move, the old one is dropped
(ALTER TYPE and ALTER COLLATION … RENAME). What stands on it beside columns is made anew meanwhile, as for any
object that goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.names import NAME_LIMIT
from backstay.dialects.postgres.objects import PLANNERS
from backstay.dialects.postgres.objects.planner import Place
from backstay.dialects.postgres.plan.consequences.closure import Closure
from backstay.dialects.postgres.plan.context import DROP_TYPE, TYPE, Context, TableName, TableStates, quoted
from backstay.dialects.postgres.plan.graph import Graph
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.schema.changes import Change
from backstay.schema.kinds import OF_SCHEMA, address
from backstay.schema.model import Address, Column, Table

MOVING = frozenset({"table", *(kind.name for kind in OF_SCHEMA if kind.family == "type")})
"""Kinds of what can let go of a type that is set aside."""


def columns_over(
    found: Closure, tables: Mapping[TableName, TableStates], context: Context
) -> frozenset[Address]:
    """The columns that keep one of the types, by their dependencies or by name."""
    kept = {
        Address("column", *name, column.name): context.type_of(name.schema, column.type)
        for name, (before, after) in tables.items()
        if found.types and before is not None and after is not None
        for column, same in _pairs(before, after)
        if (column.type, column.collation) == (same.type, same.collation)
    }
    return frozenset(own for own, type_ in kept.items() if own in found.retyped or type_ in found.types)


def _pairs(before: Table, after: Table) -> Iterator[tuple[Column, Column]]:
    names = {column.name: column for column in after.columns}
    return ((column, names[column.name]) for column in before.columns if column.name in names)


def under_columns(
    found: Closure, columns: Iterable[Address], tables: Mapping[TableName, TableStates], context: Context
) -> frozenset[Address]:
    """Which of the types have columns, or are part of one that has; the others can go before they come.

    A table that lets go of a type with one column and takes it with another does both at once.
    """
    kept = (on for column in columns for on in _types_of(column, tables, context))
    types = _with_parts(kept, found, context.before)
    for name, (before, after) in tables.items() if found.types else ():
        if before is not None and after is not None:
            was = _with_parts(_of_table(before, name, context), found, context.before)
            types |= was & _with_parts(_of_table(after, name, context), found, context.after)
    return frozenset(types)


def _of_table(table: Table, name: TableName, context: Context) -> Iterator[Address]:
    for column in table.columns:
        type_ = context.type_of(name.schema, column.type)
        if type_ is not None:
            yield type_


def _with_parts(types: Iterable[Address], found: Closure, state: Graph) -> set[Address]:
    """The types, as far as they are made anew, and those that they are made of."""
    result: set[Address] = set()
    queue = list(types)
    while queue:
        on = queue.pop()
        if on in found.types and on not in result:
            result.add(on)
            queue += state.needs(on)
    return result


def _types_of(
    column: Address, tables: Mapping[TableName, TableStates], context: Context
) -> Iterator[Address]:
    yield from context.before.needs(column)
    state = tables.get(TableName(column.schema, column.name))
    for item in state.before.columns if state is not None and state.before is not None else ():
        type_ = context.type_of(column.schema, item.type) if item.name == column.child else None
        if type_ is not None:
            yield type_


def old(own: Address) -> Resource:
    """What was set aside."""
    return ("old", *own)


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
    name = aside_name(own.name)
    needs = frozenset(context.before.needs(own))
    types = frozenset(on for on in needs if on.kind in {"type", "collation"})
    aside: Resource = ("aside", *own)
    for number, sql in enumerate(planner.aside(before, name, place)):
        yield Step(
            statement=_statement(sql, f"set {planner.noun} {quoted(own.name)} aside", change),
            rank=(TYPE, 0, 0, number),
            makes=frozenset({aside} if number == 0 else {("alone", *own)}),
            needs=frozenset({aside} if number else ()),
            leaves=needs - types,
            removes=frozenset({own} if number == 0 else ()),
        )
    for step in made:
        statement = replace(step.statement, reverse=())
        yield replace(step, statement=statement, needs=step.needs | {aside, ("alone", *own)})
    item: Any = replace(before, name=name)
    yield Step(
        statement=_statement(
            f"DROP {planner.keyword} {planner.target(item, place)}",
            f"drop {planner.noun} {quoted(name)} that was set aside",
            change,
        ),
        rank=(DROP_TYPE, 0, 0, 0),
        needs=frozenset({own}),
        leaves=_aside(types, context),
        removes=frozenset({old(own)}),
    )


def aside_name(name: str) -> str:
    """What something is called while its columns move to the new one of its name."""
    return name.encode()[: NAME_LIMIT - 5].decode(errors="ignore") + "__old"


def _statement(sql: str, comment: str, change: Change) -> Statement:
    return Statement(sql=sql, comment=comment, changes=(change,))
