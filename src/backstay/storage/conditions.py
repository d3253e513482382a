"""Does a store keep the conditions of `create` and `replace`? Some S3 look-alikes ignore them in silence.

The probe asks for two writes that must be refused. Its object stays under the prefix, so that on a store
that keeps conditions one request of each kind is all it takes; the answer itself is not stored, because a
bucket may be copied to another server, and the answer with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from backstay.errors import ConflictError, NotFoundError, UnsupportedError
from backstay.storage.store import Object, Store

PROBE = ".backstay/probe"
"""No repository has this prefix: the escaped form of a name never begins with a dot."""


def supports_conditions(store: Store) -> bool:
    """Would this store refuse to overwrite? Writes the probe's object where the store does not say."""
    if store.conditional is None:
        return _refuses_create(store) and _refuses_replace(store)
    return store.conditional


def _refuses_create(store: Store) -> bool:
    for _ in range(2):  # The first of all probes creates the object; the second time it must be refused.
        try:
            store.create(PROBE, _nonce())
        except ConflictError:
            return True
        except UnsupportedError:
            return False
    return False


def _refuses_replace(store: Store) -> bool:
    try:
        store.replace(PROBE, _nonce(), '"00000000000000000000000000000000"')
    except ConflictError:
        return True
    except UnsupportedError:
        return False
    return False


def _nonce() -> bytes:
    """Content that no other probe has written."""
    return b'{"probe":"%s"}' % secrets.token_hex(16).encode()


class CheckedWrites:
    """A store that ignores conditions, which are looked at here before each write instead.

    Two writers at the same moment can still overwrite each other: good enough for one writer at a time,
    which is what `conditional` promises; without that promise the store says what it is.
    """

    def __init__(self, store: Store, *, conditional: bool = True) -> None:
        self.url = store.url
        self.conditional: bool | None = conditional
        self._store: Store = store._store if isinstance(store, CheckedWrites) else store

    def get(self, key: str) -> Object:
        return self._store.get(key)

    def put(self, key: str, data: bytes) -> str:
        return self._store.put(key, data)

    def create(self, key: str, data: bytes) -> str:
        try:
            found = self._store.get(key)
        except NotFoundError:
            return self._store.put(key, data)
        if found.data != data:
            raise ConflictError(f"{key} in {self.url} is already taken")
        return found.etag

    def replace(self, key: str, data: bytes, etag: str) -> str:
        try:
            current = self._store.get(key).etag
        except NotFoundError:
            current = ""
        if current != etag:
            raise ConflictError(f"{key} in {self.url} was changed by somebody else")
        return self._store.put(key, data)

    def list(self, prefix: str) -> Iterator[str]:
        return self._store.list(prefix)

    def delete(self, key: str) -> None:
        self._store.delete(key)
