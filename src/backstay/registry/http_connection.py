"""Requests to a registry server: time limits, bounded retries, and what each answer means.

No redirect is followed, because the token would go along. No compressed answer is taken, because a kilobyte
of it may be gigabytes. Nothing is believed to come from a registry that does not look like it: a login page
answers 200 to everything.
"""

from __future__ import annotations

import ipaddress
import random
import re
import time
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

import msgspec

from backstay import __version__, urls
from backstay.credentials import NOBODY, Credential
from backstay.decoding import decode
from backstay.errors import (
    BackstayError,
    ConfigError,
    ConflictError,
    CorruptError,
    NetworkError,
    NotFoundError,
    RefusedError,
    UnauthorizedError,
    UnsupportedError,
)
from backstay.registry.http_api import JSON, NO_GRANTS, PROBLEM_JSON, Problem
from backstay.storage import certificates
from backstay.storage.store import MAX_OBJECT

if TYPE_CHECKING:
    import requests

CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 6
BODY_SECONDS: Final = 60
"""For a whole body, however slowly it comes."""
PAUSES: Final = (0.2, 0.8)
"""Seconds before the second and the third attempt, give or take a half."""
DEADLINE_SECONDS: Final = 5
"""No further attempt begins after this."""
CHUNK: Final = 1 << 16
POOL: Final = 32
"""Connections that are kept open: entries are asked for many at a time."""
RETRIED: Final = frozenset({429, 500, 502, 503, 504})

MEANINGS: Final[dict[int, type[BackstayError]]] = {
    401: RefusedError,
    402: RefusedError,
    403: RefusedError,
    404: NotFoundError,
    408: NetworkError,
    409: ConflictError,
    412: ConflictError,
    429: NetworkError,
}
"""What a status means to the caller; any other 4xx is a mistake of ours, any 5xx a service that fails."""

NOT_A_REGISTRY: Final = "the answer is not that of a registry server"


class Reply(msgspec.Struct, frozen=True):
    """An answer that means success. `location` is its `Content-Location`."""

    status: int
    body: bytes
    etag: str = ""
    location: str = ""


