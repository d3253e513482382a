"""Asking a registry server for a grant."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from backstay.decoding import decode
from backstay.errors import ConfigError, CorruptError, UnsupportedError
from backstay.grants.grant import LARGEST
from backstay.registry.http_api import GRANT, WHOAMI, Identity, IssuedGrant
from backstay.registry.http_connection import NOT_A_REGISTRY, Connection
from backstay.registry.signing_keys import parse_public

T = TypeVar("T")


def fetch(connection: Connection, *, once: bool) -> IssuedGrant | None:
    """A new grant; nothing from a server that issues none. Asked again where that helps, unless `once`.

    Raises `AuthError`, `NetworkError`, and `CorruptError` for an answer that holds none.
    """
    try:
        issued = _asked(connection, GRANT, IssuedGrant, once=once)
    except UnsupportedError:
        return None
    if len(issued.grant) > LARGEST or not issued.keys or not all(map(_is_key, issued.keys)):
        raise _strange(connection)
    return issued


def identity(connection: Connection) -> Identity:
    """Whom the server takes us for. Raises as `fetch`."""
    return _asked(connection, WHOAMI, Identity, once=False)


def _asked(connection: Connection, path: str, kind: type[T], *, once: bool) -> T:
    body = connection.request("GET", path, once=once).body
    try:
        return decode(body, kind)
    except msgspec.DecodeError:
        raise _strange(connection) from None


def _is_key(text: str) -> bool:
    try:
        parse_public(text, "")
    except ConfigError:
        return False
    return True


def _strange(connection: Connection) -> CorruptError:
    return CorruptError(f"{connection.url}: {NOT_A_REGISTRY}", hint="check the URL of the registry")
