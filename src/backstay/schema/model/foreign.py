"""Foreign data wrappers, their servers, and who a user is there."""

from __future__ import annotations

from backstay.schema.model.base import Model


class ForeignDataWrapper(Model, frozen=True):
    """A foreign data wrapper that belongs to no extension; its functions are named as SQL does."""

    name: str
    handler: str = ""
    validator: str = ""
    options: dict[str, str] = {}
    comment: str = ""


class Server(Model, frozen=True):
    """A foreign server; `wrapper` is the name of its foreign data wrapper."""

    name: str
    wrapper: str
    type: str = ""
    version: str = ""
    options: dict[str, str] = {}
    comment: str = ""


class UserMapping(Model, frozen=True):
    """Who a user is on a foreign server; the user is a role's name, or PUBLIC.

    `hidden`: the role that inspected may not see the options (`pg_user_mappings`), so they are not known.
    """

    server: str
    user: str
    options: dict[str, str] = {}
    hidden: bool = False

    @property
    def identifier(self) -> str:
        """The user and the server."""
        return f"{self.user} SERVER {self.server}"
