"""Requests to an OCI registry: tokens, redirects, and what its refusals mean.

The specification says which requests there are (https://github.com/opencontainers/distribution-spec); how
tokens are had is Docker's (https://distribution.github.io/distribution/spec/auth/token/): a registry answers
401 and names a server, which gives a token for the repository to those who have a password, or to anyone.
"""

from __future__ import annotations

import base64
import ipaddress
import re
import socket
from collections.abc import Mapping
from functools import cached_property
from typing import Final
from urllib.parse import urljoin, urlsplit

import msgspec
import requests

from backstay import __version__
from backstay.decoding import decode
from backstay.errors import AuthError, ConfigError, CorruptError, NotFoundError
from backstay.storage import failures, http, remote
from backstay.storage.failures import Failure, Meaning, RefusedError
from backstay.storage.oci_options import OciOptions

MAX_REDIRECTS: Final = 3
NOT_OCI: Final = failures.foreign("an OCI registry")
LOGIN: Final = "check the user and password of the URL, or `docker login`"
WRONG_PASSWORD: Final = Meaning(AuthError, "the credentials are refused", LOGIN)
CODES: Final[dict[str, Meaning]] = {
    "NAME_UNKNOWN": Meaning(
        NotFoundError, "the repository does not exist", "create it, or correct its name in the URL"
    ),
    "MANIFEST_UNKNOWN": failures.NO_OBJECT,
    "BLOB_UNKNOWN": failures.NO_OBJECT,
    "UNAUTHORIZED": WRONG_PASSWORD,
    "DENIED": Meaning(
        AuthError, "access is denied", "allow this user to pull from, push to and delete there"
    ),
    "NAME_INVALID": Meaning(ConfigError, "the name of the repository is not valid", "correct it in the URL"),
    "DIGEST_INVALID": failures.GARBLED_UPLOAD,
    "SIZE_INVALID": failures.GARBLED_UPLOAD,
    "UNSUPPORTED": Meaning(
        ConfigError, "the registry does not allow that", "allow overwriting and deleting of tags there"
    ),
    "TOOMANYREQUESTS": failures.BUSY,
}
"""OCI distribution specification 1.1, "error codes"."""
_CHALLENGE: Final = re.compile(r'(\w+)="([^"]*)"')


class _Problem(msgspec.Struct):
    code: str


class _Problems(msgspec.Struct):
    errors: list[_Problem]


class _Token(msgspec.Struct):
    token: str = ""
    access_token: str = ""


