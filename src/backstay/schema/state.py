"""A state: a realm in a server's normal form, with what is needed to read it again or name it."""

from __future__ import annotations

from backstay.schema.managed import Managed
from backstay.schema.model import Model, Realm


class SourceFile(Model, frozen=True):
    """One file a state was made of: its name relative to the project, its text."""

    name: str
    text: str


class State(Model, frozen=True):
    """A normalised realm, and where it came from.

    `hash` is the state hash (docs/state-hash.md). `dialect` is the family (`postgres`, `sqlite`);
    `server_version` that of the server whose normal form this is. `scoped` says that the realm is one
    schema whose name does not count. `sources` are the files it was made of, in order, empty for a
    database. `inputs` are the values of the variables the sources were evaluated with, each as JSON.
    `managed` is what the realm tells of beside the objects of schemas.
    """

    hash: str
    dialect: str
    server_version: str
    scoped: bool
    realm: Realm
    sources: tuple[SourceFile, ...] = ()
    inputs: dict[str, str] = {}
    managed: Managed = Managed()

    @property
    def schema(self) -> str:
        """The name of the one schema; empty for a realm."""
        return self.realm.schemas[0].name if self.scoped and self.realm.schemas else ""
