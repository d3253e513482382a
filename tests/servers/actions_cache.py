"""The cache service of GitHub Actions, version 2, and its blobs, on a free port of 127.0.0.1.

A token's claim `ac` lists the scopes that a run may read (in this order) and write, as the service itself
makes them. Entries are immutable. Signed URLs are their own authority.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.servers.process import serving

MAIN = "refs/heads/main"
READ, WRITE = 1, 2


class Entry(NamedTuple):
    scope: str
    version: str
    key: str
    data: bytes


def runtime_token(own: str = MAIN, *, base: str = MAIN, writable: bool = True) -> str:
    """The token of a run whose ref is `own`, and which may read what `base` has."""
    scopes = [{"Scope": own, "Permission": READ | (WRITE if writable else 0)}]
    if base != own:
        scopes.append({"Scope": base, "Permission": READ})
    claims = json.dumps({"ac": json.dumps(scopes), "scp": "Actions.Results:run:job"}).encode()
    return f"eyJhbGciOiJub25lIn0.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2lnbmF0dXJl"


class ActionsCache:
    """`entries` in the order in which they were saved; `seen` the methods that were called.

    `status` is what every request is answered with instead, where it is set.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.entries: list[Entry] = []
        self.seen: list[str] = []
        self.status = 0
        self._uploads: dict[str, bytes] = {}
        self._signed: dict[str, tuple[str, bytes]] = {}

    def environment(self, token: str) -> dict[str, str]:
        """What the runner tells a step of the service."""
        return {"ACTIONS_RESULTS_URL": f"{self.url}/", "ACTIONS_RUNTIME_TOKEN": token}

    def poison(self, data: bytes) -> None:
        """Put something else into every entry."""
        self.entries = [entry._replace(data=data) for entry in self.entries]

    def rpc(self, method: str, token: str, request: dict[str, object]) -> tuple[int, dict[str, object]]:
        """The answer of a method, with its status."""
        scopes = _scopes(token)
        key, version = str(request["key"]), str(request["version"])
        if method == "GetCacheEntryDownloadURL":
            entry = self._newest([s for s, bits in scopes if bits & READ], key, version)
            if entry is None:
                return 200, {"ok": False, "signed_download_url": "", "matched_key": ""}
            url = self._sign(entry.data)
            return 200, {"ok": True, "signed_download_url": url, "matched_key": entry.key}
        scope = next((s for s, bits in scopes if bits & WRITE), "")
        if not scope:
            return 200, {"ok": False, "message": "cache write denied: token has no writable scopes"}
        name = f"{scope} {version} {key}"
        if method == "CreateCacheEntry":
            if any((e.scope, e.version, e.key) == (scope, version, key) for e in self.entries):
                return 409, {"code": "already_exists", "msg": "cache entry exists"}
            return 200, {"ok": True, "signed_upload_url": self._sign(b"", name)}
        data = self._uploads.pop(name)
        if str(len(data)) != request["size_bytes"]:
            return 400, {"code": "invalid_argument", "msg": "size does not match"}
        self.entries.append(Entry(scope, version, key, data))
        return 200, {"ok": True, "entry_id": str(len(self.entries))}

    def blob(self, method: str, signature: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """The answer of the store of blobs."""
        if signature not in self._signed or "Authorization" in headers:
            return 403, b""
        name, content = self._signed[signature]
        if method == "GET":
            return 200, content
        if headers.get("x-ms-blob-type") != "BlockBlob":
            return 400, b""
        self._uploads[name] = body
        return 201, b""

    def _newest(self, scopes: list[str], prefix: str, version: str) -> Entry | None:
        for scope in scopes:
            for entry in reversed(self.entries):
                if (entry.scope, entry.version) == (scope, version) and entry.key.startswith(prefix):
                    return entry
        return None

    def _sign(self, data: bytes, name: str = "") -> str:
        signature = secrets.token_hex(16)
        self._signed[signature] = (name, data)
        return f"{self.url}/blobs/one?sig={signature}"


def _scopes(token: str) -> list[tuple[str, int]]:
    part = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return [(scope["Scope"], scope["Permission"]) for scope in json.loads(claims["ac"])]


@contextmanager
def actions_cache() -> Iterator[ActionsCache]:
    """Run the server."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            cache.seen.append(parts.path.rpartition("/")[2] if "/twirp/" in parts.path else self.command)
            status, answer = cache.status, b"{}"
            if not status and "/twirp/" in parts.path:
                token = self.headers["Authorization"].removeprefix("Bearer ")
                status, document = cache.rpc(cache.seen[-1], token, json.loads(body))
                answer = json.dumps(document).encode()
            elif not status:
                (signature,) = parse_qs(parts.query).get("sig", [""])
                status, answer = cache.blob(self.command, signature, dict(self.headers), body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = handle_any

        def log_message(self, format: str, *args: object) -> None:
            """Tests look at `seen`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    cache = ActionsCache(f"http://127.0.0.1:{server.server_port}")
    with serving(server):
        yield cache
