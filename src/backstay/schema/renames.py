"""Which of the renames that a desired state tells are still to be made, and in which order.

1. An object is renamed where the old name is there and the new one is not. Where the old one is gone, the
   rename was made, and nothing is left of it to do.
2. A name that is itself renamed away counts as free: chains (`a` to `b`, `b` to `c`) and circles (`a` to `b`,
   `b` to `a`) work. A circle looks the same before and after, so it is gone through only where that leaves
   less to change.
3. Schemas are renamed before what is in them, and tables and types before their parts: `Change.schema` and
   `Change.table` are new names. Routines come first of all, because their arguments name types.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from backstay.schema import canonical
from backstay.schema.changes import Change, Kind
from backstay.schema.diff import PARTS
from backstay.schema.kinds import OF_SCHEMA
from backstay.schema.model import (
    Composite,
    Domain,
    Enum,
    Index,
    Materialized,
    Model,
    Realm,
    Rename,
    Schema,
    Table,
)
from backstay.schema.names import primary_key_name


class Value(Model, frozen=True):
    """A value of an enum."""

    name: str


class Place(NamedTuple):
    """A name space: the objects of one family in a schema, or the parts of one kind of an object."""

    family: str
    schema: str = ""
    owner: str = ""


class Item(NamedTuple):
    """What has a name there. `args` is the part of a routine's identity behind its name."""

    kind: Kind
    model: Model
    name: str
    args: str = ""


Names = Mapping[str, Item]
Pairs = dict[str, str]
"""New name -> old name."""


def renames(
    before: Realm, after: Realm, notice: Callable[[str], None] = lambda text: None
) -> tuple[Change, ...]:
    """The renames to be made, in an order that works; `notice` hears of those that cannot be.

    `after.facts.renames` are the wanted ones. What they lead to is `before` under the new names.
    """
    wanted: defaultdict[Place, Pairs] = defaultdict(dict)
    for rename in after.facts.renames:
        place, name = _target(rename)
        wanted[place].setdefault(name, rename.was)
    if not wanted:
        return ()
    old, new = _places(before), _places(after)
    former: dict[tuple[str, str], str] = {}
    changes: list[Change] = []
    for place in sorted(wanted, key=lambda place: (_depth(place), place)):
        schema = former.get(("", place.schema), place.schema)
        owner = former.get((place.schema, place.owner), place.owner)
        there, desired = old.get(Place(place.family, schema, owner), {}), new.get(place, {})
        pairs = _overloads(wanted[place], there, desired) if place.family == "function" else wanted[place]
        made = _possible(pairs, there, desired, notice)
        if not place.owner:
            former.update({(place.schema, name): was for name, was in made.items()})
        where = place._replace(schema=schema) if place.family == "function" else place
        changes += _changes(where, made, there)
    return tuple(sorted(changes, key=lambda change: _rank(change.kind)))


def _target(rename: Rename) -> tuple[Place, str]:
    at = rename.at
    family = "constraint" if at.kind == "index" else at.kind
    if at.child:
        return Place(family, at.schema, at.name), at.child
    return Place(family, at.schema), at.name


def _depth(place: Place) -> int:
    return 0 if place.family == "schema" else 2 if place.owner else 1


def _rank(kind: Kind) -> int:
    if kind in {"function", "procedure", "aggregate"}:
        return 0
    return 1 if kind == "schema" else 3 if kind in PART_KINDS else 2


PART_KINDS = frozenset({kind for kind, _ in PARTS} | {kind.name for kind in OF_SCHEMA if kind.of_table}) | {
    "enum_value",
    "field",
    "domain_check",
}


def _places(realm: Realm) -> Mapping[Place, Names]:
    """All names of a realm that can change."""
    places: defaultdict[Place, dict[str, Item]] = defaultdict(dict)
    for schema in realm.schemas:
        places[Place("schema")][schema.name] = Item("schema", schema, schema.name)
        for place, item in _items(schema):
            places[place][item.name + item.args] = item
    return places


