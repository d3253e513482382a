"""Unique and primary keys of tables that hold rows, made of an index that is built first (ALTER TABLE).

A key that takes another's place does so in one statement: there is one of both at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from msgspec.structs import replace

from backstay.dialects.postgres import ddl
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.context import APART, Context, TableName, temporary
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables import indexes, uses
from backstay.dialects.postgres.plan.tables.clause import Clause, alter_table
from backstay.dialects.postgres.plan.tables.parts import comes, constraint_name, goes, part_addresses
from backstay.schema.changes import Change
from backstay.schema.model import Address, ForeignKey, Index, IndexPart, Model, PrimaryKey, Table

BUILD, BUILT = 0, 3
"""Places of the steps of a table that follow its ALTER TABLE: indexes are built, then all else."""
USE = BUILT + 3

Key = PrimaryKey | Index


class Plan(msgspec.Struct, frozen=True):
    """A key that is made by itself: the clause that adds it, and those that take away what it replaces."""

    key: Key
    part: Change
    add: Clause
    drops: tuple[Clause, ...] = ()


def mark(table: TableName, part: Change, place: int) -> Resource:
    """What is done when a part has come so far online."""
    return ("online", *table, part.kind, part.name, str(place))


def apart(
    step: Step, name: TableName, table: Table, altered: Resource, context: Context
) -> tuple[Step, list[Step]]:
    """The step without the keys that can be made by themselves, and the steps that make them."""
    added = [clause for clause in step.clauses if clause.part is not None and comes(clause.part)]
    refers_to_itself = any(
        isinstance(key, ForeignKey) and (key.ref_schema or name.schema, key.ref_table) == name
        for clause in added
        if clause.part is not None and (key := clause.part.after)
    )
    if table.partitioning is not None or refers_to_itself:
        return step, []
    found = [plan for clause in added if (plan := _plan(clause, step, name, context))]
    late: list[Step] = []
    for plan in found:
        taken = [plan.add, *plan.drops]
        step = replace(
            step,
            clauses=tuple(clause for clause in step.clauses if clause not in taken),
            makes=step.makes - _resources(name, plan.key),
            removes=step.removes - _replaced(name, plan),
        )
        late += _steps(plan, name, altered, step.statement.changes[0], context)
    return step, late


def _plan(clause: Clause, step: Step, name: TableName, context: Context) -> Plan | None:
    """How to make the key by itself; nothing for what is no key, or has to be made with all else."""
    part = clause.part
    if part is None or not isinstance(part.after, Key) or part.after.without_overlaps:
        return None
    if part.after.partition_of is not None or part.before == part.after:
        return None
    if not isinstance(part.before, Key) or getattr(part.before, "constraint", True) is False:
        return Plan(part.after, part, clause)
    texts = [f"DROP CONSTRAINT {quote_name(constraint_name(name.name, part.before))}"]
    # A column of a primary key takes NULL only when the key is gone.
    texts += [f"ALTER COLUMN {quote_name(column)} DROP NOT NULL" for column in _columns(part.before)]
    drops = tuple(other for other in step.clauses if other.text in texts)
    lost = {
        other.name for other in step.statement.changes[0].changes if other.kind == "column" and goes(other)
    }
    own = {*part_addresses(*name, part.before)}
    if (
        not drops
        or drops[0].text != texts[0]
        or not lost.isdisjoint(_columns(part.before))
        or own & context.remade
    ):
        return None
    return Plan(part.after, part, clause, drops)


def _columns(key: Key) -> Collection[str]:
    columns = key.columns if isinstance(key, PrimaryKey) else (part.column for part in key.parts)
    return (*columns, *key.include)


def _index(key: Key, name: str) -> Index:
    """The index that the key is made of."""
    parts = tuple(IndexPart(column=c) for c in key.columns) if isinstance(key, PrimaryKey) else key.parts
    return Index(
        name=name,
        parts=parts,
        unique=True,
        include=key.include,
        nulls_distinct=getattr(key, "nulls_distinct", True),
        storage=key.storage,
        tablespace=key.tablespace,
    )


def _steps(
    plan: Plan, table: TableName, altered: Resource, change: Change, context: Context
) -> Sequence[Step]:
    name = constraint_name(table.name, plan.key)
    index = _index(plan.key, temporary("key", *table, name) if plan.drops else name)
    built, done = mark(table, plan.part, BUILD), frozenset({altered, ("altered", *table)})
    build = indexes.built(table, index, plan.part, context, plan.add.hazards, plan.add.probes)
    use = Clause(f"ADD {ddl.using_index(plan.key, name, index.name)}", plan.add.reverse, part=plan.part)
    without_null = {
        mark(table, part, place)
        for part in change.changes
        if part.kind == "column" and part.name in _columns(plan.key)
        for place in range(3)
    }
    return (
        Step(
            statement=build,
            rank=context.rank(APART, table, BUILD),
            needs=done | frozenset(context.after.needs(Address("constraint", *table, name))),
            makes=frozenset({built, ("name", table.schema, index.name)}),
        ),
        Step(
            statement=alter_table(table, [*plan.drops, use], change, context),
            rank=context.rank(APART, table, USE),
            needs=done | without_null | {built},
            makes=(_resources(table, plan.key) - {("name", table.schema, index.name)})
            | {("indexed", *table)},
            removes=_replaced(table, plan),
        ),
    )


def _resources(table: TableName, key: Model) -> frozenset[Resource]:
    return frozenset({*part_addresses(*table, key), *uses.made_by_part(*table, key)})


def _replaced(table: TableName, plan: Plan) -> frozenset[Resource]:
    """What the key takes the place of."""
    return _resources(table, plan.part.before) if plan.drops and plan.part.before else frozenset()
