"""What counts as equal in PostgreSQL although the models differ.

1. The standard comment of the schema `public`, which comes with every database.
2. Whether an index is valid, in the desired state: what is made is valid. (Not of partitioned tables: there
   it says that a partition has none.)
3. Names of not-null constraints, where one side comes from a server that has none (before 18).
4. The two wordings of a cast array in SQL (see `expressions`), wherever it is (see `wording`).
5. Which names the not-null constraints of a partition have, where its parent forbids NULL, too: nothing can
   change that.
6. Whether an inheriting table declares a column that its parent gives, too, or forbids NULL in it as the
   parent does: nothing can change that either.
7. Owners and rights that the desired state does not tell (see `access`).
8. Whether the sequence of an identity column is logged though its table is not, unless the desired state says
   so: databases from before 15 had no other.
9. The version of an extension, unless the desired state names one, and its comment, unless it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from backstay.dialects.postgres.access import told
from backstay.dialects.postgres.expressions import settled
from backstay.dialects.postgres.lineage import declared_alike, named_alike
from backstay.dialects.postgres.wording import texts, worded
from backstay.schema.diff import identity
from backstay.schema.kinds import OF_REALM, OF_SCHEMA, ObjectKind
from backstay.schema.model import Column, Identity, Materialized, Model, NotNull, Realm, Schema, Table

H = TypeVar("H", Schema, Realm)

STANDARD_COMMENT = "standard public schema"
FIRST_WITH_NAMES = 18
FIRST_WITH_NAMES_OF_DOMAINS = 17


def canonical(realm: Realm) -> Realm:
    """See `Dialect.canonical`."""
    realm = _tables_changed(_changed(realm, _without_standard_comment), lambda table: _named(table, False))
    return _objects_changed(realm, lambda item: worded(item, settled))


def reconcile(before: Realm, after: Realm, versions: Sequence[str] = ()) -> tuple[Realm, Realm]:
    """Both states with those differences removed."""
    before = _extensions_told(told(before, after), after)
    before, after = _changed(before, _without_standard_comment), _changed(after, _without_standard_comment)
    after = _objects_changed(after, _valid)
    majors = [int(version.partition(".")[0]) for version in versions]
    if any(major < FIRST_WITH_NAMES for major in majors):
        before, after = _tables_changed(before, _unnamed), _tables_changed(after, _unnamed)
    if any(major < FIRST_WITH_NAMES_OF_DOMAINS for major in majors):
        before, after = _changed(before, _unnamed_domains), _changed(after, _unnamed_domains)
    before = named_alike(declared_alike(before, after), after)
    desired = {schema.name: schema for schema in after.schemas}
    before = _changed(before, lambda schema: _reworded(schema, desired.get(schema.name), OF_SCHEMA))
    return _reworded(before, after, OF_REALM), after


def _extensions_told(before: Realm, after: Realm) -> Realm:
    """The extensions before with what the desired state tells of them."""
    desired = {extension.name: extension for extension in after.extensions}
    versions = {extension.name: extension.version for extension in before.facts.extensions}
    extensions = []
    for found in before.extensions:
        wanted = desired.get(found.name, found)
        extensions.append(
            replace(
                found,
                version=versions.get(found.name, found.version) if wanted.version else "",
                comment=found.comment if wanted.comment else "",
            )
        )
    return replace(before, extensions=tuple(extensions))


def _unnamed_domains(schema: Schema) -> Schema:
    domains = (replace(domain, not_null=NotNull()) for domain in schema.domains)
    return replace(schema, domains=tuple(domains))


def _changed(realm: Realm, change: Callable[[Schema], Schema]) -> Realm:
    return replace(realm, schemas=tuple(map(change, realm.schemas)))


def _tables_changed(realm: Realm, change: Callable[[Table], Table]) -> Realm:
    return _changed(realm, lambda schema: replace(schema, tables=tuple(map(change, schema.tables))))


def _without_standard_comment(schema: Schema) -> Schema:
    return replace(schema, comment="") if schema.comment == STANDARD_COMMENT else schema


def _valid(item: Model) -> Model:
    if not isinstance(item, Table | Materialized) or all(index.valid for index in item.indexes):
        return item
    if isinstance(item, Table) and item.partitioning is not None:
        return item
    return replace(item, indexes=tuple(replace(index, valid=True) for index in item.indexes))


def _unnamed(table: Table) -> Table:
    if not any(column.not_null != NotNull() for column in table.columns):
        return table
    return replace(table, columns=tuple(replace(column, not_null=NotNull()) for column in table.columns))


def _named(table: Table, parent_names: bool) -> Table:
    """A partition whose not-null constraints have the names of its parent's, or not."""
    if table.partition_of is None or table.partition_of.parent_names == parent_names:
        return table
    return replace(table, partition_of=replace(table.partition_of, parent_names=parent_names))


def _sequences_told(old: Table, new: Table) -> Table:
    """The old table without the logged sequences that the new one says nothing of."""
    desired = {column.name: column.identity for column in new.columns}
    return replace(
        old, columns=tuple(_sequence_told(column, desired.get(column.name)) for column in old.columns)
    )


def _sequence_told(column: Column, desired: Identity | None) -> Column:
    if desired is None or column.identity is None or desired.unlogged is not None:
        return column
    return replace(column, identity=replace(column.identity, unlogged=None))


def _objects_changed(realm: Realm, change: Callable[[Model], Model]) -> Realm:
    """The realm with all its objects changed."""
    realm = _changed(realm, lambda schema: _holder_changed(schema, OF_SCHEMA, change))
    return _holder_changed(realm, OF_REALM, change)


def _holder_changed(holder: H, kinds: tuple[ObjectKind, ...], change: Callable[[Model], Model]) -> H:
    return replace(holder, **{kind.field: tuple(map(change, getattr(holder, kind.field))) for kind in kinds})


def _reworded(old: H, new: H | None, kinds: tuple[ObjectKind, ...]) -> H:
    """The old schema (or what is in none) in the words of the new one, where these say the same."""
    if new is None or old == new:
        return old
    desired = {(kind.field, identity(item)): item for kind in kinds for item in getattr(new, kind.field)}
    return replace(
        old,
        **{
            kind.field: tuple(
                _object_reworded(item, desired.get((kind.field, identity(item))))
                for item in getattr(old, kind.field)
            )
            for kind in kinds
        },
    )


def _object_reworded(old: Model, new: Model | None) -> Model:
    if new is None or old == new:
        return old
    if isinstance(old, Table) and isinstance(new, Table) and new.partition_of is not None:
        old = _named(old, new.partition_of.parent_names)
    if isinstance(old, Table) and isinstance(new, Table) and old.unlogged:
        old = _sequences_told(old, new)
    same = set(texts(new))
    words = {settled(text): text for text in same}
    return worded(old, lambda text: text if text in same else words.get(settled(text), text))
