"""Session -> normalised realm, in a constant number of queries.

catalogue     the rows of the system catalogue, all in one pipeline
reading       the rows by object
tables …      rows -> model, a file per kind of object
unsupported   what a state holds and the model cannot carry
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from backstay.dialects.postgres.inspect import catalogue
from backstay.dialects.postgres.inspect.access import Found, access
from backstay.dialects.postgres.inspect.comments import CLASS, CONSTRAINT, NAMESPACE
from backstay.dialects.postgres.inspect.definitions import Definitions, definitions
from backstay.dialects.postgres.inspect.dependencies import addresses, dependencies
from backstay.dialects.postgres.inspect.reading import Reading
from backstay.dialects.postgres.inspect.rows import DefinitionRow
from backstay.dialects.postgres.inspect.sequences import sequences
from backstay.dialects.postgres.inspect.tables import Tables
from backstay.dialects.postgres.inspect.unsupported import Unsupported, of_kind, refuse
from backstay.errors import NotFoundError
from backstay.schema.kinds import BY_NAME
from backstay.schema.model import Address, Extension, Facts, Materialized, Realm, Schema, Table
from backstay.schema.patterns import Patterns

if TYPE_CHECKING:
    from backstay.dialects.postgres.session import PostgresSession

T = TypeVar("T", Table, Materialized)

KIND_OF = {kind.field: kind.name.replace("_", " ") for kind in BY_NAME.values()}
"""What people call the objects in a field of the model."""


def inspect(session: PostgresSession, patterns: Patterns, schemas: Sequence[str] = ()) -> Realm:
    """See `Session.inspect`."""
    with uncollected():
        return _inspect(session, patterns, schemas)


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for circular garbage: among hundreds of thousands of values without circles it takes a third
    of the time and finds nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _inspect(session: PostgresSession, patterns: Patterns, schemas: Sequence[str]) -> Realm:
    reading = _read(session, schemas)
    database = not session.schema and not schemas
    realm = _realm(reading, int(session.major), database=database)
    found = [*reading.unsupported, *_objects(reading, database=database), *_comments(reading)]
    refuse(found, patterns)
    return patterns.apply(realm)


def contents(session: PostgresSession) -> Iterator[tuple[str, str, str]]:
    """Kind, schema and name of every user's object in the scope; an empty `public` is none."""
    names = (session.schema,) if session.schema else ()
    reading = Reading(catalogue.read(session, names), session.schema, session.named_versions)
    if not session.schema:
        yield from (("schema", "", row.name) for row in reading.schemas if row.name != "public")
        yield from _defined(reading, [row for row in reading.rows.database if row.kind != "role"])
    yield from (("table", row.schema, row.name) for row in reading.tables.values())
    yield from (("materialized", row.schema, row.name) for row in reading.materialized.values())
    yield from _defined(reading, reading.rows.definitions)
    yield from (("sequence", row.schema, row.name) for row in reading.sequences)
    objects = _objects(reading, database=not session.schema)
    yield from ((found.label, found.schema, found.name) for found in objects)


def _read(session: PostgresSession, schemas: Sequence[str]) -> Reading:
    names = (session.schema,) if session.schema else tuple(schemas)
    reading = Reading(catalogue.read(session, names), session.schema, session.named_versions)
    for name in names:
        if name not in reading.names:
            raise NotFoundError(
                f'postgres: schema "{name}" was not found',
                hint="create it, or correct the schema in the URL or in --schema",
            )
    return reading


def _defined(reading: Reading, rows: Sequence[DefinitionRow]) -> Iterator[tuple[str, str, str]]:
    for (schema, field), items in definitions(reading, rows).objects.items():
        yield from ((KIND_OF[field], schema, item.identifier) for item in items)


def _realm(reading: Reading, major: int, *, database: bool) -> Realm:
    """Everything in the schemas, and (`database`) what is in none."""
    found = sequences(reading)
    builder = Tables(reading, found)
    tables = [(row.schema, builder.of(row)) for row in reading.tables.values()]
    materialized = [(row.schema, builder.materialized(row)) for row in reading.materialized.values()]
    defined = definitions(reading, reading.rows.definitions)
    apart = definitions(reading, reading.rows.database)
    known = {**addresses(reading), **defined.addresses, **(apart.addresses if database else {})}
    found_access = access(reading, known, major)
    installed = _of_schema(apart, "").get("extensions", ())
    owned = {Address("sequence", row.schema, row.name) for row in reading.sequences if row.table}
    return Realm(
        schemas=tuple(
            Schema(
                name=row.name,
                comment=reading.comments.take(NAMESPACE, row.oid),
                **{
                    **_of_schema(defined, row.name),
                    **found_access.of(row.name, owned),
                    "tables": _sorted(tables, row.name),
                    "materialized": _sorted(materialized, row.name),
                    "sequences": tuple(sorted(found.standing.get(row.name, ()), key=lambda item: item.name)),
                },
            )
            for row in sorted(reading.schemas, key=lambda row: row.name)
        ),
        facts=_facts(reading, known, found_access, installed, database=database),
        **({**_of_database(apart, reading), **found_access.of("", owned)} if database else {}),
    )


def _of_database(found: Definitions, reading: Reading) -> dict[str, Any]:
    """Field -> objects in no schema. The version of an extension counts where the files name one."""
    fields = _of_schema(found, "")
    extensions = fields.get("extensions", ())
    named = (replace(item, version=reading.named_versions.get(item.name, "")) for item in extensions)
    return {**fields, "extensions": tuple(named)}


def _facts(
    reading: Reading,
    known: Mapping[tuple[int, int], Address],
    found: Found,
    installed: Sequence[Extension],
    *,
    database: bool,
) -> Facts:
    """What is known beside the objects; of extensions, those that are there, or (not `database`) needed."""
    edges = dependencies(reading, known)
    needed = {edge.on.name for edge in edges if edge.on.kind == "extension"}
    return Facts(
        dependencies=edges,
        unpopulated=tuple(
            Address("materialized", row.schema, row.name)
            for row in reading.materialized.values()
            if not row.populated
        ),
        extensions=tuple(item for item in installed if database or item.name in needed),
        role=found.role,
        access=found.access,
        defaults=found.defaults,
    )


def _of_schema(found: Definitions, schema: str) -> dict[str, Any]:
    """Field -> objects, of one schema."""
    return {field: tuple(items) for (name, field), items in found.objects.items() if name == schema}


def _sorted(items: Sequence[tuple[str, T]], schema: str) -> tuple[T, ...]:
    return tuple(sorted((item for name, item in items if name == schema), key=lambda item: item.name))


def _objects(reading: Reading, *, database: bool) -> Iterator[Unsupported]:
    """What the model has no place for: in the schemas, and (`database`) in none."""
    for row in reading.rows.unsupported:
        in_scope = row.schema in reading.names if row.schema else database
        if in_scope and (row.catalogue, row.oid) not in reading.members:
            yield of_kind(row.label, row.schema, row.name)


def _comments(reading: Reading) -> Iterator[Unsupported]:
    """Comments on parts of what is carried that have no place of their own in the model."""
    places = {(CLASS, row.oid): ("sequence", row.schema, row.name, "") for row in reading.sequences}
    for rows in reading.constraints.values():
        for row in rows:
            table = reading.tables.get(row.table)
            if table is not None:
                places[CONSTRAINT, row.oid] = ("constraint", table.schema, table.name, row.name)
    for key in reading.comments.left():
        if key in places:
            kind, schema, name, child = places[key]
            yield Unsupported(schema=schema, name=name, child=child, label=f"comment on {kind}", kind=kind)
