"""Asking for the rows of the system catalogue that make a state (PostgreSQL documentation, chapter 52).

All queries of `queries/` are sent in one pipeline: their number does not depend on the schema, and they
take one round trip. A pipeline is one transaction (PostgreSQL documentation, 32.5), for which the search path
is set that decides how names are worded: the bound schema alone, or nothing, in which case every name of a
user's object comes with its schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from backstay.dialects.postgres import connect
from backstay.dialects.postgres.inspect.phrases import PHRASES
from backstay.dialects.postgres.inspect.rows import TYPES, Rows
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


def read(session: PostgresSession, schemas: Sequence[str]) -> Rows:
    """Ask everything at once: of these schemas, or of all that are not the system's."""
    connection = session.connection
    version = connection.info.server_version
    settings = {"search_path": quote_name(session.schema) if session.schema else "", **SETTINGS}
    cursors: dict[str, psycopg.Cursor[Any]] = {}
    try:
        with connection.pipeline():
            connect.set_parameters(connection, settings, local=True)
            for name, row in TYPES.items():
                cursors[name] = connection.cursor(row_factory=_factory(row))
                cursors[name].execute(query(name, version, bool(schemas)), {"schemas": list(schemas)})
        return Rows(*(_fetch(cursors.pop(name)) for name in TYPES))
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