def _items(schema: Schema) -> Iterator[tuple[Place, Item]]:
    for kind in OF_SCHEMA:
        for model in getattr(schema, kind.field):
            name = str(getattr(model, "name", ""))
            owner = model.table if kind.of_table else ""
            args = model.identifier.removeprefix(name) if kind.family == "function" else ""
            yield Place(kind.family, schema.name, owner), Item(kind.name, model, name, args)
            yield from ((Place(family, schema.name, name), part) for family, part in _parts(model))


def _parts(model: Model) -> Iterator[tuple[str, Item]]:
    """The parts of an object that have names, with their family."""
    match model:
        case Enum():
            yield from (("value", Item("enum_value", Value(name=text), text)) for text in model.values)
        case Composite():
            yield from (("field", Item("field", field, field.name)) for field in model.fields)
        case Domain():
            yield from (("constraint", Item("domain_check", check, check.name)) for check in model.checks)
        case Table() | Materialized():
            yield from _table_parts(model)


def _table_parts(table: Table | Materialized) -> Iterator[tuple[str, Item]]:
    """The parts of a table; constraints and indexes share their names, as the server sees to it."""
    key = table.primary_key if isinstance(table, Table) else None
    if key is not None:
        name = primary_key_name(table.name, key.name)
        yield "constraint", Item("primary_key", _named(key, name), name)
    for kind, field in PARTS:
        family = "column" if kind == "column" else "constraint"
        if kind != "primary_key" and not (family == "column" and isinstance(table, Materialized)):
            yield from ((family, Item(kind, part, part.name)) for part in getattr(table, field, ()))


def _overloads(pairs: Pairs, there: Names, desired: Names) -> Pairs:
    """Of routines: which signature of the old name becomes which of the new one."""
    found: Pairs = {}
    for name, was in pairs.items():
        old = [item.args for item in there.values() if item.name == was]
        new = [item.args for item in desired.values() if item.name == name]
        found.update({name + args: was + args for args in new if args in old})
        if len(old) == len(new) == 1:
            found[name + new[0]] = was + old[0]
    return found


def _possible(pairs: Pairs, there: Names, desired: Names, notice: Callable[[str], None]) -> Pairs:
    """The renames of one name space that can be made: rules 1 and 2."""
    found = {name: was for name, was in pairs.items() if was in there and name in desired and name != was}
    while taken := [name for name in found if name in there and name not in set(found.values())]:
        for name in taken:
            was = found.pop(name)
            if was not in desired:
                notice(
                    f'"{name}" is not renamed from "{was}": both are there, and "{was}" is no longer wanted'
                )
    for circle in _circles(found):
        if not _gains(circle, there, desired):
            found = {name: was for name, was in found.items() if name not in circle}
    return found


def _circles(pairs: Pairs) -> Iterator[Pairs]:
    """The renames that go round: each takes the name that another gives up."""
    seen: set[str] = set()
    for start in pairs:
        path: list[str] = []
        name = start
        while name in pairs and name not in seen:
            seen.add(name)
            path.append(name)
            name = pairs[name]
        if name in path:
            yield {step: pairs[step] for step in path[path.index(name) :]}


def _gains(circle: Pairs, there: Names, desired: Names) -> bool:
    """Does going round leave less to change than leaving the objects alone?"""
    moved = sum(_distance(there[was].model, desired[name].model) for name, was in circle.items())
    left = sum(_distance(there[name].model, desired[name].model) for name in circle)
    return moved < left


def _distance(left: Model, right: Model) -> int:
    """How many attributes and parts differ, the name aside."""
    fields = {*left.__struct_fields__, *right.__struct_fields__} - {"name"}
    return sum(len(_values(left, field) ^ _values(right, field)) for field in fields)


def _values(model: Model, field: str) -> set[bytes]:
    value = getattr(model, field, None)
    return {canonical.encode(item) for item in (value if isinstance(value, tuple) else (value,))}


