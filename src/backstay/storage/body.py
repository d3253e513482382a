"""The body of an answer, of which no more is read than an object of ours may have, and not for ever.

A server can announce a kilobyte and send without end, or a byte a second.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from backstay.errors import CorruptError, NetworkError
from backstay.storage.store import MAX_OBJECT

BODY_SECONDS: Final = 60
"""For a whole body, however slowly it comes."""
CHUNK: Final = 1 << 16


class Body:
    """Bytes as they arrive: a file to write to. `what` names them in errors."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._data = bytearray()
        self._deadline = time.monotonic() + BODY_SECONDS

    def write(self, data: bytes) -> int:
        """Add what has arrived. Raises `CorruptError` for too much, `NetworkError` when it takes too long."""
        if len(self._data) + len(data) > MAX_OBJECT:
            raise CorruptError(f"{self._what} is larger than any object of a registry")
        if time.monotonic() > self._deadline:
            raise NetworkError(f"{self._what} takes too long to arrive")
        self._data += data
        return len(data)

    def content(self) -> bytes:
        return bytes(self._data)


def collect(what: str, chunks: Iterable[bytes]) -> bytes:
    """All chunks, within the limits of a `Body`."""
    body = Body(what)
    for chunk in chunks:
        body.write(chunk)
    return body.content()