class Connection:
    """A registry server by its URL, `https://host[:port][/path]`. Opens nothing until the first request.

    `heard` is told of every error that a request ends in, in the thread of the request.
    """

    def __init__(
        self,
        url: str,
        credential: Credential = NOBODY,
        heard: Callable[[BackstayError], None] = lambda error: None,
    ) -> None:
        self.url = urls.redact(url).rstrip("/")
        self._base = _base(url, has_token=bool(credential.text))
        if credential.text and not re.fullmatch(r"[!-~]+", credential.text):
            raise ConfigError(
                f"the token from {credential.source} is none: it has characters that no token has",
                hint="give the token as it was printed, alone",
            )
        self._credential = credential
        self._heard = heard

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] = {},
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
        once: bool = False,
    ) -> Reply:
        """The answer to a request, sent again where that helps; `once` is for one that is not idempotent.

        Raises what `MEANINGS` says, `NetworkError` where there is no answer, and `CorruptError` for one that
        was cut short or is nobody's we know.
        """
        try:
            return self._asked(partial(self._attempt, method, path, query, body, headers), once=once)
        except BackstayError as error:
            self._heard(error)
            raise

    def _asked(self, attempt: Callable[[], Reply], *, once: bool) -> Reply:
        begun = time.monotonic()
        for pause in (None,) if once else (*PAUSES, None):
            try:
                return attempt()
            except _WorthAnotherTry as transient:
                if pause is None or time.monotonic() - begun > DEADLINE_SECONDS:
                    raise transient.error from None
                time.sleep(pause * random.uniform(0.5, 1.5))
        raise AssertionError("the last attempt ends the loop")

    def _attempt(
        self, method: str, path: str, query: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]
    ) -> Reply:
        import requests

        sent = {**headers, "Content-Type": JSON} if body is not None else headers
        try:
            with self._session.request(
                method,
                self._base + path,
                params=query,
                data=body,
                headers=sent,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                return self._taken(response)
        except requests.RequestException as error:
            explained = self._explained(error)
            if isinstance(
                error, requests.ConnectTimeout | requests.exceptions.SSLError | requests.ReadTimeout
            ):
                raise explained from None
            if isinstance(error, requests.ConnectionError) and not _was_refused(error):
                raise _WorthAnotherTry(explained) from None
            raise explained from None

    def _taken(self, response: requests.Response) -> Reply:
        """The reply, if it is one of success; the error it stands for otherwise."""
        status = response.status_code
        data = self._body(response)
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if status in (200, 201) and kind == JSON:
            return Reply(
                status, data, response.headers.get("ETag", ""), response.headers.get("Content-Location", "")
            )
        if status == 404 and response.request.method == "HEAD" and kind == PROBLEM_JSON:
            raise NotFoundError(f"{self.url}: not there")
        error = self._refusal(status, data if kind == PROBLEM_JSON else b"")
        if status in RETRIED and not isinstance(error, CorruptError):
            raise _WorthAnotherTry(error)
        raise error

    def _body(self, response: requests.Response) -> bytes:
        """The body as it is on the wire, checked against its announced length."""
        from urllib3.exceptions import HTTPError, IncompleteRead

        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise self._strange("it is compressed")
        deadline = time.monotonic() + BODY_SECONDS
        data = bytearray()
        try:
            while chunk := response.raw.read(CHUNK, decode_content=False):
                data += chunk
                if len(data) > MAX_OBJECT:
                    raise CorruptError(f"{self.url}: the answer is larger than any object of a registry")
                if time.monotonic() > deadline:
                    raise NetworkError(f"{self.url}: the answer takes too long")
        except HTTPError as error:
            if isinstance(error, IncompleteRead) or isinstance(error.args[-1], IncompleteRead):
                raise CorruptError(f"{self.url}: the answer was cut short") from None
            raise NetworkError(f"{self.url}: the connection broke off") from None
        return bytes(data)

    def _refusal(self, status: int, data: bytes) -> BackstayError:
        """The error that a status and a problem document stand for."""
        try:
            problem = decode(data, Problem) if data else None
        except msgspec.DecodeError:
            problem = None
        if status in (401, 402, 403):
            return self._denied(status, problem)
        if status == 501 and problem and problem.reason == NO_GRANTS:
            return UnsupportedError(f"{self.url}: {_line(problem.detail)}", reason=NO_GRANTS)
        if status == 429 or status >= 500:
            said = problem.detail if problem else "the service failed"
            is_corrupt = problem is not None and problem.reason == CorruptError.reason
            failed = CorruptError if is_corrupt else NetworkError
            return failed(f"{self.url}: {_line(said)} (HTTP {status})")
        if not problem or status < 400:
            return self._strange(f"HTTP {status}")
        kind = MEANINGS.get(status, ConfigError)
        if kind is NotFoundError and problem.reason != NotFoundError.reason:
            return self._strange(f"HTTP {status} for a path of every registry")
        hint = _line(problem.hint) or "check the version of the server and of this client"
        return kind(f"{self.url}: {_line(problem.detail)}", hint=hint)

    def _denied(self, status: int, problem: Problem | None) -> RefusedError:
        """401 and 403 count whoever says them: a proxy may keep the door."""
        kind = UnauthorizedError if status == 401 and problem else RefusedError
        said = _line(problem.detail) if problem else f"access is denied (HTTP {status})"
        if status == 401:
            said = f"Unauthorized: {said}"
        if not self._credential.text:
            return kind(f"{self.url}: {said} (no token was sent)", hint="set BACKSTAY_TOKEN")
        return kind(
            f"{self.url}: {said} (token from {self._credential.source})",
            hint="ask for a token with the scope and the repository that this needs"
            if status == 403
            else "check that the token is that of this registry, not expired and not revoked",
        )

    def _strange(self, what: str) -> CorruptError:
        return CorruptError(f"{self.url}: {NOT_A_REGISTRY}: {what}", hint="check the URL of the registry")

    def _explained(self, error: Exception) -> NetworkError:
        """Words for why there is no answer. The library's own may quote the URL with what is in it."""
        from requests import exceptions

        from backstay.storage.http import causes_of

        table: tuple[tuple[type[Exception], str, str], ...] = (
            (exceptions.ConnectTimeout, "no connection in time", ""),
            (exceptions.ReadTimeout, "no answer in time", ""),
            (exceptions.SSLError, "TLS failed", "check the certificate, or set REQUESTS_CA_BUNDLE"),
            (exceptions.ProxyError, "the proxy cannot be reached", "check HTTPS_PROXY"),
        )
        for kind, text, hint in table:
            if isinstance(error, kind):
                doubt = certificates.doubt(causes_of(error))
                return NetworkError(f"{self.url}: {text}{f' ({doubt})' if doubt else ''}", hint=hint)
        refused = isinstance(error, exceptions.ConnectionError) and _was_refused(error)
        return NetworkError(f"{self.url}: {'cannot be reached' if refused else 'the connection was closed'}")

    @cached_property
    def _session(self) -> requests.Session:
        import requests
        from requests.adapters import HTTPAdapter

        session = requests.Session()
        session.headers.update(
            {"Accept": JSON, "Accept-Encoding": "identity", "User-Agent": f"backstay/{__version__}"}
        )
        session.auth = self._authorize
        certificates.prepare(session)
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=POOL)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The token, and never what a `.netrc` of the machine has for this host."""
        if self._credential.text:
            request.headers["Authorization"] = f"Bearer {self._credential.text}"
        return request


class _WorthAnotherTry(Exception):
    """An attempt failed in a way that may pass."""

    def __init__(self, error: BackstayError) -> None:
        self.error = error


def _base(url: str, *, has_token: bool) -> str:
    """The URL that paths are appended to. Raises `ConfigError` for one that no token should be sent to."""
    parts = urls.split(url)
    shown = urls.redact(url)
    if "@" in parts.netloc:
        raise ConfigError(
            f"{shown}: credentials do not belong into the URL of a registry", hint="set BACKSTAY_TOKEN"
        )
    if not parts.hostname or parts.fragment:
        raise ConfigError(f"{shown} names no server", hint="write https://host, with a port if needed")
    plain = urls.query(url).get("plain") == "on"
    if parts.query and not (plain and len(urls.query(url)) == 1):
        raise ConfigError(
            f"{shown}: a registry server takes no such parameters", hint="remove what follows ?"
        )
    if parts.scheme == "http" and has_token and not plain and not _is_local(parts.hostname):
        raise ConfigError(
            f"{shown}: a token would cross the network in the open",
            hint="use https://, or add ?plain=on where the network itself is private",
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _was_refused(error: Exception) -> bool:
    """Was there no connection at all? Asking again at once would not help; another copy answers sooner."""
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _line(text: str) -> str:
    """What a server says, as one line of bounded length."""
    return " ".join(text.split())[:500]
