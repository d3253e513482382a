"""HTTP by `requests`, for the services whose libraries use it: bounded answers, and what failures mean."""

from __future__ import annotations

from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3 import exceptions as wire

from backstay.errors import ConfigError
from backstay.storage import certificates, failures
from backstay.storage.body import CHUNK, collect
from backstay.storage.failures import Failure, Meaning

NO_CERTIFICATES: Final = Meaning(
    ConfigError, "the file of trusted certificates cannot be read", "check REQUESTS_CA_BUNDLE"
)
EXCEPTIONS: Final[tuple[tuple[type[Exception], Meaning], ...]] = (
    (wire.NewConnectionError, failures.UNREACHABLE),
    (requests.ConnectTimeout, failures.NO_CONNECTION),
    (wire.ConnectTimeoutError, failures.NO_CONNECTION),
    (requests.ReadTimeout, failures.NO_ANSWER),
    (wire.ReadTimeoutError, failures.NO_ANSWER),
    (requests.exceptions.SSLError, failures.NO_TLS),
    (requests.exceptions.ProxyError, failures.NO_PROXY),
    (wire.IncompleteRead, failures.CUT_SHORT),
    (wire.ProtocolError, failures.BROKE_OFF),
    (requests.exceptions.ChunkedEncodingError, failures.BROKE_OFF),
    (requests.ConnectionError, failures.CLOSED),
    (requests.TooManyRedirects, Meaning(failures.REFUSED.kind, "the server redirects", "check the endpoint")),
    (requests.RequestException, failures.REFUSED),
    (wire.HTTPError, failures.BROKE_OFF),
    (TimeoutError, failures.NO_ANSWER),
    (ConnectionError, failures.BROKE_OFF),
    (OSError, NO_CERTIFICATES),
)
"""The first that fits counts."""
TRANSIENT: Final = (failures.NO_ANSWER, failures.CUT_SHORT, failures.BROKE_OFF, failures.CLOSED)


class BoundedAdapter(HTTPAdapter):
    """Reads lists and errors, which `requests` takes whole and unpacks, within the limits of `body`.

    What is asked for as a stream is read by whoever asked, unless `streams` says to read that too.
    """

    def __init__(self, place: str, *, streams: bool = False) -> None:
        super().__init__(pool_maxsize=16)
        self._place = place
        self._streams = streams

    def send(
        self, request: requests.PreparedRequest, stream: bool = False, *args: Any, **kwargs: Any
    ) -> requests.Response:
        is_left = stream and not self._streams
        response = super().send(request, True, *args, **kwargs)
        if not is_left or response.status_code >= 300:
            with response:
                data = collect(f"{self._place}: an answer", response.raw.stream(CHUNK, decode_content=True))
            response._content, response._content_consumed = data, True  # type: ignore[attr-defined]
        return response


def bound(session: requests.Session, place: str, *, streams: bool = False) -> None:
    """Let this session read no more than it should, and use the certificates of the environment."""
    certificates.prepare(session)
    adapter = BoundedAdapter(place, streams=streams)
    session.mount("https://", adapter)
    session.mount("http://", adapter)


def failure(error: BaseException) -> Failure | None:
    """What an exception of `requests`, or of what is below it, stands for."""
    causes = causes_of(error)
    for kind, meaning in EXCEPTIONS:
        if any(isinstance(cause, kind) for cause in causes):
            return Failure(meaning=meaning, detail=certificates.doubt(causes), transient=meaning in TRANSIENT)
    return None


def causes_of(error: BaseException) -> list[BaseException]:
    """The exception and those that libraries have put into it as arguments."""
    found: list[BaseException] = []
    queue: list[Any] = [error]
    while queue and len(found) < 10:
        current = queue.pop(0)
        if isinstance(current, BaseException):
            found.append(current)
            reason = current.reason if isinstance(current, urllib3.exceptions.MaxRetryError) else None
            queue += [reason, *current.args]
    return found
