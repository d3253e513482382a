"""Around every request: its number, a limit to its time, one event for the access log, the metrics.

The log has who (token name, address), what (method, path without its query), and how it ended; no header and
no body, and so no secret.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backstay.registry.http_api import PROBLEM_JSON
from backstay.server.metrics import Metrics
from backstay.server.problems import refusal_of

REQUEST_SECONDS: Final = 120.0
LONGEST_PATH: Final = 500
NOTES: Final = "backstay.notes"


def note(scope: Scope, **facts: str) -> None:
    """Add facts about a request to its log event."""
    scope[NOTES].update(facts)


class Observed:
    """An application, watched."""

    def __init__(self, app: ASGIApp, metrics: Metrics, log: Callable[[dict[str, Any]], None]) -> None:
        self._app = app
        self._metrics = metrics
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watched = _Exchange(scope, send)
        self._metrics.in_flight += 1
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                await self._app(scope, receive, watched.send)
        except Exception as error:
            await watched.fail(error)
        finally:
            self._metrics.in_flight -= 1
            self._finish(watched)

    def _finish(self, watched: _Exchange) -> None:
        seconds = time.monotonic() - watched.begun
        scope = watched.scope
        route = getattr(scope.get("route"), "path", "") or "unknown"
        self._metrics.answered(_method(scope), route, watched.status, seconds)
        notes = scope[NOTES]
        if "reason" in notes:
            self._metrics.failed(notes["reason"])
        self._log(
            {
                "request": watched.number,
                "address": (scope.get("client") or ("",))[0],
                "method": _method(scope),
                "path": scope["path"][:LONGEST_PATH],
                "status": watched.status,
                "bytes": watched.size,
                "milliseconds": round(seconds * 1000, 1),
                **notes,
            }
        )


class _Exchange:
    """One request and what was sent in answer."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.number = secrets.token_hex(8)
        self.begun = time.monotonic()
        self.status = 0
        self.size = 0
        self._send = send
        scope[NOTES] = {}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            message["headers"] = [*message["headers"], (b"x-request-id", self.number.encode())]
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)

    async def fail(self, error: Exception) -> None:
        """Answer a request that ended in a bug or took too long, if nothing was answered yet."""
        note(self.scope, reason="internal", error=_place(error))
        if self.status:
            return
        body = msgspec.json.encode(refusal_of(error).problem)
        headers = [(b"content-type", PROBLEM_JSON.encode()), (b"content-length", str(len(body)).encode())]
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def _method(scope: Scope) -> str:
    """The method, if it is one of those that exist: a metric must not grow with what people invent."""
    known = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH")
    return scope["method"] if scope["method"] in known else "other"


def _place(error: Exception) -> str:
    """The kind of an unexpected error and the line it comes from; its text could hold anything."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{where}"
