"""URL -> connection: what the parts of a PostgreSQL URL mean, and what its failures are called.

Settings that decide how the catalogue words an expression (search path, date and interval style, time
zone, …) are fixed here, so that a state reads the same wherever it is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
import psycopg
from psycopg import conninfo

from backstay import urls
from backstay.dialects.postgres.names import quote_name
from backstay.errors import (
    AuthError,
    BackstayError,
    ConfigError,
    DatabaseError,
    LockError,
    NetworkError,
    NotFoundError,
    UndefinedError,
    UnsupportedError,
)

OLDEST_SERVER = 140000
CONNECT_TIMEOUT = 10
"""Seconds per host address, where the URL does not say otherwise."""

WORDING: Mapping[str, str] = {
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmloption": "content",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    "standard_conforming_strings": "on",
    "default_transaction_isolation": "read committed",
}
"""Run-time parameters of every session that decide how the server words what it says."""

PATIENCE: Mapping[str, str] = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": "60s",
}
"""Those that decide how long it waits; the URL's query and its `options` overrule them."""

OPTION = re.compile(r"(?:-c\s*|--)([\w.]+)\s*=")
"""A run-time parameter in libpq's `options` (PostgreSQL documentation, 34.1.2)."""


SIMPLE_NAME = re.compile(r"[\w$.-]+")
SEARCH_PATH_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")+)"|([^",]+))\s*(?:,|$)')


class Address(msgspec.Struct, frozen=True):
    """What a URL says: libpq's connection parameters, the bound schema, run-time parameters."""

    parameters: Mapping[str, str]
    schema: str
    settings: Mapping[str, str]


def parse(url: str) -> Address:
    """Take a URL apart. Raises `ConfigError` without ever quoting a password."""
    parts = urls.split(url)
    query = urls.query(url)
    schema = _single_schema(query.pop("search_path", ""))
    known = _libpq_parameters()
    runtime = {name: value for name, value in query.items() if name not in known}
    passed = {name: value for name, value in query.items() if name in known}
    plain = f"postgresql://{parts.netloc}{parts.path}"
    try:
        parameters = {**conninfo.conninfo_to_dict(plain), **passed}
        conninfo.make_conninfo("", **parameters)
    except psycopg.ProgrammingError:
        raise ConfigError(
            f'cannot parse the PostgreSQL URL "{urls.redact(url)}"',
            hint="write it as postgres://user:password@host:5432/database?search_path=schema",
        ) from None
    parameters.setdefault("host", "localhost")
    parameters.setdefault("connect_timeout", CONNECT_TIMEOUT)
    parameters["application_name"] = str(parameters.get("application_name") or "backstay")
    parameters["client_encoding"] = "UTF8"
    return Address({name: str(value) for name, value in parameters.items()}, schema, runtime)


def bind(url: str, schema: str) -> str:
    """The URL bound to this schema, or to none."""
    query = urls.query(url)
    query.pop("search_path", None)
    if schema:
        query["search_path"] = schema if SIMPLE_NAME.fullmatch(schema) else quote_name(schema)
    return _with(url, urlsplit(url).path, query)


def at_database(url: str, database: str) -> str:
    """The same server's URL with another database."""
    query = urls.query(url)
    query.pop("dbname", None)
    return _with(url, "/" + quote(database, safe=""), query)


def _with(url: str, path: str, query: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{path}" + (f"?{urlencode(query)}" if query else "")


def open_connection(url: str, address: Address) -> psycopg.Connection[Any]:
    """Connect and fix the session's settings, one round trip after the handshake."""
    connection = dial(url, address)
    try:
        _check_version(connection)
        configure(connection, address)
    except BaseException:
        connection.close()
        raise
    return connection


def dial(url: str, address: Address) -> psycopg.Connection[Any]:
    """Connect, and leave the session's settings as the server has them."""
    try:
        return psycopg.connect(
            conninfo.make_conninfo("", **address.parameters), autocommit=True, prepare_threshold=None
        )
    except psycopg.OperationalError as error:
        raise connection_error(url, error) from None


def given(address: Address) -> frozenset[str]:
    """The run-time parameters that the URL sets, in its query or in its `options`."""
    options = OPTION.findall(address.parameters.get("options", ""))
    return frozenset(name.lower() for name in (*options, *address.settings))


def configure(connection: psycopg.Connection[Any], address: Address) -> None:
    """Give the session the settings that all of ours have, and those of the URL."""
    ours = {name: value for name, value in PATIENCE.items() if name not in given(address)}
    settings = {**WORDING, **ours, "search_path": search_path(address.schema), **address.settings}
    set_parameters(connection, settings)


def set_parameters(
    connection: psycopg.Connection[Any], settings: Mapping[str, str], *, local: bool = False
) -> None:
    """Set run-time parameters of the session, or of the transaction (`local`), in one round trip."""
    calls = ", ".join([f"set_config(%s, %s, {'true' if local else 'false'})"] * len(settings))
    values = [text for pair in settings.items() for text in pair]
    try:
        connection.execute("SELECT " + calls, values)
    except psycopg.errors.UndefinedObject as error:
        raise ConfigError(
            f"the URL sets a parameter that PostgreSQL does not know: {message_of(error)}",
            hint="take it out of the URL's query",
        ) from None
    except psycopg.Error as error:
        raise database_error(error) from None


def search_path(schema: str) -> str:
    """The search path of a session: its own schema, or `public` where none is bound."""
    return quote_name(schema or "public")


def _check_version(connection: psycopg.Connection[Any]) -> None:
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        raise UnsupportedError(
            f"PostgreSQL {version // 10000} is not supported",
            hint=f"use PostgreSQL {OLDEST_SERVER // 10000} or newer",
        )


def _single_schema(path: str) -> str:
    """The schema that a search path names, in quotes or not."""
    names = SEARCH_PATH_ITEM.findall(path)
    if len(names) > 1:
        raise ConfigError(
            f'search_path names {len(names)} schemas: "{path}"',
            hint="name one schema, or leave search_path out and use --schema for several",
        )
    return "".join(quoted.replace('""', '"') or plain.strip() for quoted, plain in names)


def _libpq_parameters() -> frozenset[str]:
    return frozenset(
        option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults() if option.keyword
    )


# What a failed connection says (libpq and server messages; the server's code is not handed on).
AUTHENTICATION = (
    "password authentication failed",
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "role ",
    "permission denied for database",
    "not permitted to log in",
)


def connection_error(url: str, error: psycopg.OperationalError) -> BackstayError:
    """What libpq says about a connection, by its words, since it gives no codes for most of it."""
    text = " ".join(str(error).split())
    shown = urls.redact(url)
    where = urlsplit(shown).netloc.rpartition("@")[2] or urls.query(url).get("host", "localhost")
    if 'database "' in text and "does not exist" in text:
        return NotFoundError(
            f"postgres: the database of {shown} does not exist", hint="create it, or correct the URL's path"
        )
    if any(phrase in text for phrase in AUTHENTICATION) and "could not translate" not in text:
        return AuthError(
            f"postgres: {where} refused the credentials of {shown}",
            hint="check user, password and pg_hba.conf; percent-encode special characters in the URL",
        )
    reason = _without_secrets(text, url)
    return NetworkError(
        f"postgres: cannot connect to {where}: {reason}",
        hint="check host, port and sslmode, and that the server accepts connections from here",
    )


def _without_secrets(text: str, url: str) -> str:
    if urls.redact(url).endswith(f"://{urls.HIDDEN}"):
        return "the URL cannot be taken apart; percent-encode special characters in user and password"
    password = parse(url).parameters.get("password", "")
    return text.replace(password, urls.HIDDEN) if password else text


def message_of(error: psycopg.Error) -> str:
    """The server's own message on one line, with its detail; the client library's where there is none."""
    primary = error.diag.message_primary
    if not primary:
        return " ".join(str(error).split()) or type(error).__name__
    detail = error.diag.message_detail
    return " ".join((f"{primary}: {detail}" if detail else primary).split())


LOST = "the server or the network ended the session: run again, what is left to do will be planned anew"

BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
"""Another session was in the way; later it may not be."""

HINTS: tuple[tuple[type[psycopg.Error], str], ...] = (
    (psycopg.errors.AdminShutdown, LOST),
    (psycopg.errors.CrashShutdown, LOST),
    (psycopg.errors.ReadOnlySqlTransaction, "the server is a replica or read-only: connect to the primary"),
    (psycopg.errors.InsufficientPrivilege, "use a role that owns the object or may create in its schema"),
    (
        psycopg.errors.DependentObjectsStillExist,
        "something that is not part of the state (left out by a pattern?) needs it: keep both, or drop both",
    ),
    (psycopg.errors.QueryCanceled, "the statement was cancelled, or ran into a statement_timeout"),
)


UNDEFINED = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.UndefinedObject,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.InvalidForeignKey,
    psycopg.errors.DatatypeMismatch,
    psycopg.errors.CannotCoerce,
)
"""A name that means nothing yet; of a foreign key, the unique index that it refers to; a cast."""


MISSING_ROLE = re.compile(r'role "(.+)" does not exist', re.DOTALL)
NO_ROLE = (
    "create the role on this server (CREATE ROLE … NOLOGIN will do on a dev server), or leave the dev "
    "database out: the one that comes with Backstay makes roles by itself"
)

NO_ROOM = (
    "a transaction holds a lock for every table and index that it makes or changes: raise "
    "max_locks_per_transaction and restart the server, or apply with --tx-mode none"
)
"""Where the table of locks, which all sessions share, is full (PostgreSQL documentation, 19.12)."""


def database_error(error: psycopg.Error) -> DatabaseError:
    """A server's refusal of a statement, in our words for the class and the server's for the reason."""
    if isinstance(error, BUSY):
        return LockError(
            message_of(error),
            hint="another session holds the table: try again, or give it more time with lock_timeout "
            "(in the project's diff policy, or in the URL)",
        )
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        return DatabaseError(f"the connection to the server was lost: {message_of(error)}", hint=LOST)
    class_of = UndefinedError if isinstance(error, UNDEFINED) else DatabaseError
    if MISSING_ROLE.fullmatch(message_of(error)):
        return class_of(message_of(error), hint=NO_ROLE)
    if "max_locks_per_transaction" in (error.diag.message_hint or ""):
        return class_of(message_of(error), hint=NO_ROOM)
    for class_, hint in HINTS:
        if isinstance(error, class_):
            return class_of(message_of(error), hint=hint)
    return class_of(message_of(error), hint=" ".join((error.diag.message_hint or "").split()))
