"""JSON to typed values, also for several threads at once.

msgspec (0.22) learns a struct the first time that it is decoded, step by step. A second thread that comes
along meanwhile takes what is learned so far for all of it, and the interpreter crashes. So one thread at a
time learns.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
_learning = threading.Lock()


def decode(data: bytes | str, kind: type[T]) -> T:
    """The value in this JSON. Raises `msgspec.DecodeError`, and `RecursionError` for what is too deep."""
    found: T = (_decoders.get(kind) or learn(kind)).decode(data)
    return found


def learn(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Make a kind known; from then on any thread may use it, for `msgspec.convert` too."""
    with _learning:
        return _decoders.setdefault(kind, msgspec.json.Decoder(kind))
