"""The schema language of PostgreSQL: what its files may say, and how its catalogue spells defaults."""

from __future__ import annotations

import re
from decimal import Decimal

from backstay.dialects.mapping.access import SHAPES as ACCESS
from backstay.dialects.mapping.access import with_owners
from backstay.dialects.mapping.decode import decode as decode_document
from backstay.dialects.mapping.encode import encode as encode_realm
from backstay.dialects.mapping.grammar import Grammar, Shape, bare, words
from backstay.dialects.mapping.literals import NUMBER, NUMERIC, TEXTUAL
from backstay.dialects.mapping.objects import BLOCKS
from backstay.dialects.mapping.renames import with_renames
from backstay.dialects.postgres.types import TYPES
from backstay.hcl.document import Document, Names
from backstay.schema.model import Realm

SEQUENCE = "start increment min_value max_value cache cycle"
INDEX = "name comment type where include page_per_range tablespace clustered partition_of"
TABLE = "column foreign_key check partition partition_of"

SHAPES = {
    "schema": Shape(words("name comment for_each"), named=True),
    "table": Shape(
        words(
            "name schema comment depends_on unlogged inherits type access_method tablespace replica_identity "
            "for_each"
        ),
        words(f"{TABLE} primary_key index unique exclude storage_params row_security"),
        words("renamed_from"),
        named=True,
    ),
    "foreign_table": Shape(
        words("name schema comment depends_on inherits server options for_each"), words(TABLE), named=True
    ),
    "partition": Shape(words("type columns"), words("by")),
    "by": Shape(words("column expr ops collate")),
    "partition_of": Shape(words("parent values parent_names")),
    "row_security": Shape(words("enabled enforced")),
    "column": Shape(
        words(
            "name type null not_null_name default as comment collate storage compression statistics "
            "foreign_options"
        ),
        words("default as identity not_null options"),
        words("renamed_from"),
        named=True,
    ),
    "options": Shape(free=True),
    "not_null": Shape(words("name no_inherit not_valid comment")),
    "default": Shape(words("as")),
    "as": Shape(words("expr type")),
    "identity": Shape(words(f"generated sequence_name unlogged comment {SEQUENCE}")),
    "primary_key": Shape(
        words("name columns include without_overlaps deferrable comment index_comment")
        | words("tablespace clustered partition_of"),
        words("storage_params"),
    ),
    "index": Shape(
        words(f"unique columns nulls_distinct valid {INDEX}"),
        words("on storage_params"),
        words("renamed_from"),
        named=True,
    ),
    "unique": Shape(
        words(f"columns nulls_distinct without_overlaps deferrable index_comment {INDEX}"),
        words("on storage_params"),
    ),
    "exclude": Shape(words(f"deferrable index_comment {INDEX}"), words("on storage_params")),
    "on": Shape(words("column expr desc nulls_first nulls_last ops op collate statistics")),
    "foreign_key": Shape(
        words(
            "name columns ref_columns on_update on_delete on_delete_columns match period deferrable "
            "not_valid enforced comment"
        )
    ),
    "check": Shape(words("name expr no_inherit not_valid enforced comment")),
    "storage_params": Shape(blocks=words("toast"), free=True),
    "toast": Shape(free=True),
    "enum": Shape(words("name schema values comment for_each"), named=True),
    "sequence": Shape(words(f"name schema type owner unlogged comment for_each {SEQUENCE}"), named=True),
}

SHAPES.update({kind.block: kind.shape for kind in BLOCKS})
SHAPES.update({name: shape for kind in BLOCKS for name, shape in kind.shapes.items()})

OWNED = words(
    "schema table foreign_table enum domain composite range collation sequence view materialized function "
    "procedure aggregate statistics operator operator_family operator_class text_search_dictionary "
    "text_search_configuration conversion language foreign_data_wrapper server event_trigger publication"
)
RENAMED = words(
    "schema table foreign_table column index unique primary_key foreign_key check exclude enum domain "
    "composite field range collation sequence view materialized function procedure aggregate trigger policy "
    "rule statistics"
)
SHAPES = with_renames(SHAPES, RENAMED)
SHAPES = {**with_owners(SHAPES, OWNED), **ACCESS}

REFUSED = (
    words(
        "view materialized function procedure aggregate trigger event_trigger policy domain composite range "
        "collation cast extension role user permission server user_mapping foreign_table"
    )
    - SHAPES.keys()
)