def _changes(place: Place, pairs: Pairs, there: Names) -> Iterator[Change]:
    items = dict(there)
    for was, name in _moves(pairs, there):
        item = items.pop(was)
        plain = name.removesuffix(item.args)
        renamed = _named(item.model, plain)
        items[name] = item._replace(model=renamed, name=plain)
        yield Change(
            action="rename",
            kind=item.kind,
            schema=place.schema or (plain if item.kind == "schema" else ""),
            table=place.owner,
            name=name,
            before=item.model,
            after=renamed,
        )


def _named(model: Model, name: str) -> Model:
    return msgspec.structs.replace(model, name=name)


def _moves(pairs: Pairs, taken: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Old and new name, in an order in which the new one is free; a circle goes by way of a spare name."""
    waiting, names = dict(pairs), {*taken, *pairs}
    while waiting:
        given_up = set(waiting.values())
        free = [name for name in waiting if name not in given_up]
        for name in free:
            yield waiting.pop(name), name
        if not free:
            name, was = next(iter(waiting.items()))
            spare = _spare(was, names)
            yield was, spare
            waiting[name] = spare


def _spare(name: str, taken: set[str]) -> str:
    plain, bracket, args = name.partition("(")
    number = 1
    while (spare := f"{plain[:12]}_renamed_{number}{bracket}{args}") in taken:
        number += 1
    taken.add(spare)
    return spare


def following(before: Realm, after: Realm, made: Iterable[Change]) -> tuple[Change, ...]:
    """The renames that follow: parts of tables touched by `made` that differ in nothing but their name.

    `before` is the state after these. Indexes and constraints usually have the names of their table and
    columns in theirs; where the desired state has them under new names, they are renamed along.
    """
    touched = {
        (change.schema, change.table or change.name)
        for change in made
        if change.kind in {"table", "materialized", "column"}
    }
    desired = {(schema.name, table.name): table for schema in after.schemas for table in schema.tables}
    return tuple(
        change
        for schema in before.schemas
        for table in schema.tables
        if (schema.name, table.name) in touched and (schema.name, table.name) in desired
        for change in _alike(schema.name, table, desired[schema.name, table.name])
    )


def _alike(schema: str, old: Table, new: Table) -> Iterator[Change]:
    for kind, field in PARTS:
        if kind in {"column", "primary_key"}:
            continue
        there = {part.name: part for part in getattr(old, field)}
        desired = {part.name: part for part in getattr(new, field)}
        free = {_shape(desired[name]): name for name in sorted(desired.keys() - there.keys(), reverse=True)}
        for name in sorted(there.keys() - desired.keys()):
            renamed = free.pop(_shape(there[name]), "")
            if renamed and name:
                yield Change(
                    action="rename",
                    kind=kind,
                    schema=schema,
                    table=old.name,
                    name=renamed,
                    before=there[name],
                    after=_named(there[name], renamed),
                )


def _shape(part: Model) -> bytes:
    """All that makes a part, but for its name and its comment."""
    changes = {"name": "", "comment": ""} | ({"valid": True} if isinstance(part, Index) else {})
    return canonical.encode(msgspec.structs.replace(part, **changes))


def with_renames(realm: Realm, found: Iterable[Rename]) -> Realm:
    """The realm with these renames among its facts."""
    return msgspec.structs.replace(realm, facts=msgspec.structs.replace(realm.facts, renames=tuple(found)))


def located(realm: Realm, found: Iterable[Rename], default: str) -> tuple[Rename, ...]:
    """The renames with the schema of each: where none is said, this one, or one that has such an object."""
    places = _places(realm)
    schemas = sorted((schema.name for schema in realm.schemas), key=lambda name: (name != default, name))

    def schema_of(rename: Rename) -> str:
        for name in schemas:
            place, own = _target(rename._replace(at=rename.at._replace(schema=name)))
            there = places.get(place, {})
            if own in there or (
                place.family == "function" and any(item.name == own for item in there.values())
            ):
                return name
        return default

    return tuple(
        rename
        if rename.at.schema or rename.at.kind == "schema"
        else rename._replace(at=rename.at._replace(schema=schema_of(rename)))
        for rename in found
    )
