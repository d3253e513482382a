"""Owners and privileges, as they are: what is special about each object, and what new objects get."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from backstay.dialects.postgres.inspect.comments import NAMESPACE
from backstay.dialects.postgres.inspect.reading import Reading
from backstay.dialects.postgres.inspect.rows import AccessRow
from backstay.dialects.postgres.privileges import OBJECTS, SECURABLES, Rights, parse, special, usual
from backstay.schema.model import Access, Address, DefaultPermission, Model, Ownership, Permission

T = TypeVar("T", bound=Model)

ROLE, DEFAULT_ACL = 1260, 826
"""The oids of the catalogues `pg_authid` and `pg_default_acl`; they are fixed in the server's sources."""


DATABASE_OWNER = "pg_database_owner"


class Found(NamedTuple):
    """The role that inspects, what is special about objects, and default privileges with their schemas."""

    role: str
    access: tuple[Access, ...]
    defaults: tuple[tuple[str, DefaultPermission], ...]

    def of(self, schema: str, owned: Collection[Address]) -> dict[str, Any]:
        """Field of the model -> objects: what is about a schema, or about what is in none.

        `owned` belong to the owner of something else. The standard owner of `public` goes without saying.
        """
        here = [item for item in self.access if item.at.schema == schema]
        return {
            "permissions": _sorted(permission for item in here for permission in item.permissions),
            "default_permissions": _sorted(item for where, item in self.defaults if where == schema),
            "ownerships": _sorted(
                Ownership(kind=item.at.kind, name=item.at.name, owner=item.owner)
                for item in here
                if item.owner and item.at not in owned and item.owner != DATABASE_OWNER
            ),
        }


def access(reading: Reading, known: Mapping[tuple[int, int], Address], major: int) -> Found:
    """All of it; `known` are the addresses of objects by catalogue and oid."""
    rows = reading.rows.access
    role = next(row.owner for row in rows if row.catalogue == ROLE)
    owners = {(row.catalogue, row.oid): row.owner for row in rows if not row.part}
    return Found(
        role=role,
        access=tuple(sorted(_objects(reading, known, owners, role, major))),
        defaults=tuple(_defaults(rows, role, major)),
    )


def _sorted(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(sorted(items, key=lambda item: item.identifier))


def _objects(
    reading: Reading,
    known: Mapping[tuple[int, int], Address],
    owners: Mapping[tuple[int, int], str],
    role: str,
    major: int,
) -> Iterator[Access]:
    schemas = {(NAMESPACE, row.oid): Address("schema", row.name, "") for row in reading.schemas}
    for row in reading.rows.access:
        key = (row.catalogue, row.oid)
        at = known.get(key) or schemas.get(key)
        if at is None or at.kind == "extension" or row.catalogue in {ROLE, DEFAULT_ACL}:
            continue
        owner = owners.get(key, role)
        permissions = _permissions(row, at, owner, major)
        if row.part:
            at = Address("column", at.schema, at.name, row.objects)
        if permissions or (owner != role and not row.part):
            yield Access(at, "" if owner == role or row.part else owner, permissions)


def _permissions(row: AccessRow, at: Address, owner: str, major: int) -> tuple[Permission, ...]:
    """What is not usual; nothing where no privilege was ever granted or revoked."""
    kind = "column" if row.part else at.kind
    if row.acl is None or kind not in SECURABLES:
        return ()
    found = parse(row.acl, kind, major)
    if owner in found:  # an owner can always grant
        found[owner] = Rights(found[owner].privileges)
    return tuple(
        Permission(
            kind=at.kind,
            name=at.name,
            column=row.objects,
            to=to,
            privileges=tuple(sorted(rights.privileges)),
            grantable=tuple(sorted(rights.grantable)),
        )
        for to, rights in special(found, usual(kind, owner))
    )


def _defaults(rows: list[AccessRow], role: str, major: int) -> Iterator[tuple[str, DefaultPermission]]:
    """Those of the database replace what is usual, those of a schema come on top (`pg_default_acl`)."""
    for row in rows:
        if row.catalogue != DEFAULT_ACL:
            continue
        kind = OBJECTS[row.objects]
        found = parse(row.acl or (), kind, major)
        if row.owner in found:
            found[row.owner] = Rights(found[row.owner].privileges)
        for to, rights in special(found, {} if row.schema else usual(kind, row.owner)):
            yield (
                row.schema,
                DefaultPermission(
                    objects=SECURABLES[kind].objects,
                    to=to,
                    role="" if row.owner == role else row.owner,
                    privileges=tuple(sorted(rights.privileges)),
                    grantable=tuple(sorted(rights.grantable)),
                ),
            )
