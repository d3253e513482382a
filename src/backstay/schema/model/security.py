"""Who may do what: policies, roles, permissions."""

from __future__ import annotations

from typing import Literal

from backstay.schema.model.base import Model


class Policy(Model, frozen=True):
    """A row security policy on a table of the same schema; `using` and `check` are SQL expressions."""

    name: str
    table: str
    permissive: bool = True
    command: Literal["ALL", "SELECT", "INSERT", "UPDATE", "DELETE"] = "ALL"
    roles: tuple[str, ...] = ("PUBLIC",)
    using: str = ""
    check: str = ""
    comment: str = ""


class Role(Model, frozen=True):
    """A role of the cluster. Passwords are never read."""

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
    member_of: tuple[str, ...] = ()
    comment: str = ""
