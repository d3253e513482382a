"""The grant of a run: kept, renewed, or gone without.

1. A kept grant that counts and is not due for renewal is used. Nobody is asked.
2. Else the server is asked. A new grant is kept in every store.
3. The server refuses the token (401, 402, 403): what is kept is removed, and the run stops.
4. The server does not answer, or not as one: a kept grant that counts is used, and stays as it is. Where
   there is none, the run stops; what happened to pass is never remembered as a refusal.
5. A server that issues no grants says so, which is remembered. With it a run goes on as if there were none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import msgspec

from backstay.errors import (
    AuthError,
    BackstayError,
    CorruptError,
    GrantError,
    NetworkError,
    UnauthorizedError,
)
from backstay.grants.client import fetch
from backstay.grants.grant import Grant
from backstay.grants.rights import Scope
from backstay.grants.sealing import Entry, key_id, seal, unseal
from backstay.grants.stores import GrantStore, alone
from backstay.grants.verify import LEEWAY, SET_THE_CLOCK, Terms, verify
from backstay.registry.http_api import IssuedGrant
from backstay.registry.http_connection import Connection
from backstay.registry.patience import Patience

ASKED_AGAIN: Final = timedelta(hours=1)
"""How long a server is believed that it issues no grants, and how exactly the time of use is noted."""

HELP: Final = (
    "wait for the registry; a run, or backstay login --grant-only, leaves a grant behind while it answers: "
    "keep the cache directory from run to run, or mount one as BACKSTAY_GRANT_FILE"
)


class Kept(msgspec.Struct, frozen=True):
    """What there is of a grant: one that counts, that none is issued (an entry alone), or why not."""

    entry: Entry | None = None
    grant: Grant | None = None
    error: GrantError | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Can it be used without asking the server?"""
        if self.grant:
            return now < self.grant.due
        return self.entry is not None and abs(now - _time(self.entry.fetched)) < ASKED_AGAIN

    @property
    def worth(self) -> tuple[int, int]:
        """Which of several is to be used: the greatest."""
        if self.grant:
            return (3, self.grant.exp)
        return (2 if self.entry else 1 if self.error else 0, 0)


