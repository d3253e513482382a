"""A realm to a document: tables, enums and sequences schema by schema, the schemas themselves last."""

from __future__ import annotations

from backstay.dialects.mapping import enums, labels, schemas, sequences, tables
from backstay.dialects.mapping.grammar import Grammar
from backstay.dialects.mapping.writing import Writing
from backstay.hcl.write import write
from backstay.schema.model import Realm


def encode(realm: Realm, grammar: Grammar) -> str:
    """The document whose decoding, loaded on a database, is this realm again."""
    writing = Writing(grammar, labels.of_realm(realm))
    found = realm.schemas
    return write(
        (
            *(tables.encode(table, schema, writing) for schema in found for table in schema.tables),
            *(enums.encode(enum, schema, writing) for schema in found for enum in schema.enums),
            *(sequences.encode(s, schema, writing) for schema in found for s in schema.sequences),
            *(schemas.encode(schema) for schema in found),
        )
    )
