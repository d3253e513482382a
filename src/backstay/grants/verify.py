"""Does a grant count, here and now? Decided without asking anybody.

1. It came from the server that is configured, is for this token and the organisation that is named.
2. One of the server's keys signed it; where the environment names trusted keys, one of those.
3. The clock is not behind what was seen before, nor behind the grant's own beginning.
4. It has begun and has not ended. For the beginning five minutes are forgiven, for the end none.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from backstay import urls
from backstay.errors import GrantError
from backstay.grants.grant import Grant, read
from backstay.grants.rights import ID_DIGITS, token_digest
from backstay.grants.sealing import Entry
from backstay.registry.signing_keys import parse_public
from backstay.registry.trust import Trust

LEEWAY: Final = timedelta(minutes=5)
"""By which clocks may differ."""

SET_THE_CLOCK: Final = "set the clock of this machine"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a grant has to be. `server` is a URL, `organization` empty for any.

    `trust` are the keys that the environment names, and those that it revokes.
    """

    server: str
    token: str
    organization: str = ""
    trust: Trust = Trust()

    def __repr__(self) -> str:
        return f"Terms(server={self.server!r})"


def verify(entry: Entry, terms: Terms, now: datetime) -> Grant:
    """The grant of an entry. Raises `GrantError`: each way in which it does not count has its own words."""
    _check_server(entry.server, terms)
    keys = terms.trust.keys or tuple(parse_public(key, "a key of the server") for key in entry.keys)
    grant = read(entry.grant, keys, terms.trust.revoked)
    _check_server(grant.iss, terms)
    if terms.organization and grant.aud != terms.organization:
        raise GrantError(
            f"the grant is for the organisation {grant.aud!a}, not for {terms.organization!a}",
            hint="check atlas { cloud { org } } in the project file",
            reason="grant-of-another-organization",
        )
    if grant.sub != token_digest(terms.token)[:ID_DIGITS]:
        raise GrantError("the grant is for another token", reason="grant-of-another-token")
    _check_clock(entry, grant, now)
    return grant


def _check_server(named: str, terms: Terms) -> None:
    if address(named) != address(terms.server):
        raise GrantError(
            f"the grant is of the server {named[:500]!a}, not of {urls.redact(terms.server)}",
            hint="name the server by the URL that it calls itself, or start it with --public-url",
            reason="grant-of-another-server",
        )


def address(url: str) -> str:
    """Host, port and path of a URL; TLS may end before the server, which then knows of none."""
    host, slash, path = url.partition("://")[2].partition("?")[0].partition("/")
    return f"{host.lower()}{slash}{path}".rstrip("/")


def _check_clock(entry: Entry, grant: Grant, now: datetime) -> None:
    seen = datetime.fromtimestamp(entry.seen, UTC)
    if now < seen - LEEWAY:
        raise GrantError(
            f"the clock says {_shown(now)}, and the grant was used here at {_shown(seen)} already: "
            "the clock was set back",
            hint=SET_THE_CLOCK,
            reason="clock",
        )
    issued = datetime.fromtimestamp(grant.iat, UTC)
    if now < issued - LEEWAY:
        raise GrantError(
            f"the clock says {_shown(now)}, and the grant was issued at {_shown(issued)}: "
            "the clock is wrong, here or at the server",
            hint=SET_THE_CLOCK,
            reason="clock",
        )
    begins = datetime.fromtimestamp(grant.nbf, UTC)
    if now < begins - LEEWAY:
        raise GrantError(f"the grant is not valid before {_shown(begins)}", reason="grant-not-yet-valid")
    if now >= grant.expires:
        raise GrantError(
            f"the grant has expired at {_shown(grant.expires)}, and the clock says {_shown(now)}",
            reason="grant-expired",
        )


def _shown(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