class Grants:
    """The grant of one token for one server, in one run. `notify` hears what is worth telling.

    `current` is what was admitted, `renewed` says that it has just come from the server.
    """

    def __init__(
        self,
        connection: Connection,
        terms: Terms,
        stores: Sequence[GrantStore],
        *,
        notify: Callable[[str], None] = lambda text: None,
        patience: Patience | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.current = Kept()
        self.renewed = False
        self._connection = connection
        self._terms = terms
        self._stores = stores
        self._notify = notify
        self._patience = patience or Patience()
        self._clock = clock
        self._answered = False
        self._told = threading.Event()

    @property
    def grant(self) -> Grant | None:
        """What was admitted; nothing where the server issues none."""
        return self.current.grant

    @property
    def sealed(self) -> bytes:
        """What is admitted, as it is kept."""
        assert self.current.entry
        return seal(self.current.entry, self._terms.token)

    def admit(self, *, renew: bool = False) -> Grant | None:
        """Rules 1 to 5; with `renew` the server is asked in any case. Raises `AuthError`."""
        self.current = self._kept()
        if not renew and self._is_fresh():
            self._note_use()
            return self.grant
        with alone(key_id(self._terms.token)):
            self.current = max(self.current, self._kept(), key=lambda kept: kept.worth)
            if renew or not self._is_fresh():
                self.current = self._renewed(self.current)
        return self.grant

    def require(self, repo: str, *scopes: Scope) -> None:
        """Stop what the grant does not allow while the server is away. Raises `AuthError`.

        A server that answers decides for itself. With one that issues no grants everything goes on.
        """
        lacking = self._lacking(repo, scopes)
        if not lacking:
            return
        if not self._answered:
            self.admit(renew=True)
        if not self._answered and self._lacking(repo, scopes):
            raise GrantError(
                f"{self._connection.url} is away, and {lacking}",
                hint="wait for the registry, or use a token that has the scope and the repository",
                reason="grant-lacks-scope",
            )

    def heard(self, error: BackstayError) -> None:
        """What a request to the server ended in. Safe between threads."""
        if isinstance(error, UnauthorizedError):
            self.forget()
        elif isinstance(error, NetworkError | CorruptError):
            self._answered = False
            self._tell_away("the registry does not answer as it should")

    def forget(self) -> None:
        """Keep the grant no longer."""
        for store in self._stores:
            store.remove()

    def _is_fresh(self) -> bool:
        return self.current.is_fresh(self._clock())

    def _lacking(self, repo: str, scopes: Sequence[Scope]) -> str:
        grant = self.grant
        if grant is None:
            return ""
        if not grant.covers(repo):
            return f"the grant does not cover the repository {repo}"
        missing = [scope for scope in scopes if not grant.has(scope)]
        return f"the grant lacks the scope {' and '.join(missing)}" if missing else ""

    def _kept(self) -> Kept:
        """The best of what the stores have, from then on also in those before the one that has it.

        Those behind one with a fresh grant are not asked.
        """
        best = Kept()
        for position, store in enumerate(self._stores):
            data = store.load()
            found = self._opened(data)
            if found.worth > best.worth:
                best = found
                if data and best.grant:
                    for nearer in self._stores[:position]:
                        nearer.store(data, expires=best.grant.expires, fresh=False)
            if best.is_fresh(self._clock()):
                break
        return best

    def _opened(self, data: bytes | None) -> Kept:
        entry = unseal(data, self._terms.token) if data else None
        if entry is None:
            return Kept()
        if not entry.grant:
            return Kept(entry) if entry.server == self._terms.server else Kept()
        return self._judged(entry)

    def _judged(self, entry: Entry) -> Kept:
        try:
            return Kept(entry, verify(entry, self._terms, self._clock()))
        except GrantError as error:
            return Kept(error=error)

    def _renewed(self, known: Kept) -> Kept:
        self._answered = False
        try:
            issued = self._patience.ask(partial(fetch, self._connection, once=bool(known.entry)))
        except AuthError:
            self.forget()
            raise
        except (NetworkError, CorruptError) as error:
            return self._without(known, error)
        self._answered = True
        return self._taken(issued, known)

    def _without(self, known: Kept, error: BackstayError) -> Kept:
        """Rule 4."""
        if known.grant:
            self._tell_away(error.message, known.grant)
        if known.entry:
            return known
        if known.error:
            raise GrantError(
                f"{error.message}; {known.error.message}",
                hint=known.error.hint or HELP,
                reason=known.error.reason_code,
            )
        raise GrantError(
            f"{error.message}, and there is no grant to go on without it", hint=HELP, reason="no-grant"
        )

    def _taken(self, issued: IssuedGrant | None, known: Kept) -> Kept:
        """Rules 2 and 5. What does not count here is not kept, and the server that sent it answers anyhow."""
        now = int(self._clock().timestamp())
        entry = Entry(
            server=self._terms.server,
            grant=issued.grant if issued else "",
            keys=issued.keys if issued else (),
            fetched=now,
            seen=now,
        )
        if not issued:
            self._keep(Kept(entry), fresh=True)
            return Kept(entry)
        judged = self._judged(entry)
        if judged.error:
            self._notify(f"no grant is kept for the time when the registry is away: {judged.error.message}")
            return known if known.grant else judged
        self._compare_clocks(judged)
        self.renewed = True
        missed = self._keep(judged, fresh=True)
        if missed:
            self._notify(
                f"the grant could not be kept in {', '.join(missed)}: the next run asks for it again"
            )
        return judged

    def _compare_clocks(self, issued: Kept) -> None:
        """A clock that is ahead ends grants early, and refuses them once it is set right."""
        ahead = self._clock() - _time(issued.grant.iat) if issued.grant else timedelta(0)
        if ahead > LEEWAY:
            self._notify(
                f"the clock of this machine is {ahead // timedelta(minutes=1)} minutes ahead of that of "
                f"{self._connection.url}: {SET_THE_CLOCK}"
            )

    def _keep(self, kept: Kept, *, fresh: bool) -> list[str]:
        """Store it everywhere; the names of the stores that did not take it."""
        assert kept.entry
        expires = kept.grant.expires if kept.grant else _time(kept.entry.fetched) + ASKED_AGAIN
        data = seal(kept.entry, self._terms.token)
        return [store.name for store in self._stores if not store.store(data, expires=expires, fresh=fresh)]

    def _note_use(self) -> None:
        """Remember the time, so that a clock that is set back later does not make the grant last longer."""
        entry = self.current.entry
        now = self._clock()
        if entry and now - _time(entry.seen) >= ASKED_AGAIN:
            used = msgspec.structs.replace(entry, seen=int(now.timestamp()))
            self._keep(msgspec.structs.replace(self.current, entry=used), fresh=False)

    def _tell_away(self, why: str, grant: Grant | None = None) -> None:
        """Say once until when this goes on."""
        grant = grant or self.grant
        if grant and not self._told.is_set():
            self._told.set()
            self._notify(
                f"{why}: with the grant of the token {grant.name} this goes on without "
                f"{self._connection.url} until {grant.expires:%Y-%m-%d %H:%M} UTC"
            )


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
