"""Grants, entries and terms as a test needs them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from backstay.grants.grant import Grant, sign
from backstay.grants.issue import Bearer, Policy, issue
from backstay.grants.rights import ID_DIGITS, token_digest
from backstay.grants.sealing import Entry
from backstay.grants.verify import Terms
from backstay.registry.signing_keys import Signer
from backstay.registry.trust import Trust

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKEN = "bst_" + "t" * 43
URL = "https://registry.example.com"
SERVERS, OTHER, NEXT = Signer(b"s" * 32), Signer(b"o" * 32), Signer(b"n" * 32)
TERMS = Terms(server=URL, token=TOKEN)


def bearer(**changes: Any) -> Bearer:
    made = Bearer(
        id=token_digest(TOKEN)[:ID_DIGITS], name="ci", scopes=("push",), repos=("app", "shop-*"), expires=None
    )
    return replace(made, **changes)


def entry(
    *,
    now: datetime = NOW,
    life: timedelta = timedelta(days=7),
    signer: Signer = SERVERS,
    trust: Trust = Trust(),
    asked: str = URL,
    **changes: Any,
) -> Entry:
    """An entry as it is kept after a grant was issued. `changes` are those of the bearer."""
    policy = Policy(organization="acme", life=life)
    issued = issue(policy, signer, trust, bearer(**changes), now=now, asked=asked)
    seconds = int(now.timestamp())
    return Entry(server=URL, grant=issued.grant, keys=issued.keys, fetched=seconds, seen=seconds)


def claims(**changes: Any) -> Grant:
    """The claims of such a grant."""
    begin = int(NOW.timestamp())
    made = Grant(
        iss=URL,
        aud="acme",
        sub=token_digest(TOKEN)[:ID_DIGITS],
        jti="0" * 32,
        name="ci",
        scopes=("push",),
        repos=("app",),
        iat=begin,
        nbf=begin,
        exp=begin + 7 * 86400,
        keys=(SERVERS.public.text,),
        revoked=(),
        unsigned="REFUSE",
    )
    return replace(made, **changes)


def entry_of(grant: Grant, signer: Signer = SERVERS) -> Entry:
    """An entry with just these claims."""
    seconds = int(NOW.timestamp())
    return Entry(
        server=URL, grant=sign(grant, signer), keys=(signer.public.text,), fetched=seconds, seen=seconds
    )
