"""The server as an ASGI application: from requests to calls, from answers and errors to responses.

What is asked of a request, in this order, so that nothing is read of a caller who may not: the path, the
token, the scope, the headers, the body. Handlers do blocking work, in threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from backstay.errors import BackstayError
from backstay.grants.issue import Policy
from backstay.registry.http_api import JSON, KEYS, PROBLEM_JSON
from backstay.registry.names import unescape
from backstay.registry.signing_keys import Signer
from backstay.registry.store_replica import StoreReplica
from backstay.registry.trust import Trust
from backstay.server import metrics as prometheus
from backstay.server import openapi
from backstay.server.access import Access, require
from backstay.server.calls import Answer, Call, Services, matches
from backstay.server.framing import Unambiguous
from backstay.server.metrics import Metrics
from backstay.server.observed import Observed, note
from backstay.server.problems import Refusal, refusal_of
from backstay.server.routes import OPERATIONS, Operation
from backstay.server.threads import Threads
from backstay.server.tokens import FOLDER, Token, Tokens
from backstay.storage.store import Store

T = TypeVar("T")

BODY_SECONDS: Final = 30.0
"""For a whole body."""
NO_ROUTE: Final = "no-route"
"""The reason of a 404 for a path, which must not be taken for a repository that is not there."""
READY_SECONDS: Final = 5.0
FRESH: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"}
REFUSED: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def create_app(
    store: Store,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    body_seconds: float = BODY_SECONDS,
    log: Callable[[dict[str, Any]], None] = lambda event: None,
    signer: Signer | None = None,
    trust: Trust = Trust(),
    grants: Policy = Policy(),
) -> Observed:
    """The application over a store. `log` gets one event for each request; `signer` signs what is written.

    `grants` says what the grants are like that it issues if it can sign. With a signer, or keys that are
    trusted, tokens must be signed by one of them.
    """
    services = Services(store, StoreReplica(store), clock, signer, trust, grants)
    access = Access(Tokens(store, trust=trust.knowing(signer)), clock=clock)
    metrics = Metrics()
    threads = Threads()
    operations = _Operations(services, access, threads, body_seconds)
    routes = [
        Route(path, partial(operations.respond, by_method), methods=list(by_method))
        for path, by_method in _by_path(OPERATIONS).items()
    ]
    routes += [
        Route("/healthz", _healthy),
        Route("/readyz", partial(_ready, services, threads)),
        Route("/metrics", partial(_metrics, metrics)),
        Route("/openapi.json", _openapi),
        Route(KEYS, partial(_keys, signer)),
    ]
    application = Starlette(routes=routes, exception_handlers={HTTPException: _refused, Exception: _refused})
    application.router.redirect_slashes = False
    return Observed(Unambiguous(application, refused), metrics, log)


class _Operations:
    """Answers the operations of one path."""

    def __init__(self, services: Services, access: Access, threads: Threads, body_seconds: float) -> None:
        self._services = services
        self._access = access
        self._threads = threads
        self._body_seconds = body_seconds

    async def respond(self, by_method: dict[str, Operation], request: Request) -> Response:
        operation = by_method["GET" if request.method == "HEAD" else request.method]
        try:
            answer = await self._answer(operation, request)
        except (BackstayError, Refusal) as error:
            return refused(request, error)
        if request.method in ("GET", "HEAD") and matches(
            request.headers.get("If-None-Match", ""), answer.etag
        ):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": answer.etag})
        headers = {**FRESH, "ETag": answer.etag, **answer.headers}
        response = Response(answer.body, answer.status, headers, media_type=JSON)
        if request.method == "HEAD" and not answer.body:
            del response.headers["Content-Length"]  # Nobody has looked how long it is.
        return response

    async def _answer(self, operation: Operation, request: Request) -> Answer:
        clock = asyncio.get_running_loop().time
        until = clock() + operation.seconds
        token = await self._caller(operation, request, until)
        left = until - clock()
        query = _query(operation, request)
        body = await self._body(operation, request)
        call = Call(
            token=token,
            segments=request.path_params,
            query=query,
            body=body,
            if_match=request.headers.get("If-Match", ""),
            if_none_match=request.headers.get("If-None-Match", ""),
            is_head=request.method == "HEAD",
            base=str(request.base_url).rstrip("/"),
        )
        return await self._threads.run(partial(self._handled, operation, call), until=clock() + left)

    def _handled(self, operation: Operation, call: Call) -> Answer:
        if operation.method != "GET" and not self._services.replica.keeps_conditions():
            raise Refusal(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "the storage of this registry ignores conditional writes",
                hint="give the server another storage, or ?conditional=off if it is the only writer",
            )
        return operation.handler(self._services, call)

    async def _caller(self, operation: Operation, request: Request, until: float) -> Token:
        header = request.headers.get("Authorization", "")
        lookup = partial(self._access.caller, header, _address(request))
        token = await self._threads.run(lookup, until=until)
        note(request.scope, token=token.name)
        if operation.scopes:
            require(token, _repo(request), *operation.scopes)
        return token

    async def _body(self, operation: Operation, request: Request) -> bytes:
        """The body, as long as it is not longer than it may be, and comes in time."""
        if operation.method == "GET":
            return b""
        _check_headers(operation, request)
        try:
            async with asyncio.timeout(self._body_seconds):
                return await _read(request, operation.largest)
        except TimeoutError:
            raise Refusal(HTTPStatus.REQUEST_TIMEOUT, "the body did not arrive in time") from None
        except ClientDisconnect:
            raise Refusal(HTTPStatus.BAD_REQUEST, "the body was cut short") from None


def refused(request: Request, error: Exception) -> Response:
    """The response to a request that failed, and a note of why for the log."""
    refusal = refusal_of(error)
    said = error.message if isinstance(error, BackstayError) else str(error)
    note(request.scope, reason=refusal.reason, error=said)
    headers = {**REFUSED, **refusal.headers}
    return Response(msgspec.json.encode(refusal.problem), refusal.status, headers, media_type=PROBLEM_JSON)


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        status = HTTPStatus(error.status_code)
        details = {
            HTTPStatus.NOT_FOUND: "there is nothing at this path",
            HTTPStatus.METHOD_NOT_ALLOWED: "this path has no such method",
        }
        words = details.get(status, status.phrase)
        error = Refusal(status, words, reason=NO_ROUTE, headers=dict(error.headers or {}))
    return refused(request, error)


async def _healthy(request: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _ready(services: Services, threads: Threads, request: Request) -> Response:
    """Is the storage there, and does it let us in?"""
    until = asyncio.get_running_loop().time() + READY_SECONDS
    try:
        await threads.run(lambda: next(iter(services.store.list(FOLDER)), None), until=until)
    except BackstayError as error:
        note(request.scope, error=str(error))
        return PlainTextResponse("the storage does not answer\n", HTTPStatus.SERVICE_UNAVAILABLE)
    return PlainTextResponse("ok\n")


async def _metrics(metrics: Metrics, request: Request) -> Response:
    return PlainTextResponse(metrics.text(), headers={"Content-Type": prometheus.CONTENT_TYPE})


async def _keys(signer: Signer | None, request: Request) -> Response:
    """The keys that sign, as a JSON Web Key Set (RFC 7517). They are public."""
    keys = [signer.public.jwk] if signer else []
    return Response(msgspec.json.encode({"keys": keys}), headers=FRESH, media_type=JSON)


async def _openapi(request: Request) -> Response:
    return Response(openapi.document(), media_type=JSON)


def _by_path(operations: Iterable[Operation]) -> dict[str, dict[str, Operation]]:
    paths: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = operation
    return paths


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _repo(request: Request) -> str:
    try:
        return unescape(request.path_params["repo"])
    except ValueError:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the repo in the path is not an escaped name") from None


def _query(operation: Operation, request: Request) -> dict[str, str]:
    """The query. Raises `Refusal` for a parameter that is unknown or given twice: it would not be heard."""
    given = request.query_params.multi_items()
    query = dict(given)
    unknown = sorted(set(query) - set(operation.query))
    if unknown or len(query) < len(given):
        known = ", ".join(operation.query) or "none"
        raise Refusal(
            HTTPStatus.BAD_REQUEST, "the query has an unknown or a doubled parameter", hint=f"known: {known}"
        )
    return query


def _check_headers(operation: Operation, request: Request) -> None:
    headers = request.headers
    kind = headers.get("Content-Type", JSON).partition(";")[0].strip().lower()
    if headers.get("Content-Encoding", "identity").lower() != "identity" or kind != JSON:
        raise Refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a body is JSON, not compressed", hint=f"send {JSON} as it is"
        )
    length = headers.get("Content-Length", "0")
    if not length.isdigit() or len(length) > 12 or int(length) > operation.largest:
        raise _too_large(operation.largest)


async def _read(request: Request, largest: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise _too_large(largest)
    return bytes(body)


def _too_large(largest: int) -> Refusal:
    return Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {largest} bytes", reason="config"
    )
