"""The store protocol: a flat space of keys, with the two conditional writes a registry needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import msgspec

MAX_OBJECT = 128 * 1024 * 1024
"""Bytes. A larger object is not one of ours: a read stops there instead of filling the memory."""


class Object(msgspec.Struct, frozen=True):
    """What a read returns: the bytes, and the store's tag for exactly this content (for `replace`)."""

    data: bytes
    etag: str


class Store(Protocol):
    """Objects under a prefix of a bucket or directory.

    Keys are `/`-separated and already escaped; no key is the directory of another.

    Errors, the same from every store: `NetworkError` (refused, timeout, TLS, 5xx, 429 after bounded
    retries), `AuthError` (401, 403), `NotFoundError` (bucket or object), `CorruptError` (body cut
    short or endless), `ConflictError` (a condition did not hold), `ConfigError` (the URL is wrong).
    """

    url: str
    """As shown to people: without credentials."""

    conditional: bool | None
    """Are the conditions of `create` and `replace` kept? `None`: only a probe can tell (`conditions`)."""

    def get(self, key: str) -> Object:
        """The object. Raises `NotFoundError` when there is none."""

    def put(self, key: str, data: bytes) -> str:
        """Write unconditionally (content-addressed objects only). Returns the etag. Idempotent."""

    def create(self, key: str, data: bytes) -> str:
        """Write only if the key is free. Raises `ConflictError` if other content is there.

        A key that already holds exactly `data` counts as written: it may be a write of ours whose
        answer was lost.
        """

    def replace(self, key: str, data: bytes, etag: str) -> str:
        """Write only if the object still has this etag. Raises `ConflictError` otherwise.

        So may a write of ours whose answer was lost: who loses reads again, and finds what is there.
        """

    def list(self, prefix: str) -> Iterator[str]:
        """All keys that start with `prefix`, in lexical order, over all pages."""

    def delete(self, key: str) -> None:
        """Remove the object. Idempotent."""
