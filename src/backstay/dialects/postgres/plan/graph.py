"""What depends on what in one state, and where each object is found in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from backstay.schema.kinds import BY_NAME, OF_REALM, OF_SCHEMA, address
from backstay.schema.model import Access, Address, Model, Realm


class Found(NamedTuple):
    """An object of a state: its kind, its schema (empty for what is in none), and itself."""

    kind: str
    schema: str
    item: Model


class Graph:
    """The objects of a realm by address, and their dependencies in both directions."""

    def __init__(self, realm: Realm) -> None:
        self.objects: Mapping[Address, Found] = dict(_objects(realm))
        self._needs: defaultdict[Address, list[Address]] = defaultdict(list)
        self._dependents: defaultdict[Address, list[Address]] = defaultdict(list)
        self._parts: defaultdict[tuple[str, str], set[Address]] = defaultdict(set)
        self._along: defaultdict[tuple[str, str], list[Found]] = defaultdict(list)
        for own, found in self.objects.items():
            if BY_NAME[found.kind].of_table:
                self._along[own.schema, own.name].append(found)
        self._access: defaultdict[tuple[str, str], list[Access]] = defaultdict(list)
        for access in realm.facts.access:
            self._access[access.at.schema, access.at.name].append(access)
        self._casts: defaultdict[Address, list[Address]] = defaultdict(list)
        for dependent, on in realm.facts.dependencies:
            if dependent.kind == "cast" and on.kind == "function":
                self._casts[on].append(dependent)
            self._needs[dependent].append(on)
            self._dependents[on].append(dependent)
            self._parts[dependent.schema, dependent.name].add(dependent)

    @cached_property
    def names(self) -> frozenset[tuple[str, ...]]:
        """What statements of clients can call the objects, each as `called` gives it."""
        return frozenset(called(found.kind, found.schema, found.item) for found in self.objects.values())

    def needs(self, *addresses: Address) -> Iterator[Address]:
        """What these objects depend on, other than parts of the same table.

        What calls the function of a cast may do so by the cast, which nothing tells: it needs both.
        """
        for dependent in addresses:
            for on in self._needs.get(dependent, ()):
                if on[1:3] != dependent[1:3] or not _is_of_table(on) or not _is_of_table(dependent):
                    yield on
                if on in self._casts and dependent.kind != "cast":
                    yield from self._casts[on]

    def dependents(self, on: Address) -> Sequence[Address]:
        """What depends on this."""
        return self._dependents.get(on, ())

    def within(self, schema: str, name: str) -> Iterable[Address]:
        """The table or view of this name and the parts of it, as far as they depend on something."""
        return self._parts.get((schema, name), ())

    def along(self, schema: str, name: str) -> Sequence[Found]:
        """The triggers, policies and rules of a table or view, which go with it."""
        return self._along.get((schema, name), ())

    def access(self, at: Address) -> Sequence[Access]:
        """To whom this belongs, and who may use it, and its columns: as far as that is special."""
        found = self._access.get((at.schema, at.name), ())
        has_columns = at.kind in {"table", "view", "materialized"}
        return [access for access in found if access.at == at or (has_columns and access.at.child)]

    def between_schemas(self, schema: str) -> bool:
        """Does anything in this schema depend on another schema's objects, or the other way round?"""
        return any(
            schema in (dependent.schema, on.schema) and dependent.schema != on.schema and on.schema
            for dependent, found in self._needs.items()
            for on in found
        )


def called(kind: str, schema: str, item: Model) -> tuple[str, ...]:
    """What clients call an object: one relation is as good as another, and routines have no signature."""
    family = "relation" if kind in {"table", "view", "materialized"} else BY_NAME[kind].family
    return family, schema, getattr(item, "table", ""), getattr(item, "name", "")


OF_TABLE = frozenset({"table", "column", "default", "constraint", "index"})
OF_COLUMNS = frozenset({"type", "collation"})
"""What columns have, and move from when it is made anew."""


def _is_of_table(found: Address) -> bool:
    return found.kind in OF_TABLE


def _objects(realm: Realm) -> Iterator[tuple[Address, Found]]:
    for kind in OF_REALM:
        for item in getattr(realm, kind.field):
            yield address(kind.name, "", item), Found(kind.name, "", item)
    for schema in realm.schemas:
        for kind in OF_SCHEMA:
            for item in getattr(schema, kind.field):
                yield address(kind.name, schema.name, item), Found(kind.name, schema.name, item)
