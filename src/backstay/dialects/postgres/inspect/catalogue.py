"""The rows of the system catalogue that make a state (PostgreSQL documentation, chapter 52).

All queries of `queries/` are sent in one pipeline: their number does not depend on the schema, and they
take one round trip. A pipeline is one transaction (PostgreSQL documentation, 32.5), for which the search path
is set that decides how names are worded: the bound schema alone, or nothing, in which case every name of a
user's object comes with its schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psycopg

from backstay.dialects.postgres import connect
from backstay.dialects.postgres.inspect.phrases import PHRASES
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.session import PostgresSession

QUERIES = Path(__file__).parent.parent / "queries"
NAMED = "n.nspname = ANY (%(schemas)s)"
ALL = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"

SETTINGS: Mapping[str, str] = {
    "jit": "off",  # compiling costs more than it saves: estimates about catalogues are far too high
    "work_mem": "32MB",  # the columns of thousands of tables are sorted in memory
}
"""Run-time parameters while the catalogue is read, beside the search path."""

VERSIONED: Mapping[str, tuple[int, str, str]] = {
    "nulls_not_distinct": (150000, "i.indnullsnotdistinct", "false"),
    "delete_columns": (150000, "con.confdelsetcols", "NULL::int2[]"),
    "given_not_null": (
        180000,
        "EXISTS (SELECT FROM pg_constraint con WHERE con.conrelid = a.attrelid AND con.contype = 'n'"
        " AND con.conkey = ARRAY[a.attnum] AND NOT con.conislocal)",
        "EXISTS (SELECT FROM pg_inherits i JOIN pg_attribute p ON p.attrelid = i.inhparent"
        " WHERE i.inhrelid = a.attrelid AND p.attname = a.attname AND p.attnotnull)",
    ),
    "enforced": (180000, "con.conenforced", "true"),
    "period": (180000, "con.conperiod", "false"),
    "membership_inherit": (160000, "bool_or(m.inherit_option)", "r.rolinherit"),
    "membership_set": (160000, "bool_or(m.set_option)", "true"),
    "publication_where": (150000, "pg_get_expr(m.prqual, m.prrelid)", "NULL"),
    "publication_columns": (
        150000,
        "SELECT a.attname FROM pg_attribute a WHERE a.attrelid = m.prrelid AND a.attnum = ANY (m.prattrs)"
        " ORDER BY a.attnum",
        "SELECT NULL::name WHERE false",
    ),
    "publication_schemas": (
        150000,
        "SELECT pn.nspname FROM pg_publication_namespace m JOIN pg_namespace pn ON pn.oid = m.pnnspid"
        " WHERE m.pnpubid = p.oid ORDER BY 1",
        "SELECT NULL::name WHERE false",
    ),
    "publication_generated": (
        180000,
        "CASE p.pubgencols WHEN 's' THEN 'stored' ELSE '' END",
        "''",
    ),
}
"""Catalogue columns that came with a version, and what stands for them before."""


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


ROWS: Mapping[str, type[tuple[Any, ...]]] = {
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


def read(session: PostgresSession, schemas: Sequence[str]) -> Rows:
    """Ask everything at once: of these schemas, or of all that are not the system's."""
    connection = session.connection
    version = connection.info.server_version
    settings = {"search_path": quote_name(session.schema) if session.schema else "", **SETTINGS}
    cursors: dict[str, psycopg.Cursor[Any]] = {}
    try:
        with connection.pipeline():
            connect.set_parameters(connection, settings, local=True)
            for name, row in ROWS.items():
                cursors[name] = connection.cursor(row_factory=_factory(row))
                cursors[name].execute(query(name, version, bool(schemas)), {"schemas": list(schemas)})
        return Rows(*(_fetch(cursors.pop(name)) for name in ROWS))
    except psycopg.Error as error:
        raise connect.database_error(error) from None


def _factory(row: type[Any]) -> psycopg.rows.RowFactory[Any]:
    """Rows of this type, made as they are read: none of them is held twice."""
    return lambda cursor: row._make


def _fetch(cursor: psycopg.Cursor[Any]) -> Any:
    with cursor:
        return cursor.fetchall()


@cache
def query(name: str, version: int, named: bool) -> str:
    """The text of a query for a server of this version, limited to named schemas or not."""
    text = _text(QUERIES / name).replace("%", "%%")  # none of them is a parameter
    fragments: dict[str, object] = {"scope": NAMED if named else ALL, **PHRASES}
    for fragment, (since, present, absent) in VERSIONED.items():
        fragments[fragment] = present if version >= since else absent
    return text.format_map(fragments)


def _text(path: Path) -> str:
    """A query in a file, or the union of those in a directory: one for each kind of object."""
    if path.is_dir():
        parts = (part.read_text(encoding="utf-8") for part in sorted(path.glob("*.sql")))
        return "\nUNION ALL\n".join(parts)
    return path.with_suffix(".sql").read_text(encoding="utf-8")
