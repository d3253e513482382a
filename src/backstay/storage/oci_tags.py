"""Keys of objects as tags of an OCI repository, which may have 128 characters out of few.

A tag matches `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}` (OCI distribution specification 1.1, "pulling manifests").
Letters, digits, `.` and `-` stand for themselves, `_-` for `/`, `__` for `=`, and `_` with two hexadecimal
digits for any other byte. A tag that would be too long ends in `_.` and a digest instead: the key itself is
then only in the manifest.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

LIMIT: Final = 128
DIGITS: Final = 40
HEAD: Final = LIMIT - DIGITS - 2
"""Characters that are left of a key that is too long."""
SHORT: Final = {"/": "_-", "=": "__"}
_LITERAL: Final = re.compile(r"[A-Za-z0-9.-]")
_TOKEN: Final = re.compile(r"_-|__|_[0-9a-f]{2}|[A-Za-z0-9.-]")
_SHORTENED: Final = re.compile(rf"_\.[0-9a-f]{{{DIGITS}}}$")


def tag_of(key: str) -> str:
    """The tag of a key. Different keys have different tags."""
    encoded = _encoded(key)
    if len(encoded) <= LIMIT:
        return encoded
    return f"{encoded[:HEAD]}_.{hashlib.sha256(key.encode()).hexdigest()[:DIGITS]}"


def is_shortened(tag: str) -> bool:
    return bool(_SHORTENED.search(tag))


def may_start_with(tag: str, prefix: str) -> bool:
    """May the key of this tag start so? Certain, unless the tag is shortened."""
    wanted = _encoded(prefix)
    if not is_shortened(tag):
        return tag.startswith(wanted)
    return tag[:HEAD].startswith(wanted[:HEAD])


def key_of(tag: str) -> str | None:
    """The key of a tag that is not shortened; `None` for a tag that is not one of ours."""
    tokens = _TOKEN.findall(tag)
    if "".join(tokens) != tag:
        return None
    try:
        key = b"".join(_bytes(token) for token in tokens).decode()
    except UnicodeDecodeError:
        return None
    return key if _encoded(key) == tag else None


def _encoded(key: str) -> str:
    first = _escaped(key[:1]) if key[:1] in (".", "-") else "".join(map(_character, key[:1]))
    return first + "".join(map(_character, key[1:]))


def _character(character: str) -> str:
    return character if _LITERAL.fullmatch(character) else SHORT.get(character) or _escaped(character)


def _escaped(character: str) -> str:
    return "".join(f"_{byte:02x}" for byte in character.encode())


def _bytes(token: str) -> bytes:
    if len(token) == 3:
        return bytes.fromhex(token[1:])
    return next((key for key, short in SHORT.items() if short == token), token).encode()
