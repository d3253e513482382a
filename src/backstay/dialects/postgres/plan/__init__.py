"""Changes -> planned statements, in an order that works.

graph, steps      what depends on what; what a statement makes, needs and removes; the order that follows
consequences      what follows from the changes
schemas …         changes -> steps: `tables`, `sequences`, and `objects` for all kinds that have a `Planner`
online            steps -> steps that leave tables usable
renames           what is asked for by `renamed_from`, before everything else
moving            tables that are made anew, to which the rows of the old ones move
permissions       owners and privileges; `restored` those of what is made anew
versions          what a server is too old for
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from backstay.dialects.dialect import Statement, StatementOptions
from backstay.dialects.postgres.ddl import Namer
from backstay.dialects.postgres.lineage import parents
from backstay.dialects.postgres.names import quote_text
from backstay.dialects.postgres.objects import PLANNERS
from backstay.dialects.postgres.plan import (
    aside,
    objects,
    online,
    permissions,
    renames,
    schemas,
    sequences,
    versions,
)
from backstay.dialects.postgres.plan.consequences import Expanded, expand, inheritance
from backstay.dialects.postgres.plan.consequences.unordered import late_parts
from backstay.dialects.postgres.plan.context import Context, TableName, constraint_resource
from backstay.dialects.postgres.plan.graph import Graph
from backstay.dialects.postgres.plan.moving import moving, rows
from backstay.dialects.postgres.plan.steps import Cycle, Resource, Step, dependencies_first, ordered
from backstay.dialects.postgres.plan.tables import alter, create, drop
from backstay.errors import PlanError
from backstay.schema.changes import Change
from backstay.schema.model import Table


def plan(changes: Sequence[Change], options: StatementOptions) -> tuple[Statement, ...]:
    """The statements that make these changes.

    Foreign keys, checks and defaults are part of their tables' statements, except those that would close a
    circle: these are found as circles of steps, and detached. Renames come first; the other changes, and
    both states of the options, speak of the new names. Raises `PlanError` where there is no way.
    """
    renamed = [change for change in changes if change.action == "rename"]
    if renamed:
        others = [change for change in changes if change.action != "rename"]
        return (*renames.statements(renamed, Namer(options.qualify)), *plan(others, options))
    changes, context = _begun(changes, options)
    if context.major:
        versions.require(changes, context.major)
    moved = moving(changes, context)
    if moved is None:
        return _planned(changes, context)
    changes, context = _begun(moved.changes, replace(options, realm=moved.realm))
    context = replace(
        context,
        moves=moved.moves,
        emptied=moved.emptied,
        detached=context.detached | moved.detached,
    )
    found = _planned(changes, context)
    told = (replace(statement, changes=moved.told(statement.changes)) for statement in found)
    return moved.around(told, context.namer)


def _begun(changes: Sequence[Change], options: StatementOptions) -> tuple[tuple[Change, ...], Context]:
    """The changes with all they are about, and what is known of both states."""
    context = Context(
        options=options,
        namer=Namer(options.qualify),
        before=Graph(options.realm),
        after=Graph(options.desired),
        detached=late_parts(options.desired),
    )
    changes = tuple(schemas.with_contents(changes, context))
    had, has = inheritance.lineages(changes, options.realm, options.desired, context.namer)
    return changes, replace(context, had=had, has=has)


def _planned(changes: Sequence[Change], context: Context) -> tuple[Statement, ...]:
    settled = inheritance.settled(changes, context.had, context.has)
    context = replace(context, replacing=settled.replacing)
    expanded = expand(settled.changes, context, context.options.realm)
    context = expanded.context
    while True:
        context = replace(context, order=_order(expanded.changes, context))
        try:
            steps = [aside.without_old(step, context) for step in _steps(expanded, context)]
            found = ordered(tuple(online.rewritten(steps, context)))
        except Cycle as cycle:
            context = replace(context, detached=context.detached | _keys_of(cycle, context))
        else:
            return tuple(_without_transaction(found))


def _keys_of(cycle: Cycle, context: Context) -> frozenset[Resource]:
    """What to detach: a constraint or a default; where there is none, the query of a view."""
    found = frozenset(key for step in cycle.steps for key in step.keys) - context.detached
    keys = frozenset(key for key in found if key[0] != "query") or found
    if not keys:
        statements = "; ".join(step.statement.comment for step in cycle.steps)
        raise PlanError(
            f"these changes wait for each other: {statements}",
            hint="make the change in two steps, each with a plan of its own",
        )
    return keys


def _steps(expanded: Expanded, context: Context) -> Iterator[Step]:
    for change in expanded.changes:
        match change.kind, change.action:
            case "schema", _:
                yield from schemas.steps(change, context)
            case "sequence", _:
                yield from sequences.steps(change, context)
            case "table", "add":
                yield from create.steps(change, context)
                if TableName(change.schema, change.name) in context.moves:
                    yield from rows.steps(TableName(change.schema, change.name), context)
            case "table", "drop":
                yield from drop.steps(change, context)
            case "table", "modify":
                yield from alter.steps(change, context)
            case kind, _ if kind in PLANNERS:
                yield from objects.steps(change, context)
            case kind, _ if kind in permissions.KINDS:
                continue
            case _:
                raise PlanError(f"{change.key} is not a change that PostgreSQL plans", hint="plan without it")
    yield from permissions.steps(expanded.changes, context)


def _order(changes: Sequence[Change], context: Context) -> dict[TableName, int]:
    """The tables that come or go, each behind its parents and those it refers to, else by name."""
    states = {TableName(c.schema, c.name): c.after or c.before for c in changes if c.kind == "table"}
    dependencies = {
        name: sorted(
            TableName(key.ref_schema or name.schema, key.ref_table)
            for key in table.foreign_keys
            if constraint_resource(*name, key.name) not in context.detached
        )
        + list(parents(table, name.schema))
        for name, table in states.items()
        if isinstance(table, Table)
    }
    names = dependencies_first(sorted(states), dependencies)
    return {name: place for place, name in enumerate(names)}


def _without_transaction(steps: Sequence[Step]) -> Iterator[Statement]:
    """The statements; a value that they add to an enum, and use, needs its transaction to be over."""
    added = [[quote_text(made[-1]) for made in step.makes if made[0] == "value"] for step in steps]
    texts = [step.statement.sql for step, values in zip(steps, added, strict=True) if not values]
    for step, values in zip(steps, added, strict=True):
        used = any(value in text for value in values for text in texts)
        yield replace(step.statement, transactional=False) if used else step.statement
