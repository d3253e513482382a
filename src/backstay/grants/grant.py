"""A grant: what a server says of a token, for as long as it says so.

Its form is that of a JSON Web Token (RFC 7519) with an Ed25519 signature (RFC 7515, RFC 8037):

    {"alg":"EdDSA","kid":"…","typ":"backstay-grant+jwt"} . {"aud":"acme","exp":…,"iss":"https://…",…} . …

There is one way to write each grant, and no other is read: canonical JSON without unknown members, canonical
base64url. So no two readers can understand one differently, whatever is in it twice, huge or not a number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, TypeVar

import msgspec

from backstay.decoding import decode
from backstay.errors import GrantError
from backstay.grants import rights
from backstay.grants.rights import Scope
from backstay.registry.records import Signature
from backstay.registry.signing_keys import PublicKey, Signer, decode_bytes, encode_bytes
from backstay.registry.trust import Unsigned
from backstay.schema.canonical import encode

T = TypeVar("T")

LARGEST: Final = 64 << 10
"""Bytes of a grant, and of whatever holds one."""

Seconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
"""A time as RFC 7519 writes it (NumericDate), until the end of the year 9999."""


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The only header there is: no other algorithm, nothing critical, no key of its own."""

    alg: Literal["EdDSA"] = "EdDSA"
    kid: str
    typ: Literal["backstay-grant+jwt"] = "backstay-grant+jwt"


class Grant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The claims. `iss` is the URL of the server, `aud` its organisation, `sub` the id of the token.

    `repos` are globs. `keys` are the public keys whose signatures on artefacts count, and `revoked` the ids
    of those that count no more; `unsigned` says what becomes of what nobody signed.
    """

    iss: str
    aud: str
    sub: str
    jti: str
    name: str
    scopes: tuple[Scope, ...]
    repos: tuple[str, ...]
    iat: Seconds
    nbf: Seconds
    exp: Seconds
    keys: tuple[str, ...]
    revoked: tuple[str, ...]
    unsigned: Unsigned

    @property
    def expires(self) -> datetime:
        return datetime.fromtimestamp(self.exp, UTC)

    @property
    def due(self) -> datetime:
        """When it is to be renewed: past half of its life, and not for all holders at the same time."""
        jitter = int.from_bytes(hashlib.sha256(self.jti.encode()).digest()[:2], "big") / (1 << 16)
        return datetime.fromtimestamp(self.iat + (self.exp - self.iat) * (0.5 + 0.1 * jitter), UTC)

    def covers(self, repo: str) -> bool:
        """Is this one of its repositories?"""
        return rights.covers(self.repos, repo)

    def has(self, scope: Scope) -> bool:
        """Does it include what this scope stands for?"""
        return rights.includes(self.scopes, scope)


def sign(grant: Grant, signer: Signer) -> str:
    """The grant as its holder gets it."""
    parts = [encode_bytes(encode(part)) for part in (Header(kid=signer.public.id), grant)]
    signed = ".".join(parts)
    return f"{signed}.{signer.sign(signed.encode()).value}"


def read(text: str, keys: Iterable[PublicKey], revoked: Iterable[str] = ()) -> Grant:
    """The grant, if one of these keys has signed it that is not among the ids of those revoked.

    Raises `GrantError`.
    """
    parts = text.split(".")
    if len(parts) != 3:
        raise _forged("it has not three parts")
    header = _part(parts[0], Header)
    refused = frozenset(revoked)
    known = {key.id: key for key in keys if key.id not in refused}
    if header.kid in refused:
        raise GrantError(
            f"the grant was signed by key {header.kid}, which is revoked", reason="grant-revoked-key"
        )
    if header.kid not in known:
        raise GrantError(
            f"the grant was signed by key {header.kid[:43]!a}, which is not known: "
            f"known are {', '.join(known) or 'none'}",
            reason="grant-unknown-key",
        )
    signature = Signature(key=header.kid, value=parts[2])
    if not known[header.kid].verifies(f"{parts[0]}.{parts[1]}".encode(), signature):
        raise _forged(f"it is not what key {header.kid} has signed")
    return _part(parts[1], Grant)


def _part(text: str, kind: type[T]) -> T:
    """A part, written in the one way in which it may be."""
    try:
        data = decode_bytes(text)
        part = decode(data, kind)
        same = encode(part) == data
    except ValueError:  # Those of msgspec are, too.
        same = False
    if not same:
        raise _forged(f"its {kind.__name__.lower()} is not written as it has to be")
    return part


def _forged(why: str) -> GrantError:
    return GrantError(f"the grant was altered, or is none: {why}", reason="grant-forged")
