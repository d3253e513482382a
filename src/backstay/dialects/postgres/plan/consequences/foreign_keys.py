"""Foreign keys that are dropped before, and made after, what they refer to changes."""

from __future__ import annotations

from collections.abc import Mapping

from backstay.dialects.postgres.plan.consequences.changing import ChangingTable
from backstay.dialects.postgres.plan.context import Context, TableName, constraint_resource
from backstay.dialects.postgres.plan.steps import Resource
from backstay.dialects.postgres.plan.tables.casts import can_refer
from backstay.schema.model import ForeignKey


def remake(work: Mapping[TableName, ChangingTable], context: Context) -> frozenset[Resource]:
    """Foreign keys that cannot stand while their keys or columns change; they are detached."""
    lost = {name: keys for name, table in work.items() if (keys := table.lost_keys())}
    strange = {name: columns for name, table in work.items() if (columns := table.strangers())}
    retyped = {
        name for name, table in work.items() if any(old.type != new.type for old, new in table.stays())
    }
    detached: set[Resource] = set()
    if not lost and not strange and not retyped:
        return frozenset()

    def loses_columns(name: TableName, key: ForeignKey) -> bool:
        return not strange.get(_target(name, key), set()).isdisjoint(key.ref_columns)

    def cannot_stand(name: TableName, key: ForeignKey) -> bool:
        return (
            frozenset(key.ref_columns) in lost.get(_target(name, key), ())
            or loses_columns(name, key)
            or not strange.get(name, set()).isdisjoint(key.columns)
        )

    def is_parted(name: TableName, key: ForeignKey, *, stays: bool) -> bool:
        return not retyped.isdisjoint({name, _target(name, key)}) and _is_parted(name, key, stays, context)

    for name, state in context.tables.items():
        kept = {key.name: key for key in state.after.foreign_keys} if state.after else {}
        for old in state.before.foreign_keys if state.before else ():
            new = kept.get(old.name)
            parted = is_parted(name, old, stays=new is not None)
            if new is None and (loses_columns(name, old) or parted):
                detached.add(constraint_resource(*name, old.name))
            elif new is not None and (cannot_stand(name, old) or cannot_stand(name, new) or parted):
                work[name].touch("foreign_key", new)
                detached.add(constraint_resource(*name, old.name))
    return frozenset(detached)


def _is_parted(name: TableName, key: ForeignKey, stays: bool, context: Context) -> bool:
    """Do the types of both sides not go together while only one of them has changed?"""
    had, has, target = context.had, context.has, _target(name, key)
    for own, other in zip(key.columns, key.ref_columns, strict=True):
        sides = ((name, own), (target, other))
        found = [state.columns(table).get(column) for state in (had, has) for table, column in sides]
        if None in found:
            continue
        old, old_target, new, new_target = (column.type for column in found if column is not None)
        stand = {(old, old_target), (new, new_target)} if stays else {(old, old_target)}
        if not all(can_refer(*types) for types in {(new, old_target), (old, new_target)} - stand):
            return True
    return False


def _target(name: TableName, key: ForeignKey) -> TableName:
    return TableName(key.ref_schema or name.schema, key.ref_table)
