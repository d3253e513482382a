"""Refuses requests that the server and a proxy in front of it could take for different ones.

Of a header that stands there twice each may heed another one; and where a length contradicts the chunks,
what is one request for the one is two for the other (request smuggling; RFC 9112, 6.1, 6.3 and 11.2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backstay.server.problems import Refusal

SINGLE: Final = frozenset(
    {b"authorization", b"content-type", b"content-encoding", b"if-match", b"if-none-match"}
)
"""Headers that decide something here."""


def ambiguity(scope: Scope) -> str:
    """What could be read in two ways; empty where nothing can."""
    names = Counter(name for name, _ in scope["headers"])
    doubled = sorted(name.decode() for name in SINGLE if names[name] > 1)
    if doubled:
        return f"the request has a header twice: {', '.join(doubled)}"
    if names[b"transfer-encoding"] and (names[b"content-length"] or scope["http_version"] != "1.1"):
        return "the request does not say in one way how long it is"
    return ""


class Unambiguous:
    """An application that sees no such request. `refused` makes the answer to one; nothing follows it."""

    def __init__(self, app: ASGIApp, refused: Callable[[Request, Exception], Response]) -> None:
        self._app = app
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        doubt = ambiguity(scope) if scope["type"] == "http" else ""
        if not doubt:
            await self._app(scope, receive, send)
            return
        refusal = Refusal(HTTPStatus.BAD_REQUEST, doubt, headers={"Connection": "close"})
        await self._refused(Request(scope), refusal)(scope, receive, send)
