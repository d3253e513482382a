"""A server that is reached at another address than its URL says, as from inside a container."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from urllib.parse import urlencode, urlsplit, urlunsplit

from backstay import urls


def reached_at(url: str, host: str, port: int) -> str:
    """The URL with this host and port, its credentials untouched.

    Where TLS verifies the name of the server, the name stays, and libpq gets the address besides (`hostaddr`;
    PostgreSQL documentation, 34.1.2).
    """
    parts = urlsplit(url)
    userinfo, separator, _ = parts.netloc.rpartition("@")
    query = urls.query(url)
    address = _address(host, port) if _verifies_name(query) else ""
    if address:
        query["hostaddr"] = address
        parts = parts._replace(query=urlencode(query))
    name = parts.hostname or "" if address else host
    shown = f"[{name}]" if ":" in name else name
    return urlunsplit(parts._replace(netloc=f"{userinfo}{separator}{shown}:{port}"))


def _verifies_name(query: dict[str, str]) -> bool:
    """The two settings of libpq that make it compare the certificate with the name."""
    mode = query.get("sslmode") or os.environ.get("PGSSLMODE")
    authorities = query.get("sslrootcert") or os.environ.get("PGSSLROOTCERT")
    return mode == "verify-full" or authorities == "system"


def _address(host: str, port: int) -> str:
    """The numeric address of a host; empty where its name leads nowhere, which the connection will tell."""
    with suppress(OSError):
        return str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0])
    return ""
