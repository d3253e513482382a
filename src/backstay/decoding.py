"""JSON to typed values, also for several threads at once.

msgspec (0.22) learns a struct the first time that it is decoded, step by step. A second thread that comes
along meanwhile takes what is learned so far for all of it, and the interpreter crashes. So one thread at a
time learns; and nobody else here may let msgspec decode or convert (ruff's TID251 sees to that).
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
_learning = threading.Lock()


def decode(data: bytes | str, kind: type[T]) -> T:
    """The value in this JSON. Raises `msgspec.DecodeError`, also if it is nested too deeply, or no UTF-8."""
    try:
        found: T = (_decoders.get(kind) or _learn(kind)).decode(data)
    except RecursionError:
        raise msgspec.DecodeError("the JSON is nested too deeply") from None
    except UnicodeDecodeError as error:  # msgspec lets it through where it reads a text.
        raise msgspec.DecodeError(f"the JSON is not UTF-8: {error.reason}") from None
    return found


def convert(members: object, kind: type[T]) -> T:
    """The value that is made of parsed JSON. Raises `msgspec.ValidationError`, also as `decode` does."""
    if kind not in _decoders:
        _learn(kind)
    try:
        return msgspec.convert(members, type=kind)
    except RecursionError:
        raise msgspec.ValidationError("it is nested too deeply") from None


def _learn(kind: type[T]) -> msgspec.json.Decoder[T]:
    with _learning:
        return _decoders.setdefault(kind, msgspec.json.Decoder(kind))
