"""Tokens of a registry server: who may do what in which repositories.

A token is 256 random bits behind the prefix `bst_`, by which leaked ones are found. The storage keeps its
SHA-256 alone, under a key that is the beginning of it: nothing there can be used to log in. It needs no slow
hash, which is for what people make up.

    .backstay/tokens/<16 hex digits>.json
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from backstay.decoding import decode
from backstay.errors import ConfigError, ConflictError, CorruptError, NotFoundError, UntrustedError
from backstay.grants import rights
from backstay.grants.rights import ID_DIGITS, SCOPES, Scope, token_digest
from backstay.registry import signing
from backstay.registry.records import Signature
from backstay.registry.replicated import timestamp
from backstay.registry.signing_keys import Signer
from backstay.registry.trust import Trust
from backstay.schema.canonical import encode
from backstay.schema.model import Model
from backstay.storage.store import Store

FOLDER: Final = ".backstay/tokens/"
"""No repository has this prefix: the escaped form of a name never begins with a dot."""

_SECRET: Final = re.compile(r"bst_[A-Za-z0-9_-]{43}")


class Token(Model, frozen=True):
    """What the storage knows of a token.

    `repos` are globs of repository names, in which `*` also stands for `/`. Times are RFC 3339 in UTC;
    `expires` and `revoked` are empty for never.
    """

    id: str
    name: str
    hash: str
    scopes: tuple[Scope, ...]
    repos: tuple[str, ...]
    created: str
    expires: str = ""
    revoked: str = ""
    signatures: tuple[Signature, ...] = ()

    @property
    def statement(self) -> bytes:
        """What is signed of it: all but its end, which whoever may write to the storage can bring about."""
        return signing.statement("token", msgspec.structs.replace(self, revoked="", signatures=()))

    def covers(self, repo: str) -> bool:
        """Is this one of its repositories?"""
        return rights.covers(self.repos, repo)

    def has(self, scope: Scope) -> bool:
        """Does it include what this scope stands for?"""
        return rights.includes(self.scopes, scope)

    def status(self, now: datetime) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked:
            return "revoked"
        return "expired" if self.expires and self.expires <= timestamp(now) else "active"


class Tokens:
    """The tokens in a storage.

    A server that signs would lend its key to whoever can put a token there, so it asks for tokens that are
    signed, too (`trust`). `signer` signs those that are made.
    """

    def __init__(self, store: Store, signer: Signer | None = None, trust: Trust = Trust()) -> None:
        self._store = store
        self._signer = signer
        self._trust = trust

    def create(
        self,
        name: str,
        scopes: Sequence[str],
        repos: Sequence[str],
        *,
        now: datetime,
        expires: datetime | None,
    ) -> tuple[Token, str]:
        """A new token and its secret, which nobody can ever see again. `expires` is `None` for never.

        Raises `ConflictError` if an active one has this name, by which it is revoked.
        """
        if not name or not repos or not all(repos):
            raise ConfigError("a token needs a name and repositories", hint="give --name ci --repo 'app*'")
        if any(token.name == name and token.status(now) == "active" for token in self.all()):
            raise ConflictError(
                f'there is an active token "{name}"', hint="revoke it, or choose another name"
            )
        secret = f"bst_{secrets.token_urlsafe(32)}"
        digest = token_digest(secret)
        token = Token(
            id=digest[:ID_DIGITS],
            name=name,
            hash=digest,
            scopes=_checked(scopes),
            repos=tuple(repos),
            created=timestamp(now),
            expires=timestamp(expires) if expires else "",
        )
        token = msgspec.structs.replace(token, signatures=signing.by(self._signer, token.statement))
        self._store.create(_key(token.id), encode(token))
        return token, secret

    def all(self) -> tuple[Token, ...]:
        """Every token there is or was, the oldest first."""
        found = (self._open(key) for key in self._store.list(FOLDER))
        return tuple(sorted(found, key=lambda token: (token.created, token.id)))

    def ids(self) -> frozenset[str]:
        """The ids of all tokens, none of which is read."""
        return frozenset(key.removeprefix(FOLDER).removesuffix(".json") for key in self._store.list(FOLDER))

    def revoke(self, name: str, *, now: datetime) -> Token:
        """Revoke the token of this id, or the active one of this name. Idempotent by id."""
        tokens = [token for token in self.all() if name in (token.id, token.name)]
        known = [token for token in tokens if token.id == name or token.status(now) == "active"]
        if not known:
            raise NotFoundError(f'there is no active token "{name}"', hint="see backstay registry token list")
        token = known[0]
        if token.revoked:
            return token
        revoked = msgspec.structs.replace(token, revoked=timestamp(now))
        self._store.replace(_key(token.id), encode(revoked), self._store.get(_key(token.id)).etag)
        return revoked

    def find(self, secret: str) -> Token | None:
        """The token of a secret, whatever became of it; `None` for what is none of ours."""
        if not _SECRET.fullmatch(secret):
            return None
        digest = token_digest(secret)
        try:
            token = self._open(_key(digest[:ID_DIGITS]))
        except NotFoundError:
            return None
        return token if hmac.compare_digest(token.hash, digest) else None

    def vouch(self, token: Token) -> bool:
        """Was the token made by somebody with a key that counts?"""
        try:
            self._trust.check(token.signatures, token.statement, "the token")
        except UntrustedError:
            return False
        return True

    def _open(self, key: str) -> Token:
        try:
            token = decode(self._store.get(key).data, Token)
        except msgspec.DecodeError:
            token = None
        if token is None or _key(token.id) != key or not token.hash.startswith(token.id):
            raise CorruptError(
                f"{self._store.url}: {key} is not a token", hint="remove it, and make a new one"
            )
        return token


def token_id(secret: str) -> str:
    """The id that the token of a secret has, if there is one."""
    return token_digest(secret)[:ID_DIGITS]


def _key(id_: str) -> str:
    return f"{FOLDER}{id_}.json"


def _checked(scopes: Sequence[str]) -> tuple[Scope, ...]:
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        what = f"unknown scope {', '.join(unknown)}" if unknown else "a token needs a scope"
        raise ConfigError(what, hint=f"known are {', '.join(SCOPES)}")
    return tuple(scope for scope in SCOPES if scope in scopes)
