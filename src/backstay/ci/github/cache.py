"""Grants in the cache of GitHub Actions: the one place that a container leaves something in for later runs.

Best effort: it takes its seconds at most, is asked once, and never fails a step. What is in it can be read
by everybody who may open a pull request, and written by everybody who may push a branch; so entries are
encrypted and signed (`grants`), and named after nothing but a MAC of the token. An entry cannot be changed:
each has the day in its key on which its grant ends.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from backstay.ci.base import Trigger
from backstay.ci.github.cache_service import (
    CacheOffError,
    CacheV1,
    CacheV2,
    Entry,
    Http,
    MissingRouteError,
    Service,
    fetch,
    within,
)
from backstay.ci.service import Budget
from backstay.decoding import decode

T = TypeVar("T")

SECONDS: Final = 7.0
"""For one restore, and for one save."""

WORTH_SAVING: Final = timedelta(hours=24)
"""What must be left of a grant."""

WRITERS: Final = frozenset(
    {
        "push",
        "schedule",
        "workflow_dispatch",
        "repository_dispatch",
        "delete",
        "registry_package",
        "page_build",
        "pull_request",
    }
)
"""Events whose runs may write the cache of their ref; all others may only read that of the default branch."""

READ, WRITE = 1, 2
"""Bits of a scope's permission."""

MODES: Final = {"none": 0, "read": READ, "write-only": WRITE}
"""What `ACTIONS_CACHE_MODE` leaves; other words, and none, leave everything."""

Speaker = Callable[[Http], Service]
"""Makes a client of one version of the service."""


class Rights(msgspec.Struct, frozen=True):
    """What a run may do with the cache. `is_request`: what it saves is seen by its pull request alone."""

    load: bool
    save: bool
    is_request: bool = False


class CacheStore:
    """See `GrantStore`. `report` hears what went wrong, and whether people can do something about it."""

    name = "the cache of GitHub Actions"

    def __init__(
        self,
        key_id: str,
        rights: Rights,
        token: str,
        speakers: Sequence[Speaker],
        report: Callable[[str, bool], None],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._prefix = f"backstay-grant-v1-{key_id}-"
        self._rights = rights
        self._token = token
        self._speakers = list(speakers)
        self._report = report
        self._clock = clock
        self._found: Entry | None = None
        self._looked = False
        self._removed = False

    def load(self) -> bytes | None:
        """What an earlier run left; asked once."""
        if not self._looked and self._rights.load:
            self._looked = True
            self._found = self._asked(lambda service, http: fetch(service, http, self._prefix))
        return None if self._found is None or self._removed else self._found.data

    def store(self, data: bytes, *, expires: datetime, fresh: bool) -> bool:
        """Save what is new and lasts. No run depends on it, so it is kept whatever happens."""
        if fresh and self._is_worth(expires):
            key = f"{self._prefix}{expires.astimezone(UTC):%Y-%m-%d}"
            self._asked(lambda service, http: service.save(key, data))
        return True

    def remove(self) -> None:
        """Use it no more in this run. The entry stays until it ends, or nobody has read it for a week."""
        self._removed = True

    def _is_worth(self, expires: datetime) -> bool:
        if not self._rights.save or expires - self._clock() < WORTH_SAVING:
            return False
        if not self._rights.is_request:
            return True
        self.load()
        return self._found is None or self._day_of(self._found) <= self._tomorrow()

    def _day_of(self, entry: Entry) -> str:
        return entry.key[len(self._prefix) :]

    def _tomorrow(self) -> str:
        return f"{self._clock().astimezone(UTC) + WORTH_SAVING:%Y-%m-%d}"

    def _asked(self, question: Callable[[Service, Http], T]) -> T | None:
        """The answer of the first version that the server speaks; after an error nobody is asked again."""
        while self._speakers:
            http = Http(self._token, Budget(SECONDS))
            service = self._speakers[0](http)
            try:
                return within(http.budget, lambda: question(service, http))  # noqa: B023 (ends in this turn)
            except MissingRouteError as error:
                self._speakers.pop(0)
                self._report(str(error), False)
            except CacheOffError as error:
                self._speakers.clear()
                self._report(str(error), error.actionable)
        return None


def speakers(environ: Mapping[str, str], conceal: Callable[[str], None]) -> tuple[Speaker, ...]:
    """The versions that this server may speak, in the order to be tried."""
    results, cache = environ.get("ACTIONS_RESULTS_URL", ""), environ.get("ACTIONS_CACHE_URL", "")
    v1 = (lambda http: CacheV1(cache, http),) if cache else ()
    if not results or _is_enterprise_server(environ):
        return v1
    return (lambda http: CacheV2(results, http, conceal), *v1)


def rights(trigger: Trigger, token: str, mode: str, *, read_only: bool) -> Rights:
    """What a run may do: what the token of the runner says, its mode, and the event leave."""
    allowed = _permissions(token) & MODES.get(mode, READ | WRITE)
    request = trigger.pull_request
    may_save = not read_only and trigger.event in WRITERS and not (request and request.fork)
    return Rights(
        load=bool(allowed & READ),
        save=may_save and bool(allowed & WRITE),
        is_request=trigger.event == "pull_request",
    )


class _Scope(msgspec.Struct, frozen=True, rename="pascal"):
    permission: int


def _permissions(token: str) -> int:
    """The bits of all scopes in the claim `ac`, a list as text; everything for a token that names none.

    The claims are only read to spare requests in vain: the service decides.
    """
    try:
        part = token.split(".")[1]
        claims = decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), dict[str, Any])
        scopes = decode(claims["ac"], list[_Scope])
    except (IndexError, KeyError, TypeError, ValueError):  # Those of msgspec and base64 are ValueErrors.
        return READ | WRITE
    bits = 0
    for scope in scopes:
        bits |= scope.permission
    return bits


def _is_enterprise_server(environ: Mapping[str, str]) -> bool:
    """GitHub Enterprise Server, as `@actions/cache` tells it from the clouds."""
    host = urlsplit(environ.get("GITHUB_SERVER_URL") or "https://github.com").hostname or ""
    return host != "github.com" and not host.endswith((".ghe.com", ".localhost"))
