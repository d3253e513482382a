"""A document to a realm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from backstay.dialects.mapping import enums, renames, schemas, sequences, tables
from backstay.dialects.mapping.audit import audit
from backstay.dialects.mapping.grammar import Grammar
from backstay.dialects.mapping.scope import Scope
from backstay.hcl.document import Document
from backstay.schema.model import Enum, Facts, Model, Realm, Sequence, Table


def decode(document: Document, grammar: Grammar, *, qualify: bool) -> Realm:
    """The realm that a document describes, in the words of the document.

    With `qualify`, types of a schema are written with its name. Raises `HCLError` at the place of the
    mistake, and one `UnsupportedError` for everything the model cannot carry.
    """
    audit(document, grammar)
    scope = Scope(document, grammar, qualify=qualify)
    of_tables: defaultdict[str, list[Table]] = defaultdict(list)
    of_enums: defaultdict[str, list[Enum]] = defaultdict(list)
    of_sequences: defaultdict[str, list[Sequence]] = defaultdict(list)
    for item in scope.tables.items:
        of_tables[item.schema].append(tables.decode(item, scope))
    for item in scope.enums.items:
        of_enums[item.schema].append(enums.decode(item))
    for item in scope.sequences.items:
        of_sequences[item.schema].append(sequences.decode(item, scope))
    objects: defaultdict[tuple[str, str], list[Model]] = defaultdict(list)
    for kind in grammar.objects:
        for item in scope.objects[kind.kind].items:
            objects[item.schema, kind.object.field].append(kind.decode(item, scope))
    return Realm(
        schemas=tuple(
            replace(
                schemas.decode(block, of_tables[name], of_enums[name], of_sequences[name]),
                **_sorted(objects, name),
            )
            for name, block in sorted(scope.schemas.items())
        ),
        **_sorted(objects, ""),
        facts=Facts(renames=renames.decode(scope)),
    )


def _sorted(objects: Mapping[tuple[str, str], list[Model]], schema: str) -> dict[str, Any]:
    """Field -> the objects of a schema, as an inspection orders them."""
    return {
        field: tuple(sorted(items, key=lambda item: (getattr(item, "table", ""), item.identifier)))
        for (name, field), items in objects.items()
        if name == schema
    }
