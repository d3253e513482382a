"""A realm to a document: kind by kind and schema by schema, the schemas themselves last."""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects.mapping import enums, labels, schemas, sequences, tables
from backstay.dialects.mapping.grammar import Grammar
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.schema.model import Realm, Schema


def encode(realm: Realm, grammar: Grammar) -> str:
    """The document whose decoding, loaded on a database, is this realm again."""
    writing = Writing(grammar, labels.of_realm(realm))
    found = realm.schemas
    of_tables = [(s, t, tables.encode(t, s, writing)) for s in found for t in s.tables]
    rest = (
        *(enums.encode(enum, schema, writing) for schema in found for enum in schema.enums),
        *(sequences.encode(s, schema, writing) for schema in found for s in schema.sequences),
        *(block for kind in grammar.objects for block in _objects(kind, realm, writing)),
        *(schemas.encode(schema) for schema in found),
    )
    written = (tables.with_referred(block, t, writing.referred[s.name, t.name]) for s, t, block in of_tables)
    return write.write((*written, *rest))


def _objects(kind: ObjectBlock, realm: Realm, writing: Writing) -> Iterator[write.Block]:
    """The blocks of one kind, of all schemas and of the realm itself."""
    for holder in (*realm.schemas, realm):
        schema = holder.name if isinstance(holder, Schema) else ""
        yield from (kind.encode(item, schema, writing) for item in getattr(holder, kind.object.field, ()))
