"""Declared variables: their types, and the conversion of what is given for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from backstay.hcl.functions.convert import (
    FunctionError,
    anything,
    boolean,
    list_of,
    mapping,
    number,
    sequence,
    set_of,
    string,
)
from backstay.hcl.source import Source
from backstay.hcl.syntax import Block, Call, Expression, Literal, Object, Tuple, Variable
from backstay.hcl.values import Value

SCALARS: Mapping[str, Callable[[Value], Value]] = {
    "string": string,
    "number": number,
    "int": number,
    "bool": boolean,
    "any": anything,
}
COLLECTIONS = frozenset({"list", "set", "map"})


class Type(msgspec.Struct, frozen=True):
    """A type constraint: a scalar or `any`; `list`, `set` or `map` of `items[0]`; `tuple` of `items`;
    `object` of `attributes`, of which the `optional` ones may be missing."""

    name: str
    items: tuple[Type, ...] = ()
    attributes: Mapping[str, Type] = {}
    optional: frozenset[str] = frozenset()


ANY = Type("any")


def declared_type(block: Block, source: Source) -> Type:
    """The type of a `variable` block, `any` where it gives none. Raises `HCLError`."""
    attribute = block.body.attributes.get("type")
    if attribute is None:
        return ANY
    found = _type(attribute.value)
    if found is None:
        begin = attribute.value.start
        word = source.text[begin : source.text.find("\n", begin) + 1 or None].strip().strip('"')
        label = block.labels[-1] if block.labels else ""
        raise source.error(
            begin,
            f'invalid type "{word}" for variable "{label}". '
            "Valid types are: string, number, bool, list, map, or set",
        )
    return found


def _type(node: Expression) -> Type | None:
    name = node.name if isinstance(node, Variable) else node.value if isinstance(node, Literal) else None
    if isinstance(name, str):
        known = name in SCALARS or name in COLLECTIONS
        return Type(name, (ANY,) if name in COLLECTIONS else ()) if known else None
    if not isinstance(node, Call) or len(node.arguments) != 1:
        return None
    argument = node.arguments[0]
    if node.name in COLLECTIONS:
        item = _type(argument)
        return Type(node.name, (item,)) if item else None
    if node.name == "tuple" and isinstance(argument, Tuple):
        items = tuple(_type(item) for item in argument.items)
        return Type("tuple", tuple(item for item in items if item)) if all(items) else None
    if node.name == "object" and isinstance(argument, Object):
        return _object_type(argument)
    return None


def _object_type(node: Object) -> Type | None:
    attributes: dict[str, Type] = {}
    optional: set[str] = set()
    for key, value in node.items:
        if not isinstance(key, Literal) or not isinstance(key.value, str):
            return None
        if isinstance(value, Call) and value.name == "optional" and len(value.arguments) == 1:
            optional.add(key.value)
            value = value.arguments[0]
        found = _type(value)
        if found is None:
            return None
        attributes[key.value] = found
    return Type("object", (), attributes, frozenset(optional))


def conform(value: Value, type_: Type) -> Value:
    """The value as this type. A single value for a list or set becomes its one element.

    Raises `FunctionError`, which speaks of kinds and never quotes the value.
    """
    if value is None:
        return None
    if type_.name in SCALARS:
        return SCALARS[type_.name](value)
    if type_.name in ("list", "set"):
        given = value if isinstance(value, tuple) else (value,)
        items = (conform(item, type_.items[0]) for item in given)
        return list_of(items) if type_.name == "list" else set_of(items)
    if type_.name == "map":
        return {key: conform(item, type_.items[0]) for key, item in mapping(value).items()}
    if type_.name == "tuple":
        given = sequence(value)
        if len(given) != len(type_.items):
            raise FunctionError(f"a tuple of {len(type_.items)} elements is required, not of {len(given)}")
        return tuple(conform(item, of) for item, of in zip(given, type_.items, strict=True))
    return _conform_object(mapping(value), type_)


def _conform_object(given: Mapping[str, Value], type_: Type) -> Value:
    for name in type_.attributes:
        if name not in given and name not in type_.optional:
            raise FunctionError(f'attribute "{name}" is required')
    return {name: conform(given.get(name), of) for name, of in type_.attributes.items()}
