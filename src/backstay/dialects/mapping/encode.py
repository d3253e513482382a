"""A realm to a document: kind by kind and schema by schema, the schemas themselves last."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from backstay.dialects.mapping import access, enums, labels, schemas, sequences, tables
from backstay.dialects.mapping.grammar import Grammar
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.schema.model import Realm, Schema


def encode(realm: Realm, grammar: Grammar) -> str:
    """The document whose decoding, loaded on a database, is this realm again."""
    writing = Writing(grammar, labels.of_realm(realm))
    found = realm.schemas
    owned = _Owners(realm)
    of_tables = [
        (s, t, owned.block(tables.encode(t, s, writing), s.name, "table", t.name))
        for s in found
        for t in s.tables
    ]
    rest = (
        *(
            owned.block(enums.encode(enum, schema, writing), schema.name, "type", enum.name)
            for schema in found
            for enum in schema.enums
        ),
        *(
            owned.block(sequences.encode(s, schema, writing), schema.name, "sequence", s.name)
            for schema in found
            for s in schema.sequences
        ),
        *(block for kind in grammar.objects for block in _objects(kind, realm, writing, owned)),
        *access.encode(realm, writing.labels),
        *(owned.block(schemas.encode(schema), schema.name, "schema", "") for schema in found),
    )
    written = (tables.with_referred(block, t, writing.referred[s.name, t.name]) for s, t, block in of_tables)
    return write.write((*written, *rest))


class _Owners:
    """To whom the objects of a realm belong."""

    def __init__(self, realm: Realm) -> None:
        self.roles = {role.name: "user" if role.login else "role" for role in realm.roles}
        holders: tuple[Schema | Realm, ...] = (*realm.schemas, realm)
        self.owners = {
            (holder.name if isinstance(holder, Schema) else "", item.kind, item.name): item.owner
            for holder in holders
            for item in holder.ownerships
        }

    def block(self, block: write.Block, schema: str, kind: str, name: str) -> write.Block:
        """The block of an object (kind of address, identity) with its owner, where one is told."""
        owner = self.owners.get((schema, kind, name))
        if owner is None:
            return block
        attributes = {**block.attributes, "owner": access.role(owner, self.roles)}
        return msgspec.structs.replace(block, attributes=attributes)


def _objects(kind: ObjectBlock, realm: Realm, writing: Writing, owned: _Owners) -> Iterator[write.Block]:
    """The blocks of one kind, of all schemas and of the realm itself."""
    for holder in (*realm.schemas, realm):
        schema = holder.name if isinstance(holder, Schema) else ""
        for item in getattr(holder, kind.object.field, ()):
            block = kind.encode(item, schema, writing)
            yield owned.block(block, schema, kind.object.family, item.identifier)
