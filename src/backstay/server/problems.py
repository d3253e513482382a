"""Errors as HTTP tells them: a status, and a problem document (RFC 9457).

The status decides whether clients turn to a backup: they do for 429 and 5xx alone. So a storage that does
not answer, or does not let this server in, is a 503 and never a 403: it is not the client's token that is
wrong. What went wrong inside is for the log; the client hears no names of buckets.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from backstay.errors import (
    AuthError,
    BackstayError,
    ConfigError,
    ConflictError,
    CorruptError,
    NetworkError,
    NotFoundError,
)
from backstay.registry.http_api import Problem


class Refusal(Exception):
    """A request that is answered with this status; `headers` go with it."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        hint: str = "",
        reason: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.hint = hint
        self.reason = reason or _REASONS.get(status, ConfigError.reason)
        self.headers = headers or {}

    @property
    def problem(self) -> Problem:
        return Problem(
            type=f"urn:backstay:problem:{self.reason}",
            title=self.status.phrase,
            status=self.status.value,
            detail=self.detail,
            hint=self.hint,
            reason=self.reason,
        )


_REASONS: Final = {
    HTTPStatus.UNAUTHORIZED: AuthError.reason,
    HTTPStatus.FORBIDDEN: AuthError.reason,
    HTTPStatus.NOT_FOUND: NotFoundError.reason,
    HTTPStatus.CONFLICT: ConflictError.reason,
    HTTPStatus.PRECONDITION_FAILED: ConflictError.reason,
    HTTPStatus.REQUEST_TIMEOUT: NetworkError.reason,
    HTTPStatus.TOO_MANY_REQUESTS: NetworkError.reason,
    HTTPStatus.SERVICE_UNAVAILABLE: NetworkError.reason,
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal",
}

_TOLD: Final[tuple[tuple[type[BackstayError], HTTPStatus], ...]] = (
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (ConflictError, HTTPStatus.CONFLICT),
    (ConfigError, HTTPStatus.BAD_REQUEST),
)
"""Errors that are about the request. Their words are the client's to read."""

UNAVAILABLE: Final = "the storage of this registry does not answer"
CORRUPT: Final = "an object of this registry is damaged"


def refusal_of(error: Exception) -> Refusal:
    """How an error is told. What is not ours is a bug, and said to be one."""
    if isinstance(error, Refusal):
        return error
    for kind, status in _TOLD:
        if isinstance(error, kind):
            return Refusal(status, error.message, hint=error.hint, reason=error.reason_code)
    if isinstance(error, CorruptError):
        return Refusal(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            CORRUPT,
            hint="run backstay registry verify on its storage",
            reason=error.reason_code,
        )
    if isinstance(error, NetworkError | AuthError):
        return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE, headers={"Retry-After": "5"})
    return Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error", hint="see the log of the server")
