"""What follows from the changes: parts that must be made anew because of what they stand on.

1. A serial type is notation. Where a column becomes serial or stops being it, its sequence is a change of
   its own (see `serials`).
2. A type that cannot change where it is is rebuilt (see `rebuilt`): every column of it changes its type.
3. A generated column is made anew when it changes, or when the type of a column changes that it is made
   from. Nothing is lost: its values are derived.
4. What uses a column that is made anew is made anew: keys, indexes, checks. So are checks and indexes with
   expressions over a column whose type is rebuilt: they hold values of the old one.
   An index that is attached to one of a partitioned table goes and comes with that (see `attached`).
5. Whatever depends on something that is made anew, or on a column whose type changes where the server does
   not follow by itself, is made anew (see `closure`).
6. A foreign key is made anew when the key it refers to is, or when a column on either side changes to
   another family of types, or to a type that does not go with what the other side has by then. It is dropped
   before, and made after everything else. One that goes is dropped before, too, where the columns that it
   refers to change so (see `foreign_keys`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from backstay.dialects.postgres.plan.attachments import Indexed
from backstay.dialects.postgres.plan.consequences import attached, foreign_keys, serials
from backstay.dialects.postgres.plan.consequences.changing import ChangingTable
from backstay.dialects.postgres.plan.consequences.closure import Closure, closure, words
from backstay.dialects.postgres.plan.consequences.rebuilt import (
    columns_over,
    require_same_kinds,
    under_columns,
)
from backstay.dialects.postgres.plan.context import Context, TableName, TableStates
from backstay.dialects.postgres.plan.graph import OF_TABLE
from backstay.dialects.postgres.plan.steps import Resource
from backstay.dialects.postgres.plan.tables import parts as of
from backstay.errors import PlanError
from backstay.schema.changes import Change
from backstay.schema.kinds import BY_NAME, address
from backstay.schema.model import Address, Model, Realm, Table


class Expanded(msgspec.Struct, frozen=True):
    """All changes, those included that follow from others; and what planners must know beside them."""

    changes: tuple[Change, ...]
    context: Context


def expand(changes: Sequence[Change], context: Context, realm: Realm) -> Expanded:
    """Add the changes that follow. `realm` is the state before, for what did not change itself."""
    states = _states(changes, realm)
    require_same_kinds(states, context)
    found = closure(changes, context.before, context)
    retyped = columns_over(found, states, context)
    rebuilt = under_columns(found, retyped, states, context)
    context = replace(
        context,
        tables=states,
        rebuilt=rebuilt,
        retyped=retyped,
        remade=found.objects | found.parts | found.columns | (found.types - rebuilt),
    )
    work = {
        TableName(change.schema, change.name): ChangingTable(change, context)
        for change in changes
        if change.key == "modify_table"
    }
    for name, state in states.items():
        if name not in work and state.before is not None and state.after is not None:
            work[name] = ChangingTable(_unchanged(name, state.after), context)
    explicit = [change for change in changes if change.kind == "sequence"]
    sequences = [
        change for table in work.values() for change in serials.implied_sequences(table, explicit, context)
    ]
    for table in work.values():
        table.retype()
    detached = _remake_parts(work, found, context)
    for table in work.values():
        detached |= {*table.retyped_defaults(), *table.retyped_constraints()}
    for table in work.values():
        table.regenerate()
        table.remake_dependents()
    desired = {name: state.after for name, state in states.items() if state.after is not None}
    attachments = attached.remake(work, desired)
    detached |= foreign_keys.remake(work, context)
    modified = [table.change() for table in work.values() if table.is_changed]
    others = [change for change in changes if change.key != "modify_table" and change.kind != "sequence"]
    others += _forced_objects(changes, found, context)
    return Expanded(
        changes=(*others, *serials.merged(explicit, sequences), *modified),
        context=replace(context, detached=context.detached | detached, attachments=attachments),
    )


def _states(changes: Sequence[Change], realm: Realm) -> Mapping[TableName, TableStates]:
    states = {
        TableName(schema.name, table.name): TableStates(table, table)
        for schema in realm.schemas
        for table in schema.tables
    }
    for change in changes:
        if change.kind == "table":
            states[TableName(change.schema, change.name)] = TableStates(change.before, change.after)  # type: ignore[arg-type]
    dropped = {change.schema for change in changes if change.key == "drop_schema"}
    return {
        name: TableStates(state.before, None) if name.schema in dropped else state
        for name, state in states.items()
    }


def _unchanged(name: TableName, table: Table) -> Change:
    return Change(
        action="modify", kind="table", schema=name.schema, name=name.name, before=table, after=table
    )


def _remake_parts(
    work: Mapping[TableName, ChangingTable], found: Closure, context: Context
) -> frozenset[Resource]:
    """Parts of tables that stand on something that goes for a time: they are detached."""
    detached: set[Resource] = set()
    for own in (*found.parts, *found.columns):
        table = work.get(TableName(own.schema, own.name))
        part = table.part(own) if table else None
        if table is None or part is None:
            continue
        if own.kind == "default":
            table.parts.setdefault(("column", own.child), of.forced("column", table.table, part[1]))
        else:
            table.touch(*part)
        needs = set(context.before.needs(own)) - context.rebuilt  # those wait for the whole table
        if any(need[1:3] != own[1:3] or need.kind not in OF_TABLE for need in needs):
            _refuse_partitioned(own, table, part[1])
            detached.add(own)
    columns = [own for own in found.columns if own in detached]
    return frozenset(detached.union(*(_standing_on(own, work) for own in columns)))


def _refuse_partitioned(own: Address, table: ChangingTable, item: Model) -> None:
    """Raise `PlanError` for a key of partitions, which come and go with that of their parent."""
    is_shared = table.after.partitioning is not None or getattr(item, "partition_of", None) is not None
    if own.kind == "constraint" and isinstance(item, Indexed) and is_shared:
        raise PlanError(
            f"{words(own)} is of partitions, and what it stands on has to be made anew",
            hint="drop the constraint in a plan of its own, and add it again in another one",
        )


def _standing_on(column: Address, work: Mapping[TableName, ChangingTable]) -> Iterator[Resource]:
    """The constraints over a detached column: they go before it and come back, or come, after it."""
    table = work[TableName(column.schema, column.name)]
    for kind, before, after in table.keys_and_checks():
        if not any(of.uses_column(item, column.child) for item in (before, after)):
            continue
        if before is not None and after is not None:
            table.touch(kind, after)
        if (item := after or before) is not None:
            yield Address("constraint", table.schema, table.name, of.constraint_name(table.name, item))
    for kind, item in table.shared_parts():
        if kind == "index" and of.uses_column(item, column.child):
            table.touch(kind, item)


def _forced_objects(changes: Sequence[Change], found: Closure, context: Context) -> Iterator[Change]:
    """Changes of objects that are made anew and that do not change themselves; types that are rebuilt."""
    changed = {
        address(change.kind, change.schema, item)
        for change in changes
        if change.kind in BY_NAME and (item := change.after or change.before) is not None
    }
    for own in sorted((found.objects | found.types) - changed):
        before = context.before.objects[own]
        after = context.after.objects.get(own, before)
        yield Change(
            action="modify",
            kind=before.kind,  # type: ignore[arg-type]
            schema=before.schema,
            table=getattr(before.item, "table", "") if BY_NAME[before.kind].of_table else "",
            name=before.item.identifier,
            before=before.item,
            after=after.item,
        )
