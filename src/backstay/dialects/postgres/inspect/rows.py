"""The rows that the queries of `queries/` return, column by column (see `catalogue`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec


class SchemaRow(NamedTuple):
    oid: int
    name: str


class RelationRow(NamedTuple):
    oid: int
    schema: str
    name: str
    kind: str
    persistence: str
    storage: list[str] | None
    toast_storage: list[str] | None
    parents: list[int] | None
    parent_schemas: list[str] | None
    parent_names: list[str] | None
    bound: str | None
    strategy: str | None
    key_columns: str | None
    key_classes: str | None
    key_collations: str | None
    key_exprs: str | None
    of_type: str | None
    row_security: bool
    forced_row_security: bool
    replica_identity: str
    replica_index: str | None
    tablespace: str | None
    access_method: str | None
    server: str | None
    server_options: list[str] | None
    query: str | None
    populated: bool


class ColumnRow(NamedTuple):
    table: int
    number: int
    name: str
    type: str
    type_oid: int
    not_null: bool
    given_not_null: bool
    default_oid: int | None
    expr: str | None
    identity: str
    generated: str
    collation: int
    own_collation: bool
    storage: str
    own_storage: bool
    compression: str
    statistics: int | None
    options: list[str] | None
    foreign_options: list[str] | None
    local: bool
    inherited: bool


class ConstraintRow(NamedTuple):
    oid: int
    table: int
    name: str
    type: str
    columns: list[int] | None
    index_oid: int
    ref_table: int
    ref_schema: str | None
    ref_name: str | None
    ref_columns: list[int] | None
    ref_column_names: list[str] | None
    on_update: str
    on_delete: str
    match: str
    deferrable: bool
    deferred: bool
    validated: bool
    no_inherit: bool
    enforced: bool
    period: bool
    delete_columns: list[int] | None
    operators: list[str] | None
    expr: str | None


class IndexRow(NamedTuple):
    oid: int
    table: int
    name: str
    method: str
    unique: bool
    valid: bool
    clustered: bool
    key_count: int
    columns: str
    classes: str
    collations: str
    options: str
    nulls_not_distinct: bool
    storage: list[str] | None
    tablespace: str | None
    parent_schema: str | None
    parent: str | None
    exprs: list[str | None] | None
    predicate: str | None


class IndexAttributeRow(NamedTuple):
    index_oid: int
    number: int
    parameters: list[str] | None
    statistics: int | None


class OperatorClassRow(NamedTuple):
    oid: int
    method: str
    schema: str
    name: str
    type_oid: int
    default: bool


class CollationRow(NamedTuple):
    oid: int
    schema: str
    name: str


class SequenceRow(NamedTuple):
    oid: int
    schema: str
    name: str
    persistence: str
    type: str
    start: int
    increment: int
    min_value: int
    max_value: int
    cache: int
    cycle: bool
    table: int | None
    column: int | None
    dependency: str | None
    regclass: str


class DefinitionRow(NamedTuple):
    """An object of a kind of its own: `definition` is the JSON of its struct in the model."""

    catalogue: int
    oid: int
    kind: str
    schema: str
    definition: str


class DependencyRow(NamedTuple):
    catalogue: int
    oid: int
    part: int
    on_catalogue: int
    on_oid: int
    on_part: int


class UnsupportedRow(NamedTuple):
    """An object that cannot be carried: `label` is what people call it, `schema` is empty for one in none."""

    catalogue: int
    oid: int
    schema: str
    label: str
    name: str


class AccessRow(NamedTuple):
    """An owner with an access privilege list; `objects` and `schema` are those of default privileges.

    Of a column, which has no owner, `objects` is the name.
    """

    catalogue: int
    oid: int
    part: int
    owner: str
    acl: list[str] | None
    objects: str
    schema: str


class MemberRow(NamedTuple):
    catalogue: int
    oid: int
    extension: str
    belongs: bool


class CommentRow(NamedTuple):
    catalogue: int
    oid: int
    part: int
    text: str


class Rows(msgspec.Struct, frozen=True, gc=False):
    """What the queries of the same names returned."""

    schemas: list[SchemaRow]
    relations: list[RelationRow]
    columns: list[ColumnRow]
    constraints: list[ConstraintRow]
    indexes: list[IndexRow]
    index_attributes: list[IndexAttributeRow]
    operator_classes: list[OperatorClassRow]
    collations: list[CollationRow]
    sequences: list[SequenceRow]
    definitions: list[DefinitionRow]
    database: list[DefinitionRow]
    dependencies: list[DependencyRow]
    unsupported: list[UnsupportedRow]
    extension_members: list[MemberRow]
    comments: list[CommentRow]
    access: list[AccessRow]


TYPES: Mapping[str, type[tuple[Any, ...]]] = {
    "schemas": SchemaRow,
    "relations": RelationRow,
    "columns": ColumnRow,
    "constraints": ConstraintRow,
    "indexes": IndexRow,
    "index_attributes": IndexAttributeRow,
    "operator_classes": OperatorClassRow,
    "collations": CollationRow,
    "sequences": SequenceRow,
    "definitions": DefinitionRow,
    "database": DefinitionRow,
    "dependencies": DependencyRow,
    "unsupported": UnsupportedRow,
    "extension_members": MemberRow,
    "comments": CommentRow,
    "access": AccessRow,
}
"""Query -> the type of its rows, in the order of `Rows`."""
