"""What a project manages beside the objects of its schemas: roles, and who may do what.

Both belong to a cluster rather than to an application, so they are part of a state only when the project says
so (`schema { mode { roles = true, permissions = true } }`). Of two states that are compared, what only one of
them tells is no difference.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from backstay.schema.model import Model, Realm, Schema

T = TypeVar("T", Realm, Schema)

ACCESS = ("permissions", "default_permissions", "ownerships")
"""The fields of `Realm` and `Schema` that hold permissions and owners."""


class Managed(Model, frozen=True):
    """`permissions` are owners and default privileges, too. `sensitive`: secrets may be shown."""

    roles: bool = False
    permissions: bool = False
    sensitive: bool = False

    def of(self, realm: Realm) -> Realm:
        """The realm without what is not managed."""
        if not self.roles and realm.roles:
            realm = msgspec.structs.replace(realm, roles=())
        if self.permissions or not (_has_access(realm) or any(map(_has_access, realm.schemas))):
            return realm
        schemas = tuple(map(_without_access, realm.schemas))
        return _without_access(msgspec.structs.replace(realm, schemas=schemas))

    def __and__(self, other: Managed) -> Managed:
        """What both manage."""
        return Managed(
            roles=self.roles and other.roles,
            permissions=self.permissions and other.permissions,
            sensitive=self.sensitive and other.sensitive,
        )


EVERYTHING = Managed(roles=True, permissions=True, sensitive=True)


def _without_access(holder: T) -> T:
    return msgspec.structs.replace(holder, **dict.fromkeys(ACCESS, ())) if _has_access(holder) else holder


def _has_access(holder: Realm | Schema) -> bool:
    return any(getattr(holder, field) for field in ACCESS)
