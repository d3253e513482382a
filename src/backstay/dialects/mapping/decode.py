"""A document to a realm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from backstay.dialects.mapping import access, enums, renames, schemas, sequences, tables
from backstay.dialects.mapping.audit import audit
from backstay.dialects.mapping.grammar import Grammar
from backstay.dialects.mapping.scope import Named, Scope
from backstay.hcl.document import Document
from backstay.schema.kinds import BY_NAME
from backstay.schema.model import DefaultPermission, Facts, Model, Realm


def decode(document: Document, grammar: Grammar, *, qualify: bool) -> Realm:
    """The realm that a document describes, in the words of the document.

    With `qualify`, types of a schema are written with its name. Raises `HCLError` at the place of the
    mistake, and one `UnsupportedError` for everything the model cannot carry.
    """
    audit(document, grammar)
    scope = Scope(document, grammar, qualify=qualify)
    decoded = tuple(_decoded(scope, grammar))
    objects: defaultdict[tuple[str, str], list[Model]] = defaultdict(list)
    for kind, item, model in decoded:
        objects[item.schema, BY_NAME[kind].field].append(model)
    if grammar.top >= access.SHAPES.keys():
        for schema, field, model in _access(document, scope, decoded):
            objects[schema, field].append(model)
    return Realm(
        schemas=tuple(
            replace(schemas.decode(block), **_sorted(objects, name))
            for name, block in sorted(scope.schemas.items())
        ),
        **_sorted(objects, ""),
        facts=Facts(renames=renames.decode(scope)),
    )


Decoded = tuple[str, Named, Model]
"""The kind of an object, its block, and itself."""


def _decoded(scope: Scope, grammar: Grammar) -> Iterator[Decoded]:
    """All objects."""
    for item in scope.tables.items:
        yield "table", item, tables.decode(item, scope)
    for item in scope.enums.items:
        yield "enum", item, enums.decode(item)
    for item in scope.sequences.items:
        yield "sequence", item, sequences.decode(item, scope)
    for kind in grammar.objects:
        for item in scope.objects[kind.kind].items:
            yield kind.kind, item, kind.decode(item, scope)


def _access(document: Document, scope: Scope, decoded: Iterable[Decoded]) -> Iterator[tuple[str, str, Model]]:
    """Owners, permissions and default permissions, with their schemas and fields."""
    objects: defaultdict[tuple[str, str], list[tuple[Named, Model]]] = defaultdict(list)
    for kind, item, model in decoded:
        objects[item.block.type, item.name].append((item, model))
        for found in access.ownership(kind, model.identifier, item.block, scope):
            yield item.schema, "ownerships", found
    for name, block in scope.schemas.items():
        for found in access.ownership("schema", "", block, scope):
            yield name, "ownerships", found
    for schema, permission in access.decode(document, scope, objects):
        is_default = isinstance(permission, DefaultPermission)
        yield schema, "default_permissions" if is_default else "permissions", permission


def _sorted(objects: Mapping[tuple[str, str], list[Model]], schema: str) -> dict[str, Any]:
    """Field -> the objects of a schema, as an inspection orders them."""
    return {
        field: tuple(sorted(items, key=lambda item: (getattr(item, "table", ""), item.identifier)))
        for (name, field), items in objects.items()
        if name == schema
    }
