"""Foreign keys that are dropped before, and made after, what they refer to changes."""

from __future__ import annotations

from collections.abc import Mapping

from backstay.dialects.postgres.plan.consequences.changing import ChangingTable
from backstay.dialects.postgres.plan.context import Context, TableName, constraint_resource
from backstay.dialects.postgres.plan.steps import Resource
from backstay.schema.model import ForeignKey


def remake(work: Mapping[TableName, ChangingTable], context: Context) -> frozenset[Resource]:
    """Foreign keys that cannot stand while their keys or columns change; they are detached."""
    lost = {name: keys for name, table in work.items() if (keys := table.lost_keys())}
    strange = {name: columns for name, table in work.items() if (columns := table.strangers())}
    detached: set[Resource] = set()
    if not lost and not strange:
        return frozenset()

    def loses_columns(name: TableName, key: ForeignKey) -> bool:
        return not strange.get(_target(name, key), set()).isdisjoint(key.ref_columns)

    def cannot_stand(name: TableName, key: ForeignKey) -> bool:
        return (
            frozenset(key.ref_columns) in lost.get(_target(name, key), ())
            or loses_columns(name, key)
            or not strange.get(name, set()).isdisjoint(key.columns)
        )

    for name, state in context.tables.items():
        kept = {key.name: key for key in state.after.foreign_keys} if state.after else {}
        for old in state.before.foreign_keys if state.before else ():
            new = kept.get(old.name)
            if new is None and loses_columns(name, old):
                detached.add(constraint_resource(*name, old.name))
            elif new is not None and (cannot_stand(name, old) or cannot_stand(name, new)):
                work[name].touch("foreign_key", new)
                detached.add(constraint_resource(*name, old.name))
    return frozenset(detached)


def _target(name: TableName, key: ForeignKey) -> TableName:
    return TableName(key.ref_schema or name.schema, key.ref_table)
