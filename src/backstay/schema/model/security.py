"""Who may do what: policies, roles, permissions."""

from __future__ import annotations

from typing import Literal

from backstay.schema.model.base import Model


class Policy(Model, frozen=True):
    """A row security policy on a table of the same schema; `using` and `check` are SQL expressions.

    `roles` are those it is for, all where they are empty.
    """

    name: str
    table: str
    permissive: bool = True
    command: Literal["ALL", "SELECT", "INSERT", "UPDATE", "DELETE"] = "ALL"
    roles: tuple[str, ...] = ()
    using: str = ""
    check: str = ""
    comment: str = ""


class Membership(Model, frozen=True):
    """What a role is a member of, and with which rights (GRANT role, options of PostgreSQL 16)."""

    role: str
    admin: bool = False
    inherit: bool = True
    set: bool = True


class Role(Model, frozen=True):
    """A role of the cluster. Passwords are never read.

    `settings` are those of its sessions in all databases (ALTER ROLE … SET), as the server keeps them.
    """

    name: str
    superuser: bool = False
    create_db: bool = False
    create_role: bool = False
    inherit: bool = True
    login: bool = False
    replication: bool = False
    bypass_rls: bool = False
    connection_limit: int = -1
    valid_until: str = ""
    member_of: tuple[Membership, ...] = ()
    settings: dict[str, str] = {}
    comment: str = ""


class Permission(Model, frozen=True):
    """What a role may do with an object, where that is not what it may do without being told.

    `kind` and `name` are those of the object's address, within the schema that holds the permission; for the
    schema itself the name is empty. `column` is a column of a table or view. `to` is a role, or PUBLIC.
    `privileges` are sorted; none at all says that what is usual (to the owner, to PUBLIC) was revoked.
    `grantable` are those of them that the role may grant to others.
    """

    kind: str
    name: str
    to: str
    column: str = ""
    privileges: tuple[str, ...] = ()
    grantable: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        """The object and the role."""
        column = f" ({self.column})" if self.column else ""
        return f"{self.kind} {self.name}{column} TO {self.to}"


class DefaultPermission(Model, frozen=True):
    """What a role may do with objects that another one will make (ALTER DEFAULT PRIVILEGES).

    `role` is the one that makes them, empty for the role that applies the plan; `objects` is their kind
    (TABLES, FUNCTIONS, …). The other fields are those of `Permission`.
    """

    objects: str
    to: str
    role: str = ""
    privileges: tuple[str, ...] = ()
    grantable: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        """Who makes what, and who may use it."""
        return f"{self.role} {self.objects} TO {self.to}".lstrip()


class Ownership(Model, frozen=True):
    """To whom an object belongs, where that is not the role that inspects it; fields as in `Permission`."""

    kind: str
    name: str
    owner: str

    @property
    def identifier(self) -> str:
        """The object."""
        return f"{self.kind} {self.name}"
