"""Who is asking: from an `Authorization` header to a token, with a memory and a limit on wrong ones.

A token that was looked up is known for some seconds, after which a revocation counts everywhere. One that is
revoked or expired stays so, and is remembered as such: its holder hears 401 every time, and never the 429
that would send a client to a backup.

The limit is for whoever tries tokens that never existed. It spares the storage; 256 bits need no protection.
An address can be that of many, so it keeps nobody out who has a token: where an address has used up its
failures, a list of the tokens there are, of the last few seconds, says which are worth a look.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, Generic, TypeVar

import msgspec

from backstay.grants.rights import Scope
from backstay.server.problems import Refusal
from backstay.server.tokens import Token, Tokens, token_id

K = TypeVar("K")
V = TypeVar("V")

KNOWN_SECONDS: Final = 5.0
FAILURES: Final = 20
WINDOW_SECONDS: Final = 60.0
"""So many failures within so many seconds, and an address has to wait for the rest of them."""
REMEMBERED: Final = 10_000


class _Known(msgspec.Struct, frozen=True):
    token: Token
    until: float


class _Failures(msgspec.Struct, frozen=True):
    count: int
    since: float


class _Listing(msgspec.Struct, frozen=True):
    ids: frozenset[str]
    until: float


class Access:
    """Authentication for one process. Safe between threads."""

    def __init__(
        self,
        tokens: Tokens,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens = tokens
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: _Recent[str, _Known] = _Recent()
        self._failures: _Recent[str, _Failures] = _Recent()
        self._listing = _Listing(frozenset(), -math.inf)
        self._listing_now = threading.Lock()

    def caller(self, authorization: str, address: str) -> Token:
        """The active token of a request. Raises `Refusal` (401, 429) and what the storage raises."""
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise _unauthorized("a token is needed", "invalid_request")
        token = self._find(secret.strip(), address)
        if token is None:
            self._note_failure(address)
            raise _unauthorized("the token is not known here", "invalid_token")
        if not self._tokens.vouch(token):
            raise _unauthorized("the token was not made with a key that this server trusts", "invalid_token")
        status = token.status(self._clock())
        if status != "active":
            raise _unauthorized(f"the token is {status}", "invalid_token")
        return token

    def _find(self, secret: str, address: str) -> Token | None:
        key = hashlib.sha256(secret.encode()).hexdigest()
        with self._lock:
            known = self._known.get(key)
            failures = self._failures.get(address)
        now = self._monotonic()
        if known and (known.until > now or known.token.revoked):
            return known.token
        if not known and failures and failures.count >= FAILURES:
            wait = failures.since + WINDOW_SECONDS - now
            if wait > 0 and not self._is_listed(secret):
                raise Refusal(
                    HTTPStatus.TOO_MANY_REQUESTS,
                    "too many wrong tokens from this address",
                    headers={"Retry-After": str(int(wait) + 1)},
                )
        token = self._tokens.find(secret)
        if token:
            with self._lock:
                self._known.put(key, _Known(token, now + KNOWN_SECONDS))
        return token

    def _is_listed(self, secret: str) -> bool:
        """Is there a token that could be this one? New ones are seen after some seconds."""
        with self._listing_now:
            now = self._monotonic()
            if self._listing.until <= now:
                self._listing = _Listing(self._tokens.ids(), now + KNOWN_SECONDS)
            return token_id(secret) in self._listing.ids

    def _note_failure(self, address: str) -> None:
        now = self._monotonic()
        with self._lock:
            before = self._failures.get(address)
            if before is None or before.since + WINDOW_SECONDS <= now:
                before = _Failures(0, now)
            self._failures.put(address, _Failures(before.count + 1, before.since))


def require(token: Token, repo: str, *scopes: Scope) -> None:
    """Raises `Refusal` (403) unless the token has one of these scopes in this repository.

    What is not allowed is not said to be there or not.
    """
    if not token.covers(repo):
        raise Refusal(HTTPStatus.FORBIDDEN, f"the token has no access to repository {repo}")
    if not any(token.has(scope) for scope in scopes):
        raise Refusal(HTTPStatus.FORBIDDEN, f"the token lacks the scope {' or '.join(scopes)}")


class _Recent(Generic[K, V]):
    """A dictionary of the entries written last."""

    def __init__(self) -> None:
        self._entries: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        return self._entries.get(key)

    def put(self, key: K, value: V) -> None:
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > REMEMBERED:
            self._entries.popitem(last=False)


def _unauthorized(detail: str, error: str) -> Refusal:
    """RFC 6750, 3."""
    return Refusal(
        HTTPStatus.UNAUTHORIZED,
        detail,
        headers={"WWW-Authenticate": f'Bearer realm="backstay", error="{error}"'},
    )
