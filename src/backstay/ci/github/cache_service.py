"""The cache service of GitHub Actions, as far as a grant needs it: look an entry up, fetch it, save one.

It is spoken in two versions. Version 2 is Twirp over HTTP, with JSON, and blobs at signed URLs of Azure Blob
Storage. Version 1 is what GitHub Enterprise Server has, and `act`. Neither is documented by GitHub; this is
what its own client (`@actions/cache`) sends. Whatever answers otherwise ends in `CacheOffError`: no grant is
worth more than a few seconds.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, Protocol, TypeVar
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

import msgspec

from backstay import __version__
from backstay.ci.service import PAUSES, Budget
from backstay.decoding import decode
from backstay.errors import ConfigError
from backstay.grants.grant import LARGEST
from backstay.storage import certificates

if TYPE_CHECKING:
    import requests

T = TypeVar("T")

VERSION: Final = hashlib.sha256(b"backstay-grant-format-1").hexdigest()
"""Keeps our entries apart from those of others: a lookup never crosses versions."""

TRANSIENT: Final = frozenset({500, 502, 503, 504})
CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 5.0
TWIRP: Final = "/twirp/github.actions.results.api.v1.CacheService/"
V1_ACCEPT: Final = "application/json;api-version=6.0-preview.1"
OCTETS: Final = "application/octet-stream"


class CacheOffError(Exception):
    """The service is of no use for the rest of this run. `actionable`: people can do something about it."""

    def __init__(self, why: str, *, actionable: bool = False) -> None:
        super().__init__(why)
        self.actionable = actionable


class MissingRouteError(CacheOffError):
    """The server does not speak this version."""


class Located(msgspec.Struct, frozen=True):
    """An entry, and where its bytes are for the next minutes. The URL is a secret."""

    key: str
    url: str


class Entry(msgspec.Struct, frozen=True):
    """An entry that was fetched."""

    key: str
    data: bytes


class Answer(msgspec.Struct, frozen=True):
    """What came back, cut at the size that a grant may have and one byte more."""

    status: int
    body: bytes

    def document(self) -> dict[str, object] | None:
        """The JSON object in it, its names in snake_case; nothing where there is none."""
        try:
            found = decode(self.body, dict[str, object])
        except msgspec.DecodeError:
            return None
        return {_snake(name): value for name, value in found.items()}


class Http:
    """Requests to the service and to the blobs, none after the end of the budget."""

    def __init__(self, token: str, budget: Budget) -> None:
        self.budget = budget
        self._token = token

    def ask(self, method: str, url: str, **request: object) -> Answer:
        """A request to the service itself, sent again where that may help. Raises `CacheOffError`."""
        for pause in PAUSES:
            answer = self._sent(method, url, self._authorize, request)
            if answer.status not in TRANSIENT or not self.budget.wait(pause):
                return answer
        return self._sent(method, url, self._authorize, request)

    def blob(self, method: str, url: str, **request: object) -> Answer:
        """A request to a signed URL, which is its own authority: our token is not for whoever answers it."""
        return self._sent(method, url, lambda prepared: prepared, request)

    def _sent(
        self,
        method: str,
        url: str,
        auth: Callable[[requests.PreparedRequest], requests.PreparedRequest],
        request: Mapping[str, object],
    ) -> Answer:
        import requests
        from urllib3.exceptions import HTTPError

        left = self.budget.left
        if left <= 0:
            raise CacheOffError("it takes too long")
        try:
            with requests.Session() as session:
                certificates.prepare(session)
                session.headers["User-Agent"] = f"backstay/{__version__}"
                session.auth = auth
                with session.request(
                    method,
                    url,
                    timeout=(min(CONNECT_SECONDS, left), min(READ_SECONDS, left)),
                    allow_redirects=False,
                    stream=True,
                    **request,  # type: ignore[arg-type]
                ) as response:
                    return Answer(response.status_code, response.raw.read(LARGEST + 1, decode_content=True))
        except (requests.RequestException, HTTPError, OSError, ValueError, ConfigError) as error:
            raise CacheOffError(f"it does not answer ({type(error).__name__})") from None

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Service(Protocol):
    """One version of the service. Everything raises `CacheOffError`."""

    def lookup(self, prefix: str) -> Located | None:
        """The newest entry whose key begins so, in the first scope of the run that has one."""

    def save(self, key: str, data: bytes) -> bool:
        """Save an entry; false where that key is there already, which is as good."""


class CacheV2:
    """Version 2. `conceal` hears of the signatures in URLs before anybody could print them."""

    def __init__(self, url: str, http: Http, conceal: Callable[[str], None]) -> None:
        parts = urlsplit(url)
        self._base = f"{parts.scheme}://{parts.netloc}{TWIRP}"
        self._http = http
        self._conceal = conceal

    def lookup(self, prefix: str) -> Located | None:
        """See `Service`."""
        said = self._call("GetCacheEntryDownloadURL", key=prefix, restore_keys=[], version=VERSION)
        url = self._url(said, "signed_download_url")
        return Located(str(said.get("matched_key") or ""), url) if said.get("ok") and url else None

    def save(self, key: str, data: bytes) -> bool:
        """See `Service`."""
        said = self._call("CreateCacheEntry", key=key, version=VERSION)
        if said.get("code") == "already_exists":
            return False
        url = self._url(said, "signed_upload_url")
        if not (said.get("ok") and url):
            raise _refused(said, "it takes no entry")
        headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": OCTETS}
        answer = self._http.blob("PUT", url, data=data, headers=headers)
        if answer.status not in (200, 201):
            raise CacheOffError(f"the upload ended in HTTP {answer.status}")
        done = self._call("FinalizeCacheEntryUpload", key=key, version=VERSION, size_bytes=str(len(data)))
        if not done.get("ok"):
            raise _refused(done, "it did not keep the entry")
        return True

    def _call(self, method: str, **request: object) -> Mapping[str, object]:
        """The answer of a method; of refusals only those that mean something else than an end."""
        answer = self._http.ask("POST", self._base + method, json=request)
        said = answer.document()
        if answer.status == 404 and (said is None or said.get("code") == "bad_route"):
            raise MissingRouteError("it does not speak version 2")
        if answer.status == 200 and said is not None:
            return said
        if said and (answer.status, said.get("code")) in ((404, "not_found"), (409, "already_exists")):
            return {**said, "ok": False}
        raise _refused(said or {}, f"it answers HTTP {answer.status}", broken=answer.status == 400)

    def _url(self, said: Mapping[str, object], name: str) -> str:
        url = str(said.get(name) or "")
        for signature in parse_qs(urlsplit(url).query).get("sig", []):
            self._conceal(signature)
            self._conceal(quote(signature, safe=""))
        return url


class CacheV1:
    """Version 1: `url` is `ACTIONS_CACHE_URL`."""

    def __init__(self, url: str, http: Http) -> None:
        self._base = f"{url.rstrip('/')}/_apis/artifactcache/"
        self._http = http

    def lookup(self, prefix: str) -> Located | None:
        """See `Service`."""
        answer = self._ask("GET", f"cache?{urlencode({'keys': prefix, 'version': VERSION})}", (200, 204))
        said = answer.document() or {}
        url = said.get("archive_location")
        return Located(str(said.get("cache_key") or ""), urljoin(self._base, str(url))) if url else None

    def save(self, key: str, data: bytes) -> bool:
        """See `Service`."""
        request = {"key": key, "version": VERSION, "cacheSize": len(data)}
        answer = self._ask("POST", "caches", (200, 201, 409), json=request)
        if answer.status == 409:
            return False
        place = f"caches/{(answer.document() or {}).get('cache_id')}"
        whole = {"Content-Type": OCTETS, "Content-Range": f"bytes 0-{len(data) - 1}/*"}
        self._ask("PATCH", place, range(200, 300), data=data, headers=whole)
        self._ask("POST", place, range(200, 300), json={"size": len(data)})
        return True

    def _ask(
        self,
        method: str,
        path: str,
        expected: range | tuple[int, ...],
        *,
        headers: Mapping[str, str] = {},
        **request: object,
    ) -> Answer:
        answer = self._http.ask(
            method, self._base + path, headers={"Accept": V1_ACCEPT, **headers}, **request
        )
        if answer.status == 404:
            raise MissingRouteError("it does not speak version 1")
        if answer.status not in expected:
            raise _refused(answer.document() or {}, f"it answers HTTP {answer.status}")
        return answer


def fetch(service: Service, http: Http, prefix: str, *, again: bool = True) -> Entry | None:
    """The entry that `lookup` finds; with `again`, once more where its URL has expired.

    Nothing for one that is larger than a grant, or has another name than was asked for.
    """
    located = service.lookup(prefix)
    if located is None or not located.key.lower().startswith(prefix.lower()):
        return None
    answer = http.blob("GET", located.url)
    if answer.status in (401, 403) and again:
        return fetch(service, http, prefix, again=False)
    is_whole = answer.status == 200 and len(answer.body) <= LARGEST
    return Entry(located.key, answer.body) if is_whole else None


def within(budget: Budget, work: Callable[[], T]) -> T:
    """What `work` answers, waited for no longer than the budget lasts: name lookups know no timeout.

    Raises `CacheOffError` where that is over, and whatever `work` raises.
    """
    ended: SimpleQueue[tuple[T | None, CacheOffError | None]] = SimpleQueue()

    def run() -> None:
        try:
            ended.put((work(), None))
        except CacheOffError as error:
            ended.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        answer, error = ended.get(timeout=max(budget.left, 0))
    except Empty:
        raise CacheOffError("it takes too long") from None
    if error:
        raise error
    return answer  # type: ignore[return-value]  # None only where `work` answers that


def _refused(said: Mapping[str, object], what: str, *, broken: bool = False) -> CacheOffError:
    """The end of it, in the words of the service; those of a quota, and of a mistake of ours, are told."""
    words = " ".join(str(said.get("msg") or said.get("message") or "").split())[:200]
    is_full = "insufficient usage" in words.lower()
    return CacheOffError(f"{what}: {words}" if words else what, actionable=is_full or broken)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
