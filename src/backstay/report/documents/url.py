"""Targets as JSON names them: the URL as Go takes it apart (https://pkg.go.dev/net/url#URL)."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import msgspec

from backstay.operations.results import Target
from backstay.report.gojson import Document

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_PATH_SAFE = "$&+,/:;=@"
_FRAGMENT_SAFE = _PATH_SAFE + "?!()*"


class Userinfo(Document, frozen=True):
    """User and password of a URL. Neither is ever printed, so that the object is always empty."""


class URLDocument(Document, frozen=True):
    """Go's `url.URL`, and the schema the connection is bound to (empty for a whole database)."""

    scheme: str
    opaque: str
    user: Userinfo | None
    host: str
    path: str
    raw_path: str
    omit_host: bool
    force_query: bool
    raw_query: str
    fragment: str
    raw_fragment: str
    schema: str

    methods = {"String": "go_string", "Redacted": "go_string"}

    def go_string(self) -> str:
        """The URL again, without user and password."""
        head = f"{self.scheme}:" if self.scheme else ""
        authority = "" if self.opaque or self.omit_host or not head else f"//{self.host}"
        path = self.opaque or self.raw_path or quote(self.path, _PATH_SAFE)
        query = f"?{self.raw_query}" if self.raw_query or self.force_query else ""
        fragment = self.raw_fragment or quote(self.fragment, _FRAGMENT_SAFE)
        return f"{head}{authority}{path}{query}" + (f"#{fragment}" if fragment else "")


class Env(Document, frozen=True):
    """A target: driver and URL. `dir` belongs to versioned migrations and stays empty here."""

    driver: str
    url: URLDocument = msgspec.field(name="URL")
    dir: str = ""


def env_document(target: Target) -> Env:
    """A target as JSON names it. Its URL is redacted already."""
    return Env(driver=target.driver, url=url_document(target.url, target.schema))


def url_document(url: str, schema: str = "") -> URLDocument:
    """Take a URL apart the way Go does, so that `Host` and `Path` mean the same (`sqlite://app.db`)."""
    rest, _, raw_fragment = url.partition("#")
    found = _SCHEME.match(rest)
    scheme = found[1].lower() if found else ""
    rest = rest[found.end() :] if found else rest
    rest, question, raw_query = rest.partition("?")
    opaque = "" if rest.startswith("/") or not scheme else rest
    authority, raw_path = _authority(rest) if not opaque else (None, "")
    _, at, host = (authority or "").rpartition("@")
    path, fragment = unquote(raw_path), unquote(raw_fragment)
    return URLDocument(
        scheme=scheme,
        opaque=opaque,
        user=Userinfo() if at else None,
        host=host,
        path=path,
        raw_path="" if quote(path, _PATH_SAFE) == raw_path else raw_path,
        omit_host=bool(scheme) and rest.startswith("/") and authority is None,
        force_query=bool(question) and not raw_query,
        raw_query=raw_query,
        fragment=fragment,
        raw_fragment="" if quote(fragment, _FRAGMENT_SAFE) == raw_fragment else raw_fragment,
        schema=schema,
    )


def _authority(rest: str) -> tuple[str | None, str]:
    """Split `//authority/path`; the authority is absent where there are no two slashes."""
    if not rest.startswith("//") or rest.startswith("///"):
        return ("" if rest.startswith("///") else None), rest.removeprefix("//")
    authority, slash, path = rest[2:].partition("/")
    return authority, slash + path
