"""`renamed_from = "old"` in the blocks of what was renamed, and `renamed_values` for the values of enums."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from msgspec.structs import replace

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape
from backstay.dialects.mapping.scope import Scope
from backstay.hcl.document import Block
from backstay.schema.kinds import BY_NAME
from backstay.schema.model import Address, Rename
from backstay.schema.names import primary_key_name

PARTS = {
    "column": "column",
    "index": "index",
    "unique": "constraint",
    "primary_key": "constraint",
    "foreign_key": "constraint",
    "check": "constraint",
    "exclude": "constraint",
    "field": "field",
}
"""Child blocks, and the kind of their address."""

ATTRIBUTE, VALUES = "renamed_from", "renamed_values"


def with_renames(shapes: Mapping[str, Shape], blocks: Collection[str]) -> dict[str, Shape]:
    """The shapes, in which these blocks may say how they were called."""
    return {name: _with_rename(name, shape) if name in blocks else shape for name, shape in shapes.items()}


def _with_rename(block: str, shape: Shape) -> Shape:
    names = {ATTRIBUTE, VALUES} if block == "enum" else {ATTRIBUTE}
    return replace(shape, attributes=shape.attributes | names, refused=shape.refused - names)


def decode(scope: Scope) -> tuple[Rename, ...]:
    """What a document says was renamed."""
    return tuple(_decode(scope))


def _decode(scope: Scope) -> Iterator[Rename]:
    for name, block in scope.schemas.items():
        yield from _of_block(block, Address("schema", "", name))
    plain = {"table": scope.tables, "enum": scope.enums, "sequence": scope.sequences}
    for kind, declared in (*plain.items(), *scope.objects.items()):
        family = BY_NAME[kind].family
        for item in declared.items:
            own = (item.table, item.name) if item.table else (item.name,)
            yield from _of_block(item.block, Address(family, item.schema, *own))
            yield from _of_parts(item.block, item.schema, item.name)


def _of_block(block: Block, at: Address) -> Iterator[Rename]:
    was = reading.text(block, ATTRIBUTE) if block.has(ATTRIBUTE) else ""
    if was:
        yield Rename(at, was)


def _of_parts(block: Block, schema: str, owner: str) -> Iterator[Rename]:
    for child in block.blocks():
        if child.type in PARTS and child.has(ATTRIBUTE):
            name = primary_key_name(owner, child.name) if child.type == "primary_key" else child.name
            if not name:
                raise child.error(f"a {child.type} without a name has no old one", attribute=ATTRIBUTE)
            yield from _of_block(child, Address(PARTS[child.type], schema, owner, name))
    values = block.get(VALUES) if block.has(VALUES) else None
    if values is not None and not isinstance(values, dict):
        raise reading.unexpected(block, VALUES, values, 'object such as { new = "old" }')
    for new, old in (values or {}).items():
        if not isinstance(old, str):
            raise reading.unexpected(block, VALUES, old, 'object such as { new = "old" }')
        yield Rename(Address("value", schema, owner, new), old)
