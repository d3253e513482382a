"""Indexes of partitions that are attached to those of partitioned tables: they come and go with these.

DROP INDEX of a partitioned index drops all that are attached to it, and these cannot be dropped alone.
CREATE INDEX on a partitioned table adopts an index that each partition has, or makes one (ALTER TABLE and
CREATE INDEX, notes).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from backstay.dialects.postgres.lineage import TableName
from backstay.dialects.postgres.plan.steps import Resource
from backstay.dialects.postgres.plan.tables.parts import constraint_name, part_change
from backstay.schema.changes import Change, Kind
from backstay.schema.model import Exclusion, Index, Model, PrimaryKey, Table
from backstay.schema.names import default_name, primary_key_name

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
    `given` are those that partitions get from the server, by the table that stays.
    """

    before: Mapping[IndexName, tuple[Attached, ...]] = {}
    after: Mapping[IndexName, tuple[Attached, ...]] = {}
    along: frozenset[IndexName] = frozenset()
    adopting: frozenset[IndexName] = frozenset()
    bare: frozenset[IndexName] = frozenset()
    joined: Mapping[IndexName, tuple[Attached, ...]] = {}
    given: Mapping[TableName, tuple[Indexed, ...]] = {}

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
    return part_change(table, KINDS[type(item)], item.identifier, None, item)


def usual_name(attached: Attached) -> str:
    """The name that the server gives it (`ChooseIndexName` in its sources), where that is clear."""
    table, item = attached
    if isinstance(item, PrimaryKey):
        return primary_key_name(table.name)
    columns = [part.column for part in item.parts] + list(item.include)
    if not all(columns) or len(set(columns)) < len(columns):
        return ""
    if not isinstance(item, Index) or item.without_overlaps:
        return default_name(table.name, "_".join(columns), "excl")
    label = "key" if item.constraint else "idx"
    return default_name(table.name, "_".join(columns), label)


def named(table: TableName, item: Indexed) -> set[Resource]:
    """The names of an index and of the one that it is attached to."""
    names = (index_name(table, item), parent_name(table, item))
    return {("name", *name) for name in names if name is not None}


def of_table(table: Table) -> Iterator[Indexed]:
    """All parts of a table that have an index."""
    if table.primary_key is not None:
        yield table.primary_key
    yield from table.indexes
    yield from table.exclusions
