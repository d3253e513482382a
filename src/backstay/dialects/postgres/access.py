"""What of roles and their rights is no difference between two states.

1. A role that the desired state does not have, when it is the one that makes the change.
2. Owners that the desired state does not tell: an object keeps its owner unless another one is named.
3. The options of a user mapping that one of the states may not see.
4. Rights on objects that the desired state does not have: they go with the objects.
"""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from backstay.schema.kinds import OF_REALM, OF_SCHEMA, address
from backstay.schema.model import Ownership, Permission, Realm, Schema, UserMapping

T = TypeVar("T", Realm, Schema)


def told(before: Realm, after: Realm) -> Realm:
    """The state before, without those."""
    names = {role.name for role in after.roles}
    roles = tuple(role for role in before.roles if role.name in names or role.name != before.facts.role)
    desired = {schema.name: schema for schema in after.schemas}
    schemas = tuple(
        _told(schema, desired[schema.name]) if schema.name in desired else schema for schema in before.schemas
    )
    wanted = {item.identifier: item for item in after.user_mappings}
    mappings = (_seen(item, wanted.get(item.identifier)) for item in before.user_mappings)
    return _told(replace(before, roles=roles, schemas=schemas, user_mappings=tuple(mappings)), after)


def _seen(before: UserMapping, after: UserMapping | None) -> UserMapping:
    return after if after is not None and (before.hidden or after.hidden) else before


def _told(before: T, after: T) -> T:
    if not before.permissions and not before.ownerships:
        return before
    owned = {item.identifier for item in after.ownerships}
    there = _addresses(after)
    return replace(
        before,
        ownerships=tuple(item for item in before.ownerships if item.identifier in owned),
        permissions=tuple(item for item in before.permissions if (item.kind, item.name) in there),
    )


def _addresses(holder: Realm | Schema) -> set[tuple[str, str]]:
    """Kind and name of all objects, and of the schema itself."""
    kinds = OF_SCHEMA if isinstance(holder, Schema) else OF_REALM
    found = {("schema", "")}
    for kind in kinds:
        if kind.struct not in (Permission, Ownership):
            found |= {address(kind.name, "", item)[0:3:2] for item in getattr(holder, kind.field)}
    return found
