"""The schema language of SQLite: what its files may say."""

from __future__ import annotations

from backstay.dialects.mapping.decode import decode as decode_document
from backstay.dialects.mapping.encode import encode as encode_realm
from backstay.dialects.mapping.grammar import Grammar, Shape, words
from backstay.dialects.mapping.renames import with_renames
from backstay.dialects.sqlite.types import TYPES
from backstay.hcl.document import Document
from backstay.schema.model import Realm

SHAPES = {
    "schema": Shape(words("name comment charset collate for_each"), named=True),
    "table": Shape(
        words("name schema depends_on strict without_rowid for_each"),
        words("column primary_key index unique foreign_key check"),
        words("renamed_from"),
        named=True,
    ),
    "column": Shape(
        words("name type null default as collate auto_increment"),
        words("default as"),
        words("renamed_from"),
        named=True,
    ),
    "default": Shape(words("as")),
    "as": Shape(words("expr type")),
    "primary_key": Shape(words("name columns")),
    "index": Shape(words("name unique columns where"), words("on"), words("renamed_from"), named=True),
    "unique": Shape(words("name columns"), words("on")),
    "on": Shape(words("column expr desc collate")),
    "foreign_key": Shape(words("name columns ref_columns on_update on_delete deferrable")),
    "check": Shape(words("name expr")),
}
SHAPES = with_renames(SHAPES, ("table", "column"))


GRAMMAR = Grammar(
    types=TYPES,
    shapes=SHAPES,
    top=words("schema table"),
    refused=words("view trigger"),
    stored=("VIRTUAL", "STORED"),
)


def decode(document: Document, *, qualify: bool) -> Realm:
    """The realm a document describes; see `backstay.dialects.mapping.decode`."""
    return decode_document(document, GRAMMAR, qualify=qualify)


def encode(realm: Realm) -> str:
    """The document that describes a realm; see `backstay.dialects.mapping.encode`."""
    return encode_realm(realm, GRAMMAR)