class Connection:
    """A registry, seen as one repository. Opens nothing until the first request."""

    def __init__(self, options: OciOptions, place: str) -> None:
        self._options = options
        self._place = place
        self._authorizations: dict[str, str] = {}

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
        allowed: tuple[int, ...] = (200,),
    ) -> requests.Response:
        """The answer to a request for `path` of the repository, or for a whole URL that the registry gave.

        Raises `RefusedError` for a status that is not `allowed`, and the exceptions of `requests`.
        """
        url = self._absolute(path, f"{self._options.server}/v2/{self._options.repository}/")
        for _ in range(MAX_REDIRECTS):
            response = self._send(method, url, body, headers)
            if method not in ("GET", "HEAD") or not response.is_redirect:
                break
            url = self._absolute(response.headers["Location"], url)
        if response.status_code not in allowed:
            raise RefusedError(response.status_code, _code(response))
        return response

    def failure(self, error: Exception) -> Failure | None:
        """What an exception of `request` stands for."""
        if not isinstance(error, RefusedError):
            return http.failure(error)
        status, code = error.status, error.code
        meaning = CODES.get(code) or failures.of_status(status)
        if status == 401:
            meaning = WRONG_PASSWORD
        return Failure(
            meaning=meaning,
            detail="" if code in CODES else f"HTTP {status} {code}".strip(),
            transient=status in failures.TRANSIENT or meaning is failures.GARBLED_UPLOAD,
        )

    @cached_property
    def login(self) -> tuple[str, str, str]:
        """User, password, and where they come from: the URL, or Docker's configuration."""
        options = self._options
        if options.user:
            return options.user, options.password, "its URL"
        from docker import auth
        from docker.errors import DockerException

        try:
            found = auth.resolve_authconfig(auth.load_config(), options.host)
        except DockerException:
            raise AuthError(
                f"{self._place}: Docker's store of credentials does not work", hint="`docker login` again"
            ) from None
        given = {name.lower(): value for name, value in (found or {}).items()}
        if not given.get("username") or not given.get("password"):
            return "", "", ""
        return given["username"], given["password"], "Docker's configuration"

    def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> requests.Response:
        """Send a request; again with credentials, where the registry asks for some."""
        if not self._is_own(url):  # A store of blobs elsewhere: our credentials are none of its business.
            self._refuse_inside(url)
            return self._exchange(method, url, body, headers)
        response = self._exchange(method, url, body, self._authorized(method, headers))
        if response.status_code != 401:
            return response
        self._authorizations[method] = self._answer(response.headers.get("WWW-Authenticate", ""))
        return self._exchange(method, url, body, self._authorized(method, headers))

    def _exchange(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> requests.Response:
        timeout = (remote.CONNECT_SECONDS, remote.READ_SECONDS)
        return self._session.request(
            method, url, data=body, headers=headers, timeout=timeout, allow_redirects=False
        )

    def _authorized(self, method: str, headers: Mapping[str, str]) -> dict[str, str]:
        authorization = self._authorizations.get(method)
        return {**headers, **({"Authorization": authorization} if authorization else {})}

    def _answer(self, challenge: str) -> str:
        """The header that a challenge asks for (RFC 9110, 11.6)."""
        scheme = challenge.partition(" ")[0].lower()
        user, password, _ = self.login
        basic = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        if scheme == "bearer":
            return self._bearer(dict(_CHALLENGE.findall(challenge)), basic if user else "")
        if scheme == "basic" and user:
            return basic
        raise AuthError(f"{self._place}: the registry wants credentials", hint=LOGIN)

    def _bearer(self, challenge: Mapping[str, str], basic: str) -> str:
        realm = challenge.get("realm", "")
        self._refuse_inside(realm)
        response = self._session.get(
            realm,
            params={name: challenge[name] for name in ("service", "scope") if name in challenge},
            headers={"Authorization": basic} if basic else {},
            timeout=(remote.CONNECT_SECONDS, remote.READ_SECONDS),
            allow_redirects=False,
        )
        if response.status_code != 200:
            raise RefusedError(response.status_code, _code(response))
        try:
            given = decode(response.content, _Token)
        except msgspec.DecodeError:
            raise self.strange() from None
        return f"Bearer {given.token or given.access_token}"

    def strange(self) -> CorruptError:
        """The error for an answer that no registry gives."""
        return CorruptError(f"{self._place}: {NOT_OCI.text}", hint=NOT_OCI.hint)

    def _absolute(self, target: str, base: str) -> str:
        """Where a target leads. A registry behind a proxy may not know that it is spoken to by TLS."""
        url = urlsplit(urljoin(base, target))
        own = urlsplit(self._options.server)
        return (url._replace(scheme=own.scheme) if url.netloc == own.netloc else url).geturl()

    def _is_own(self, url: str) -> bool:
        return urlsplit(url).netloc == urlsplit(self._options.server).netloc

    def _refuse_inside(self, url: str) -> None:
        """Refuse to be sent to plain HTTP, unless the registry is that, and to a metadata service."""
        parts = urlsplit(url)
        is_plain = self._options.server.startswith("http:")
        if parts.scheme not in ({"https", "http"} if is_plain else {"https"}) or not parts.hostname:
            raise CorruptError(
                f"{self._place}: the registry redirects to what is not https", hint=NOT_OCI.hint
            )
        if any(ipaddress.ip_address(address).is_link_local for address in _addresses(parts.hostname)):
            raise CorruptError(
                f"{self._place}: the registry redirects into this machine's network", hint=NOT_OCI.hint
            )

    @cached_property
    def _session(self) -> requests.Session:
        session = requests.Session()
        http.bound(session, self._place, streams=True)
        session.headers.update({"Accept-Encoding": "identity", "User-Agent": f"backstay/{__version__}"})
        session.auth = lambda request: request  # Or a .netrc of the machine would be asked.
        return session


def _addresses(host: str) -> list[str]:
    """The addresses of a host; none where its name is not known, which the request will tell."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(address[0]).partition("%")[0] for *_, address in found]


def _code(response: requests.Response) -> str:
    try:
        return decode(response.content, _Problems).errors[0].code
    except (msgspec.DecodeError, IndexError):
        return ""
