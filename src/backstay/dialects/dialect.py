"""What a dialect offers to the engine: the protocol, and the values that cross it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from backstay.schema.changes import Change
from backstay.schema.managed import Managed
from backstay.schema.model import Realm, Rename
from backstay.schema.patterns import Patterns

if TYPE_CHECKING:
    from backstay.hcl.document import Document


class TableName(NamedTuple):
    """A table by schema and name."""

    schema: str
    name: str


class Hazard(msgspec.Struct, frozen=True):
    """A danger of one planned statement: its code (docs/hazards.md), and a sentence naming the objects."""

    code: str
    text: str


class Probe(msgspec.Struct, frozen=True):
    """A question to the rows that are there before a statement may run.

    `sql` counts rows that would make the statement fail (up to a bound), or fails itself at a value that
    would. `text` says what they are (`NULL in column "email" of table "users"`).
    """

    sql: str
    text: str


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One planned statement: everything that reports, reviews and the executor need to know of it.

    `sql` has no terminator. `comment` is a lower-case phrase (`create "users" table`) of one line: line
    breaks and other marks that do not show, which a name may hold, are escaped. `changes` are what it was
    planned for; a statement written by hand has none. `reverse` undoes the statement, in order; empty where
    nothing can.

    What it costs: `lock` is the dialect's name of the strongest table lock taken (`ACCESS EXCLUSIVE`),
    empty if none; `rewrite` and `scan` say whether it writes a table that is there anew, or reads all of it.

    How it runs: one that is not `transactional` cannot run inside of a transaction, and `repair` clears
    away what it leaves behind when it fails. One that runs `apart` takes long under a weak lock: what is
    before it is committed first. From the first `atomic` one to the last, rows are where no state tells of
    them: these run in one transaction, whatever was asked for. `probes` are asked before the migration
    begins. `access`: it is about roles, owners or privileges, and names roles that another server may not
    have.
    """

    sql: str
    comment: str
    changes: tuple[Change, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    lock: str = ""
    rewrite: bool = False
    scan: bool = False
    reverse: tuple[str, ...] = ()
    transactional: bool = True
    apart: bool = False
    atomic: bool = False
    repair: str = ""
    probes: tuple[Probe, ...] = ()
    access: bool = False

    def __post_init__(self) -> None:
        if not self.comment.isprintable():
            msgspec.structs.force_setattr(self, "comment", _printable(self.comment))


def _printable(text: str) -> str:
    """The text on one line; as a comment of SQL it ends nowhere else, and reads as it is."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many seconds the statements of a migration wait for locks and may run; 0 is without end.

    `None` leaves it to the URL, and to the dialect where that says nothing.
    """

    lock_timeout: float | None = None
    statement_timeout: float | None = None


class Fragment(msgspec.Struct, frozen=True, kw_only=True):
    """One statement of an SQL text: where it starts, its text with terminator, the comments above it.

    `position` counts UTF-8 bytes, as the JSON of plans does; `line` counts from 1. `rows` says that rows
    followed in the text (`COPY … FROM stdin`), which are not part of the statement.
    """

    position: int
    line: int
    text: str
    comments: tuple[str, ...] = ()
    rows: bool = False


class StatementOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a dialect writes statements.

    `qualify`: write schema names (realm scope). `indent`: break CREATE TABLE into lines with it.
    `concurrent_create`, `concurrent_drop`: build and drop indexes of existing tables without blocking
    writes, where the dialect can. `online`: tables that are there stay usable while their rows are checked,
    in statements of their own. `version`: that of the server which runs them, empty where it is not known.
    `realm` is the state that the changes start from: what does not change
    and yet stands in the way is found there (foreign keys on a key that is replaced, columns of a type that
    is rebuilt); `desired` is the state that they lead to. What depends on what is in both.
    `partial`: the database may hold more than the realm tells, so that nothing must go along with what is
    dropped. `managed`: what both states tell beside the objects of schemas.
    """

    qualify: bool = True
    indent: str = ""
    concurrent_create: bool = False
    concurrent_drop: bool = False
    online: bool = False
    version: str = ""
    realm: Realm = Realm()
    desired: Realm = Realm()
    partial: bool = False
    managed: Managed = Managed()


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """How to run a server of a dialect in a container: the image, its environment, the port inside.

    `url` is the database's URL with `{host}` and `{port}` to be filled in.
    """

    image: str
    environment: dict[str, str]
    port: int
    url: str


class Session(Protocol):
    """One open connection to a database.

    `schema` is the schema the URL binds it to, empty in realm scope. `disposable`: the server is gone soon,
    and roles with it. `version` is the server's version,
    `major` the part of it that decides about normal forms (`16` of `16.4`). `url` is as given; show
    only `backstay.urls.redact(url)`.
    """

    url: str
    schema: str
    version: str
    major: str
    disposable: bool

    def row_estimates(self, tables: Collection[TableName]) -> Mapping[TableName, int]:
        """About how many rows these tables have; those without statistics are left out."""

    def identity(self) -> str:
        """What two sessions on the same database have in common, whatever their URLs; empty where unknown."""

    def inspect(self, patterns: Patterns, schemas: Sequence[str] = ()) -> Realm:
        """The normalised state: of the bound schema, of `schemas`, or of all of the realm.

        Raises `UnsupportedError` naming every object and feature (that `patterns` keep) which the model
        cannot carry, and `NotFoundError` for a schema that is not there.
        """

    def execute(self, sql: str) -> None:
        """Run one statement. Raises `DatabaseError` with the server's message."""

    def load(self, statements: Sequence[str]) -> None:
        """Run the statements of a schema file in a workspace, as fast as the server takes them.

        Afterwards the connection is as it was, whatever they have set. Raises `StatementError` for the
        first one that is refused, and `DatabaseError` where they end within a transaction.
        """

    def transaction(self) -> AbstractContextManager[None]:
        """Commit at the end, roll back on any exception. SQLite also guards foreign keys around it."""

    def migrating(self, limits: Limits) -> AbstractContextManager[None]:
        """Get the connection ready to run a migration, and set it back at the end.

        Raises `DatabaseError` where nothing can be written, and `ConfigError` where something between us
        and the server does not keep sessions apart.
        """

    def probe(self, sql: str) -> str:
        """What a probe's query finds, in words (`3 rows`, or the message about a value); empty for nothing.

        Empty too where the query needs what the migration has yet to make. Raises `DatabaseError` where it
        takes too long.
        """

    def lock(self, name: str, timeout: float) -> AbstractContextManager[None]:
        """Hold an advisory lock on the database. Raises `LockError` after `timeout` seconds."""

    def workspace(self, *, disposable: bool = False) -> AbstractContextManager[Session]:
        """An empty place of its own for scratch work, of the same scope as this session; gone afterwards.

        `disposable`: the whole server is ours, so roles may be made there. Those that statements name are.

        Two runs at once on one server do not meet. Raises `DirtyDatabaseError` when the database the
        URL names holds objects (tables or anything else that is the user's).
        """

    def cancel(self) -> None:
        """Stop the running statement from another thread or a signal handler."""

    def close(self) -> None:
        """Close the connection. Idempotent."""


class Dialect(Protocol):
    """One kind of database. A value of `backstay.dialects.registry`; never named elsewhere.

    `driver` is its name in JSON (`postgres`, `sqlite3`); `family` its name in docker URLs, messages
    and stored states; `schemes` the URL schemes; `default_schema` the schema a bare server has;
    `embedded_major` the server version that `embedded` starts.
    """

    family: str
    driver: str
    schemes: frozenset[str]
    default_schema: str
    embedded_major: str

    def major_of(self, version: str) -> str:
        """The part of a server version that decides about normal forms (`16` of `16.4`)."""

    def connect(self, url: str) -> Session:
        """Open a session. Raises `NetworkError`, `AuthError`, `NotFoundError`, `DatabaseError`."""

    def bind(self, url: str, schema: str) -> str:
        """The URL bound to this schema (schema scope), or to none (`schema` empty: realm scope)."""

    def reached_at(self, url: str, host: str, port: int) -> str:
        """The URL of the same server at another address; TLS goes on to verify the name of this one."""

    def scope(self, url: str) -> str:
        """The schema that a URL (also of a container) is bound to; empty for none."""

    def container(self, url: str) -> Container:
        """The container that a `docker://…` URL asks for. Raises `ConfigError` where there is none."""

    def embedded(self) -> AbstractContextManager[str]:
        """The URL of a throw-away server of our own, stopped at exit.

        Raises `ConfigError` with the way to install it where it is missing.
        """

    def decode(self, document: Document, *, qualify: bool) -> Realm:
        """A realm as the HCL document words it: not normalised, to be loaded on a dev database.

        With `qualify`, references to types of a schema carry its name. Raises `HCLError` at the place.
        """

    def encode(self, realm: Realm) -> str:
        """A normalised realm as an HCL document."""

    def canonical(self, realm: Realm) -> Realm:
        """The one of all states that do not count as different which stands for them: it is hashed."""

    def requirements(self, realm: Realm) -> Sequence[str]:
        """The statements that an empty place needs first, so that it can hold this schema's objects.

        They make what the objects stand on, and no schema holds: extensions.
        """

    def reconcile(self, before: Realm, after: Realm, versions: Sequence[str] = ()) -> tuple[Realm, Realm]:
        """Both states with the differences removed that the dialect does not count as one.

        `versions` are those of the servers whose normal forms these are, where that may matter.
        """

    def following(self, before: Realm, after: Realm, made: Sequence[Change]) -> tuple[Change, ...]:
        """The renames that follow from those that were made: of what has another object's name in its own.

        `before` is the state after them, `after` the desired one. Only what this has under the new name.
        """

    def plan(self, changes: Sequence[Change], options: StatementOptions) -> tuple[Statement, ...]:
        """The statements that make these changes, in an order that works. Raises `PlanError`."""

    def renames(self, sql: str) -> tuple[Rename, ...]:
        """What the directives `renamed_from` of an SQL text tell; names of schemas only where they stand.

        Raises `ConfigError` for a directive that stands above nothing that can be renamed.
        """

    def split(self, sql: str) -> tuple[Fragment, ...]:
        """The statements of an SQL text. Linear time; raises `ConfigError` for an unclosed quote."""
