"""The OpenAPI 3.1 document of the server, made from the table of its operations."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import Any, Final

import msgspec

from backstay import __version__
from backstay.registry.http_api import GRANT, JSON, KEYS, MAX_PAGE, PROBLEM_JSON, Problem
from backstay.server.routes import OPERATIONS, Operation

REFERENCE: Final = "#/components/schemas/{name}"

SEGMENTS: Final = {
    "repo": "Name of the repository, escaped",
    "tag": "Name of a tag, escaped",
    "version": "Name of a version, escaped",
    "sequence": "Place in the log, from 1",
    "digest": "SHA-256 in hexadecimal digits",
    "from": "Hash of the state that the plan starts from, escaped",
    "to": "Hash of the state that it leads to, escaped",
    "name": "Name of the plan, escaped",
    "id": "Id of the deployment",
}
QUERY: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "after": ("Cursor: `next` of the page before", {"type": "string"}),
    "limit": ("Items of a page", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": 50}),
    "from": ("Only plans from this state hash", {"type": "string"}),
    "to": ("Only plans to this state hash", {"type": "string"}),
}
DESCRIPTION: Final = (
    "A Backstay registry: versions of schemas, tags, plans, approvals and deployments. Names in paths are "
    "escaped: bytes of their UTF-8 other than `a-z 0-9 - _ .` are written `=xx`, and a dot at the beginning "
    "`=2e`. Errors are problem documents (RFC 9457)."
)
UNAVAILABLE: Final = (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)


@cache
def document() -> bytes:
    """The document as JSON."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    for path, summary in (("/healthz", "Is the process alive?"), ("/readyz", "Can it reach its storage?")):
        answers = {"200": {"description": "Yes"}, "503": {"description": "No"}}
        paths[path] = {"get": {"summary": summary, "security": [], "responses": answers}}
    described = {"description": "A JSON Web Key Set (RFC 7517)"}
    paths[KEYS] = {"get": {"summary": "The keys that sign", "security": [], "responses": {"200": described}}}
    content = {
        "openapi": "3.1.0",
        "info": {"title": "Backstay registry", "version": __version__, "description": DESCRIPTION},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
    return msgspec.json.encode(content)


def statuses(operation: Operation) -> tuple[HTTPStatus, ...]:
    """The statuses that an operation may answer with."""
    found = [HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
    if operation.created:
        found.append(HTTPStatus.CREATED)
    if operation.method == "GET":
        found += [HTTPStatus.NOT_MODIFIED, HTTPStatus.NOT_FOUND]
    else:
        found += [HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT]
        found += [HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE]
    if operation.path == GRANT:
        found.append(HTTPStatus.NOT_IMPLEMENTED)
    if operation.conditional:
        found += [HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED]
    return (*sorted(found), HTTPStatus.TOO_MANY_REQUESTS, *UNAVAILABLE)


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": operation.summary,
        "description": f"Scope: {' or '.join(operation.scopes) or 'none, any token will do'}",
        "operationId": operation.handler.__name__,
        "parameters": [*map(_segment, re.findall(r"{(\w+)}", operation.path)), *map(_query, operation.query)],
        "responses": {str(status.value): _response(operation, status) for status in statuses(operation)},
    }
    if operation.given is not None:
        content = {JSON: {"schema": _reference(operation.given)}}
        described["requestBody"] = {"required": operation.method == "PUT", "content": content}
    return described


def _response(operation: Operation, status: HTTPStatus) -> dict[str, Any]:
    described: dict[str, Any] = {"description": status.phrase}
    if status in (HTTPStatus.OK, HTTPStatus.CREATED):
        described["content"] = {JSON: {"schema": _reference(operation.shown)}}
        described["headers"] = {"ETag": {"schema": {"type": "string"}}}
    elif status != HTTPStatus.NOT_MODIFIED:
        described["content"] = {PROBLEM_JSON: {"schema": _reference(Problem)}}
    return described


def _segment(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer", "minimum": 1} if name == "sequence" else {"type": "string"}
    return {"name": name, "in": "path", "required": True, "description": SEGMENTS[name], "schema": schema}


def _query(name: str) -> dict[str, Any]:
    description, schema = QUERY[name]
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _reference(kind: Any) -> dict[str, Any]:
    return {"type": "object"} if kind is dict else {"$ref": REFERENCE.format(name=kind.__name__)}


def _schemas() -> dict[str, Any]:
    kinds = {kind for operation in OPERATIONS for kind in (operation.given, operation.shown)}
    types = sorted(kinds - {None, dict} | {Problem}, key=lambda kind: kind.__name__)
    _, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    return components
