"""Indexes of partitions that are attached to those of partitioned tables: they come and go with these.

DROP INDEX of a partitioned index drops all that are attached to it, and these cannot be dropped alone.
CREATE INDEX on a partitioned table adopts an index that each partition has, or makes one (ALTER TABLE and
CREATE INDEX, notes).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

import msgspec
from msgspec.structs import replace

from backstay.dialects.postgres.inheritance import TableName
from backstay.dialects.postgres.plan.parts import comes, constraint_name, goes
from backstay.dialects.postgres.plan.steps import Resource
from backstay.schema.changes import Change, Kind
from backstay.schema.model import Exclusion, Index, Model, PrimaryKey, Table

Indexed = PrimaryKey | Index | Exclusion


KINDS: Mapping[type[Model], Kind] = {PrimaryKey: "primary_key", Index: "index", Exclusion: "exclusion"}
"""What changes call the parts that have an index."""


class IndexName(NamedTuple):
    """An index by schema and name."""

    schema: str
    name: str


class Attached(NamedTuple):
    """An index of a partition."""

    table: TableName
    item: Indexed

    @property
    def name(self) -> IndexName:
        """Its name."""
        return index_name(*self)


class Attachments(msgspec.Struct, frozen=True):
    """Partitioned indexes and those attached to them, in both states.

    `along` are the attached ones that are dropped with what they are attached to, `adopting` the partitioned
    ones that are made and take in what is like them, `bare` those that some partitions have none for.
    `joined` are the indexes, by the one that takes them in, which were there before and by themselves.
    """

    before: Mapping[IndexName, tuple[Attached, ...]] = {}
    after: Mapping[IndexName, tuple[Attached, ...]] = {}
    along: frozenset[IndexName] = frozenset()
    adopting: frozenset[IndexName] = frozenset()
    bare: frozenset[IndexName] = frozenset()
    joined: Mapping[IndexName, tuple[Attached, ...]] = {}

    def goes_along(self, table: TableName, index: object) -> bool:
        """Is the index dropped with the one it is attached to?"""
        return isinstance(index, Indexed) and index_name(table, index) in self.along

    def is_adopted(self, table: TableName, index: Indexed) -> bool:
        """Is the index taken in by one that is made after it?"""
        return parent_name(table, index) in self.adopting

    def dropped_with(self, name: IndexName) -> tuple[Attached, ...]:
        """What is dropped along with this index; what is attached comes before what it is attached to."""
        return tuple(found for found in self._below(name) if found.name in self.along)[::-1]

    def kept(self, name: IndexName) -> tuple[Attached, ...]:
        """What is attached to this index, and leaves with its table before that is dropped."""
        return tuple(found for found in self._below(name) if found.name not in self.along)

    def _below(self, name: IndexName) -> Iterator[Attached]:
        """All that are attached to this index before, and to those that are dropped with it."""
        waiting = list(self.before.get(name, ()))
        while waiting:
            found = waiting.pop()
            yield found
            if found.name in self.along:
                waiting += self.before.get(found.name, ())


def index_name(table: TableName, index: Indexed) -> IndexName:
    """The name of an index of a table."""
    return IndexName(table.schema, constraint_name(table.name, index))


def parent_name(table: TableName, index: Indexed) -> IndexName | None:
    """The name of the index that this one is attached to."""
    parent = index.partition_of
    return IndexName(parent.schema or table.schema, parent.name) if parent is not None else None


def by_parent(tables: Iterable[tuple[TableName, Table]]) -> Mapping[IndexName, tuple[Attached, ...]]:
    """Partitioned index -> those attached to it."""
    found: defaultdict[IndexName, list[Attached]] = defaultdict(list)
    for name, table in tables:
        if table.partition_of is not None:
            for index in of_table(table):
                parent = parent_name(name, index)
                if parent is not None:
                    found[parent].append(Attached(name, index))
    return {parent: tuple(indexes) for parent, indexes in found.items()}


def addition(table: TableName, item: Indexed) -> Change:
    """The change that adds an index with a table."""
    return Change(
        action="add",
        kind=KINDS[type(item)],
        schema=table.schema,
        table=table.name,
        name=item.identifier,
        after=item,
    )


def named(table: TableName, item: Indexed) -> set[Resource]:
    """The names of an index and of the one that it is attached to."""
    names = (index_name(table, item), parent_name(table, item))
    return {("name", *name) for name in names if name is not None}


class Changing(Protocol):
    """A table that stays, while its changes are gathered: those of its parts, by kind and name."""

    before: Table
    after: Table
    parts: dict[tuple[str, str], Change]

    def touch(self, kind: str, item: Model) -> None:
        """Make this part anew."""


def remake(tables: Mapping[TableName, Changing], desired: Mapping[TableName, Table]) -> Attachments:
    """Make the indexes anew that go with those they are attached to; the others are only renamed.

    `tables` are those that stay, `desired` is the state afterwards.
    """
    before = by_parent((name, table.before) for name, table in tables.items())
    for table in tables.values():
        _rename(table)
        if table.after.partitioning is not None:
            _remake_storage(table)
    along = _propagate(tables, before)
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
        bare=frozenset(
            IndexName(name.schema, index.name)
            for name, table in desired.items()
            if table.partitioning is not None
            for index in table.indexes
            if not index.valid
        ),
    )


def _propagate(
    tables: Mapping[TableName, Changing], before: Mapping[IndexName, tuple[Attached, ...]]
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


def _joined(tables: Mapping[TableName, Changing]) -> Mapping[IndexName, tuple[Attached, ...]]:
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


def _rename(table: Changing) -> None:
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


def _remake_storage(table: Changing) -> None:
    """The storage parameters of a partitioned index cannot be changed where it is (ALTER INDEX)."""
    for part in list(table.parts.values()):
        before, after = part.before, part.after
        if isinstance(before, Indexed) and isinstance(after, Indexed) and before.storage != after.storage:
            table.touch(part.kind, after)


def _remake(table: Changing, item: Indexed) -> None:
    """Make an index of a partition anew, unless it stays away."""
    part = next((part for part in table.parts.values() if part.before == item), None)
    if part is None:
        table.touch(KINDS[type(item)], item)
    elif part.after is not None:
        table.touch(part.kind, part.after)


def of_table(table: Table) -> Iterator[Indexed]:
    """All parts of a table that have an index."""
    if table.primary_key is not None:
        yield table.primary_key
    yield from table.indexes
    yield from table.exclusions
