"""What is kept of a grant, readable for nobody but who has the token.

    version byte | 12 bytes nonce | AES-256-GCM of the entry, under HKDF-SHA256 of the token

(RFC 5869; NIST SP 800-38D). Whoever can only read the cache learns nothing from it, not even whose it is:
its name is the key id, a MAC of the token.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Final

import msgspec

from backstay.decoding import decode
from backstay.grants.grant import Seconds
from backstay.schema.canonical import encode

VERSION: Final = b"\x01"
NONCE_BYTES: Final = 12
INFO: Final = b"backstay grant cache v1"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`grant` came from `server`, over TLS, when `keys` were its keys; empty where the server issues none.

    `fetched` is when that was, `seen` the latest time at which this was used: seconds since 1970.
    """

    server: str
    grant: str
    keys: tuple[str, ...]
    fetched: Seconds
    seen: Seconds


def key_id(token: str) -> str:
    """What entries of this token are filed under."""
    return hmac.new(token.encode(), b"cache key", hashlib.sha256).hexdigest()[:16]


def seal(entry: Entry, token: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(_key(token)).encrypt(nonce, encode(entry), _bound(token))


def unseal(data: bytes, token: str) -> Entry | None:
    """The entry; nothing where it is damaged, for another token, or of another version."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    body = len(VERSION) + NONCE_BYTES
    if not data.startswith(VERSION) or len(data) <= body:
        return None
    try:
        plain = AESGCM(_key(token)).decrypt(data[len(VERSION) : body], data[body:], _bound(token))
        return decode(plain, Entry)
    except (InvalidTag, ValueError):
        return None


def _key(token: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=32, salt=None, info=INFO).derive(token.encode())


def _bound(token: str) -> bytes:
    """What the seal also holds together, and does not hide."""
    return VERSION + key_id(token).encode()