METHODS = Names(
    variables={
        **{name: name for name in ("BTREE", "HASH", "GIN", "GIST", "SPGIST", "BRIN")},
        "GiST": "GIST",
        "SPGiST": "SPGIST",
    }
)

# Operator classes of the server (pg_opclass) and of the extensions most in use.
TYPE_OPS = words(
    "bytea char date float4 float8 int2 int4 int8 interval macaddr macaddr8 name numeric oid pg_lsn text tid "
    "time timestamp timestamptz timetz uuid"
)
OPERATORS = bare(
    *words(
        "aclitem_ops array_ops bit_ops bool_ops bpchar_ops cid_ops cidr_ops enum_ops inet_ops jsonb_ops "
        "money_ops multirange_ops oidvector_ops range_ops record_ops tsquery_ops tsvector_ops varbit_ops "
        "varchar_ops xid_ops xid8_ops record_image_ops bpchar_pattern_ops text_pattern_ops "
        "varchar_pattern_ops jsonb_path_ops box_ops circle_ops point_ops poly_ops quad_point_ops "
        "kd_point_ops gin_trgm_ops gist_trgm_ops btree_geography_ops btree_geometry_ops hash_geometry_ops "
        "gist_geography_ops gist_geometry_ops_2d gist_geometry_ops_nd gist_geometry_ops_3d "
        "spgist_geography_ops_nd spgist_geometry_ops_2d spgist_geometry_ops_3d spgist_geometry_ops_nd "
        "bit_minmax_ops bpchar_minmax_ops varbit_minmax_ops inet_minmax_ops box_inclusion_ops "
        "inet_inclusion_ops range_inclusion_ops brin_geography_inclusion_ops "
        "brin_geometry_inclusion_ops_2d brin_geometry_inclusion_ops_3d brin_geometry_inclusion_ops_4d"
    ),
    *(f"{name}_{end}ops" for name in TYPE_OPS for end in ("", "minmax_", "bloom_", "minmax_multi_")),
)

CAST = re.compile(r"('(?:[^']|'')*')::(.+)", re.DOTALL)
LENGTHS = re.compile(r"\([^()]*\)")
INT4, INT8 = 2**31, 2**63


def literal(default: str, type_: str, kind: str) -> str:
    """A literal without the cast that the server prints behind it, where it would print it again.

    The cast must be the one that a bare literal gets in a column of this type; all else stays.
    """
    match = CAST.fullmatch(default)
    if match is None:
        return default
    text, cast = match.groups()
    if kind in TEXTUAL and cast == _constant_type(type_):
        return text
    number = text[1:-1]
    if kind in NUMERIC and NUMBER.fullmatch(number) and cast == _number_type(number):
        return number
    return default


def _constant_type(type_: str) -> str:
    """The type of a constant in a column of this type: without its length, which is applied later."""
    if '"' in type_:
        return type_
    plain = LENGTHS.sub("", type_)
    head, brackets, _ = plain.partition("[")
    return ("bpchar" if head == "character" else head) + ("[]" if brackets else "")


def _number_type(number: str) -> str:
    """The type the parser gives a number; the catalogue prints it unless it goes without saying."""
    value = Decimal(number)
    if "." in number:
        return "numeric" if value < 0 else ""
    if -INT4 <= value < INT4:
        return "integer" if value < 0 else ""
    return "bigint" if -INT8 <= value < INT8 else "numeric"


GRAMMAR = Grammar(
    types=TYPES,
    shapes=SHAPES,
    top=words("schema table foreign_table enum sequence")
    | ACCESS.keys()
    | {name for kind in BLOCKS for name in (kind.block, *kind.aliases)},
    refused=REFUSED,
    stored=("STORED", "VIRTUAL"),
    methods=METHODS,
    operators=OPERATORS,
    literal=literal,
    objects=BLOCKS,
)


def decode(document: Document, *, qualify: bool) -> Realm:
    """The realm a document describes; see `backstay.dialects.mapping.decode`."""
    return decode_document(document, GRAMMAR, qualify=qualify)


def encode(realm: Realm) -> str:
    """The document that describes a realm; see `backstay.dialects.mapping.encode`."""
    return encode_realm(realm, GRAMMAR)
