"""A store in memory: the reference of the contract, and the store of tests that need no disk."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator

from backstay.errors import ConflictError, NotFoundError
from backstay.storage.store import Object


class MemoryStore:
    """Objects in a dictionary; as safe between threads as a real store is between clients."""

    conditional: bool | None = True

    def __init__(self, url: str = "mem://store") -> None:
        self.url = url
        self._objects: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> Object:
        data = self._objects.get(key)
        if data is None:
            raise NotFoundError(f"no object {key} in {self.url}")
        return Object(data, _etag(data))

    def put(self, key: str, data: bytes) -> str:
        with self._lock:
            self._objects[key] = data
        return _etag(data)

    def create(self, key: str, data: bytes) -> str:
        with self._lock:
            if self._objects.setdefault(key, data) != data:
                raise ConflictError(f"{key} in {self.url} is already taken")
        return _etag(data)

    def replace(self, key: str, data: bytes, etag: str) -> str:
        with self._lock:
            if key not in self._objects or _etag(self._objects[key]) != etag:
                raise ConflictError(f"{key} in {self.url} was changed by somebody else")
            self._objects[key] = data
        return _etag(data)

    def list(self, prefix: str) -> Iterator[str]:
        with self._lock:
            keys = sorted(key for key in self._objects if key.startswith(prefix))
        yield from keys

    def delete(self, key: str) -> None:
        with self._lock:
            self._objects.pop(key, None)


def _etag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
