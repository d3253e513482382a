"""Indexes of partitions that go and come with those of the partitioned tables they are attached to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from backstay.dialects.postgres.lineage import TableName
from backstay.dialects.postgres.plan.attachments import (
    KINDS,
    Attached,
    Attachments,
    Indexed,
    IndexName,
    by_parent,
    index_name,
    of_table,
    parent_name,
    usual_name,
)
from backstay.dialects.postgres.plan.consequences.changing import ChangingTable
from backstay.dialects.postgres.plan.tables.parts import comes, goes, is_given, uses_column
from backstay.schema.model import Column, Table


def remake(tables: Mapping[TableName, ChangingTable], desired: Mapping[TableName, Table]) -> Attachments:
    """Make the indexes anew that go with those they are attached to; the others are only renamed.

    `tables` are those that stay, `desired` is the state afterwards.
    """
    before = by_parent((name, table.before) for name, table in tables.items())
    for name, table in tables.items():
        _rename(table)
        if table.after.partitioning is not None:
            _remake_storage(table)
            _remake_retyped(name, table, before)
    along = _propagate(tables, before)
    given = {name: tuple(_taken_as_given(table)) for name, table in tables.items()}
    partitioned = [(name, table) for name, table in tables.items() if table.after.partitioning is not None]
    return Attachments(
        before=before,
        after=by_parent(desired.items()),
        along=along,
        adopting=frozenset(
            index_name(name, part.after)
            for name, table in partitioned
            for part in table.parts.values()
            if isinstance(part.after, Indexed) and comes(part) and getattr(part.after, "valid", True)
        ),
        joined=_joined(tables),
        given={name: items for name, items in given.items() if items},
        bare=frozenset(
            IndexName(name.schema, index.name)
            for name, table in desired.items()
            if table.partitioning is not None
            for index in table.indexes
            if not index.valid
        ),
    )


def _propagate(
    tables: Mapping[TableName, ChangingTable], before: Mapping[IndexName, tuple[Attached, ...]]
) -> frozenset[IndexName]:
    """What goes takes along what is attached to it, and what that is attached to; answers with the former.

    Tables that stop being partitions keep their indexes.
    """
    tied = {
        found.name: (parent, found)
        for parent, attached in before.items()
        for found in attached
        if tables[found.table].before.partition_of == tables[found.table].after.partition_of
    }
    owners = {
        index_name(name, item): Attached(name, item)
        for name, table in tables.items()
        for item in of_table(table.before)
    }
    waiting = [
        index_name(name, part.before)
        for name, table in tables.items()
        for part in table.parts.values()
        if isinstance(part.before, Indexed) and goes(part)
    ]
    gone: set[IndexName] = set()
    while waiting:
        name = waiting.pop()
        if name in gone:
            continue
        gone.add(name)
        above = [owners[tied[name][0]]] if name in tied and tied[name][0] in owners else []
        below = [found for found in before.get(name, ()) if found.name in tied]
        for found in (*above, *below):
            _remake(tables[found.table], found.item)
            waiting.append(found.name)
    return frozenset(gone & tied.keys())


def _taken_as_given(table: ChangingTable) -> Iterator[Indexed]:
    """The keys that come without the table's doing: what was there in their place only goes."""
    for key, part in list(table.parts.items()):
        if not isinstance(part.after, Indexed) or not is_given(part.after) or not comes(part):
            continue
        yield part.after
        if part.before is None:
            del table.parts[key]
        else:
            table.parts[key] = replace(part, action="drop", after=None, remade=False)


def _joined(tables: Mapping[TableName, ChangingTable]) -> Mapping[IndexName, tuple[Attached, ...]]:
    """What was there by itself, under its name afterwards, by what takes it in."""
    found: defaultdict[IndexName, list[Attached]] = defaultdict(list)
    for name, table in tables.items():
        for part in table.parts.values():
            before, after = part.before, part.after
            if comes(part) or not isinstance(before, Indexed) or not isinstance(after, Indexed):
                continue
            parent = parent_name(name, after)
            is_tied = table.before.partition_of == table.after.partition_of
            if before.partition_of is None and parent is not None and is_tied:
                found[parent].append(Attached(name, replace(before, name=after.name)))
    return {parent: tuple(items) for parent, items in found.items()}


def _rename(table: ChangingTable) -> None:
    """An index of a partition that only changes its name cannot go without the one it is attached to."""
    gone = {
        part.before.partition_of: part
        for part in table.parts.values()
        if part.action == "drop" and isinstance(part.before, Indexed) and part.before.partition_of
    }
    for key, part in list(table.parts.items()):
        if part.action == "add" and isinstance(part.after, Indexed) and part.after.partition_of in gone:
            old = gone[part.after.partition_of]
            del table.parts[old.kind, old.name]
            table.parts[key] = replace(part, action="modify", before=old.before)


def _remake_storage(table: ChangingTable) -> None:
    """The storage parameters of a partitioned index cannot be changed where it is (ALTER INDEX)."""
    for part in list(table.parts.values()):
        before, after = part.before, part.after
        if isinstance(before, Indexed) and isinstance(after, Indexed) and before.storage != after.storage:
            table.touch(part.kind, after)


def _remake_retyped(
    name: TableName, table: ChangingTable, before: Mapping[IndexName, tuple[Attached, ...]]
) -> None:
    """ALTER COLUMN … TYPE of a partitioned table makes its indexes anew and names those of partitions."""
    retyped = table.changed_types() | {
        part.name
        for part in table.parts.values()
        if isinstance(part.before, Column)
        and isinstance(part.after, Column)
        and part.before.collation != part.after.collation
    }
    kept = {(type(item), item.identifier) for item in of_table(table.after)} if retyped else set()
    for item in of_table(table.before):
        if (type(item), item.identifier) in kept and any(uses_column(item, column) for column in retyped):
            found = _all_below(index_name(name, item), before)
            if any(attached.name.name != usual_name(attached) for attached in found):
                _remake(table, item)


def _all_below(name: IndexName, before: Mapping[IndexName, tuple[Attached, ...]]) -> Iterator[Attached]:
    for found in before.get(name, ()):
        yield found
        yield from _all_below(found.name, before)


def _remake(table: ChangingTable, item: Indexed) -> None:
    """Make an index of a partition anew, unless it stays away."""
    part = next((part for part in table.parts.values() if part.before == item), None)
    if part is None:
        table.touch(KINDS[type(item)], item)
    elif part.after is not None:
        table.touch(part.kind, part.after)
