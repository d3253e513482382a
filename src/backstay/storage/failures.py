"""What a service or the way to it said, in terms that all services share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from backstay.errors import (
    AuthError,
    BackstayError,
    ConfigError,
    ConflictError,
    CorruptError,
    NetworkError,
    NotFoundError,
)


class Meaning(NamedTuple):
    """The class of our error, in what words, and what to do about it.

    `about` says what the words are about: the one object, or the whole place.
    """

    kind: type[BackstayError]
    text: str
    hint: str = ""
    reason: str = ""
    about: str = "place"


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One failed request. `detail` is what the service said of it; `transient`: is it worth asking again?"""

    meaning: Meaning
    detail: str = ""
    transient: bool = False

    def error(self, *, place: str, key: str, credentials: str) -> BackstayError:
        """As our error. `place` names bucket and server, `credentials` where those refused come from."""
        meaning = self.meaning
        text = f"{place}: {meaning.text}"
        if key and meaning.about == "object":
            text += f": {key}"
        if self.detail:
            text += f" ({self.detail})"
        if credentials:
            text += f" (credentials from {credentials})"
        return meaning.kind(text, hint=meaning.hint, reason=meaning.reason)


SETTINGS: Final = "check the parameters of the URL"
NO_BUCKET: Final = Meaning(
    NotFoundError, "the bucket does not exist", "create it, or correct its name in the URL"
)
NO_OBJECT: Final = Meaning(NotFoundError, "no such object", about="object")
DENIED: Final = Meaning(
    AuthError, "access is denied", "allow these credentials to list, read and write this prefix"
)
WRONG_KEY: Final = Meaning(AuthError, "the credentials are refused", "check the access key and its secret")
LOST: Final = Meaning(ConflictError, "somebody else wrote first", about="object")
CUT_SHORT: Final = Meaning(CorruptError, "the answer was cut short", about="object")
WRONG_CHECKSUM: Final = Meaning(CorruptError, "the answer does not have its checksum", about="object")
BUSY: Final = Meaning(NetworkError, "the service is overloaded")
LATE_UPLOAD: Final = Meaning(NetworkError, "the upload did not arrive in time")
GARBLED_UPLOAD: Final = Meaning(
    NetworkError, "the upload was garbled on its way", "check the proxies in between"
)
FAILED: Final = Meaning(NetworkError, "the service failed")
REFUSED: Final = Meaning(ConfigError, "the request was refused", SETTINGS)
UNUSABLE: Final = Meaning(ConfigError, "the settings are not usable", SETTINGS)
NO_CONNECTION: Final = Meaning(NetworkError, "no connection in time")
NO_ANSWER: Final = Meaning(NetworkError, "no answer in time")
NO_TLS: Final = Meaning(NetworkError, "TLS failed", "check the certificate, or set REQUESTS_CA_BUNDLE")
NO_PROXY: Final = Meaning(NetworkError, "the proxy cannot be reached", "check HTTPS_PROXY")
UNREACHABLE: Final = Meaning(NetworkError, "cannot be reached")
CLOSED: Final = Meaning(NetworkError, "the connection was closed")
BROKE_OFF: Final = Meaning(NetworkError, "the connection broke off")
WRONG_CLOCK: Final = Meaning(
    AuthError, "the clock of this machine is wrong", "set the clock (the credentials may be right)", "clock"
)

STATUSES: Final[Mapping[int, Meaning]] = {
    401: WRONG_KEY,
    403: DENIED,
    404: NO_OBJECT,
    408: LATE_UPLOAD,
    409: LOST,
    412: LOST,
    429: BUSY,
}
TRANSIENT: Final = frozenset({408, 409, 429, 500, 502, 503, 504})
"""Statuses worth another try. A server that cannot be reached at all is not: another copy answers sooner."""


class RefusedError(Exception):
    """An HTTP answer that means failure, of a service that we speak to without a library.

    `code` is the service's word for it, empty for somebody else's.
    """

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"HTTP {status} {code}")
        self.status = status
        self.code = code


def of_status(status: int) -> Meaning:
    """What an HTTP status means where nothing better is known."""
    return STATUSES.get(status) or (FAILED if status >= 500 else REFUSED)


def foreign(service: str) -> Meaning:
    """Somebody else answers in the place of this service: a proxy, a login page."""
    return Meaning(CorruptError, f"the answer is not that of {service}", "check the endpoint")
