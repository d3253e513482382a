"""Functions over lists, sets, tuples, objects and maps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

from backstay.hcl.functions.convert import (
    MAX_ELEMENTS,
    FunctionError,
    Identity,
    Mapping,
    Sequence,
    anything,
    boolean,
    collection,
    identity,
    integer,
    limited,
    list_of,
    mapping,
    number,
    refuse,
    sequence,
    set_of,
    string,
    strings,
)
from backstay.hcl.functions.signature import Table
from backstay.hcl.values import List, Set, Value

TABLE = Table()


@TABLE.define(anything)
def length(value: Value) -> Value:
    return len(value if isinstance(value, str) else collection(value))


@TABLE.define(collection)
def empty(values: Sequence | Mapping) -> Value:
    return not values


@TABLE.define(collection, anything)
def contains(values: Sequence | Mapping, wanted: Value) -> Value:
    items = values.values() if isinstance(values, dict) else values
    key = identity(wanted)
    return any(identity(item) == key for item in items)


@TABLE.define(collection, anything)
def index(values: Sequence | Mapping, key: Value) -> Value:
    if isinstance(values, dict):
        name = string(key)
        if name not in values:
            raise FunctionError("the object has no attribute of that name")
        return values[name]
    if isinstance(values, Set):
        raise FunctionError("the elements of a set have no index")
    at = integer(key)
    if not 0 <= at < len(values):
        raise FunctionError(f"there is no element {at} in a list of {len(values)}")
    return values[at]


@TABLE.define(sequence, integer)
def element(values: Sequence, at: int) -> Value:
    if not values:
        raise FunctionError("an empty list has no elements")
    return values[at % len(values)]


@TABLE.define(sequence, integer, integer)
def slice_(values: Sequence, start: int, end: int) -> Value:
    if isinstance(values, Set):
        raise FunctionError("the elements of a set have no order to slice")
    if not 0 <= start <= end <= len(values):
        raise FunctionError(f"the bounds must be in order and within 0 and {len(values)}")
    return _like(values, values[start:end])


@TABLE.define(sequence)
def reverse(values: Sequence) -> Value:
    return _like(values, values[::-1])


@TABLE.define(rest=sequence)
def concat(*lists: Sequence) -> Value:
    joined = limited(item for items in lists for item in items)
    return List(joined) if lists and all(isinstance(items, List) for items in lists) else joined


@TABLE.define(sequence, integer)
def chunklist(values: Sequence, size: int) -> Value:
    if size < 0:
        raise FunctionError("the size must not be negative")
    step = size or max(len(values), 1)
    return List(_like(values, values[at : at + step]) for at in range(0, len(values), step))


@TABLE.define(sequence, rest=sequence)
def coalescelist(*lists: Sequence) -> Value:
    for items in lists:
        if items:
            return items
    raise FunctionError("every list is empty")


@TABLE.define(sequence)
def compact(values: Sequence) -> Value:
    return List(text for item in values if item is not None and (text := string(item)))


@TABLE.define(sequence)
def distinct(values: Sequence) -> Value:
    first: dict[Identity, Value] = {}
    for item in values:
        first.setdefault(identity(item), item)
    return _like(values, tuple(first.values()))


@TABLE.define(sequence)
def flatten(values: Sequence) -> Value:
    return limited(_leaves(values))


def _leaves(values: Sequence) -> Iterator[Value]:
    pending: list[Iterator[Value]] = [iter(values)]
    while pending:
        for item in pending[-1]:
            if isinstance(item, tuple):
                pending.append(iter(item))
                break
            yield item
        else:
            pending.pop()


@TABLE.define(sequence)
def sort(values: Sequence) -> Value:
    return List(sorted(strings(values)))


@TABLE.define(mapping)
def keys(values: Mapping) -> Value:
    return List(sorted(values))


@TABLE.define(mapping)
def values(entries: Mapping) -> Value:
    return tuple(entries[key] for key in sorted(entries))


@TABLE.define(rest=anything)
def merge(*objects: Value) -> Value:
    merged: Mapping = {}
    for entries in objects:
        if entries is not None:
            merged.update(mapping(entries))
    return merged


@TABLE.define(sequence, sequence)
def zipmap(names: Sequence, items: Sequence) -> Value:
    if len(names) != len(items):
        raise FunctionError(f"there are {len(names)} keys for {len(items)} values")
    return dict(zip(strings(names), items, strict=True))


@TABLE.define(sequence, sequence, rest=sequence)
def setproduct(*lists: Sequence) -> Value:
    if prod(map(len, lists)) * len(lists) > MAX_ELEMENTS:
        raise FunctionError(f"the result has more than {MAX_ELEMENTS} elements")
    combinations = product(*lists)
    return set_of(combinations) if all(isinstance(items, Set) for items in lists) else List(combinations)


@TABLE.define(sequence, rest=sequence)
def setunion(*sets: Sequence) -> Value:
    return set_of(limited(item for items in sets for item in items))


@TABLE.define(sequence, rest=sequence)
def setintersection(first: Sequence, *others: Sequence) -> Value:
    common = [{identity(item) for item in set_of(items)} for items in others]
    return set_of(item for item in set_of(first) if all(identity(item) in keys for keys in common))


@TABLE.define(sequence, sequence)
def setsubtract(first: Sequence, second: Sequence) -> Value:
    removed = {identity(item) for item in set_of(second)}
    return set_of(item for item in set_of(first) if identity(item) not in removed)


@TABLE.define(anything)
def tobool(value: Value) -> Value:
    return None if value is None else boolean(value)


@TABLE.define(anything)
def tonumber(value: Value) -> Value:
    return None if value is None else number(value)


@TABLE.define(anything)
def tostring(value: Value) -> Value:
    return None if value is None else string(value)


@TABLE.define(anything)
def tolist(value: Value) -> Value:
    return None if value is None else list_of(sequence(value))


@TABLE.define(anything)
def toset(value: Value) -> Value:
    if isinstance(value, dict):
        raise refuse("a list", value)
    return None if value is None else set_of(sequence(value))


def _like(original: Sequence, items: Sequence) -> Sequence:
    """`items` as the kind of list that `original` is."""
    return List(items) if isinstance(original, List) else tuple(items)
