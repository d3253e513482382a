"""How a server issues grants."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from backstay import urls
from backstay.errors import ConfigError
from backstay.grants.grant import Grant, sign
from backstay.grants.rights import Scope
from backstay.registry.http_api import IssuedGrant
from backstay.registry.signing_keys import Signer
from backstay.registry.trust import Trust, Unsigned

SHORTEST: Final = timedelta(hours=1)
LONGEST: Final = timedelta(days=90)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What a server calls itself, and for how long its word is good.

    `url` is the one under which clients know it; empty for whatever URL a request came to. `unsigned` is for
    clients what it is in a project's `repo` block: whether to take what was pushed while it was away.
    """

    organization: str = "default"
    url: str = ""
    life: timedelta = timedelta(days=7)
    unsigned: Unsigned = "REFUSE"


def policy(organization: str, url: str, life: timedelta | None, unsigned: Unsigned = "REFUSE") -> Policy:
    """The policy of these settings. Raises `ConfigError` for those that cannot be."""
    if url and (urls.scheme(url) not in ("http", "https") or urls.without_query(url) != url):
        raise ConfigError("the public URL is not that of a server", hint="write https://host")
    if not organization.strip():
        raise ConfigError("the organisation has no name", hint="leave it out, or name it")
    if life is None or not SHORTEST <= life <= LONGEST:
        raise ConfigError(
            "a grant is good for an hour at least, and for 90 days at most",
            hint="a revoked token goes on for so long where the server cannot be reached",
        )
    return Policy(organization=organization, url=url.rstrip("/"), life=life, unsigned=unsigned)


class Bearer(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets a grant: a token by its id, and what it allows until when (`None`: for ever)."""

    id: str
    name: str
    scopes: Sequence[Scope]
    repos: Sequence[str]
    expires: datetime | None


def issue(
    policy: Policy, signer: Signer, trust: Trust, bearer: Bearer, *, now: datetime, asked: str
) -> IssuedGrant:
    """A grant that does not outlive the token. `asked` is the URL that the request came to.

    With all keys that count (`trust`) it announces a change of keys before they change.
    """
    known = trust.knowing(signer)
    keys = tuple(key.text for key in known.keys if key.id not in known.revoked)
    end = min(now + policy.life, bearer.expires) if bearer.expires else now + policy.life
    begin = int(now.timestamp())
    grant = Grant(
        iss=policy.url or asked,
        aud=policy.organization,
        sub=bearer.id,
        jti=secrets.token_hex(16),
        name=bearer.name,
        scopes=tuple(bearer.scopes),
        repos=tuple(bearer.repos),
        iat=begin,
        nbf=begin,
        exp=int(end.timestamp()),
        keys=keys,
        revoked=tuple(sorted(known.revoked)),
        unsigned=policy.unsigned,
    )
    return IssuedGrant(grant=sign(grant, signer), keys=keys)
