"""Names of repositories, tags, versions and plans as one segment of a key, and back.

A name is any text; a segment has only `a-z 0-9 - _ .`, does not begin with a dot, and is short enough for
a file. Every other byte of the name's UTF-8 is written `=xx`, as in quoted-printable (RFC 2045) but in
lower case; object stores and file systems take `=` as it is. Capital letters are written that way too,
because some file systems do not tell `App` from `app`. So nothing leads out of its directory, and
different names have different segments.
"""

from __future__ import annotations

import re

from backstay.errors import ConfigError

LONGEST_SEGMENT = 240
"""Bytes; a file name may have 255, and a suffix follows."""

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_.")
_SEGMENT = re.compile(r"(?!\.)(?:[a-z0-9._-]|=[0-9a-f]{2})+")


def escape(name: str, kind: str = "name") -> str:
    """The segment of a name. Raises `ConfigError` for an empty or too long one; `kind` is for its text."""
    if not name:
        raise ConfigError(f"the {kind} is empty", hint=f"give the {kind} at least one character")
    try:
        data = name.encode()
    except UnicodeEncodeError:
        raise ConfigError(f"the {kind} is not valid Unicode", hint="write it in UTF-8") from None
    segment = "".join(chr(byte) if byte in _PLAIN else f"={byte:02x}" for byte in data)
    if segment.startswith("."):
        segment = f"=2e{segment[1:]}"
    if len(segment) > LONGEST_SEGMENT:
        raise ConfigError(
            f'the {kind} "{name[:40]}…" is too long',
            hint=f"{LONGEST_SEGMENT} bytes are the most; capital letters and special characters count three",
        )
    return segment


def unescape(segment: str) -> str:
    """The name of a segment. Raises `ValueError` for what `escape` does not write."""
    if not _SEGMENT.fullmatch(segment):
        raise ValueError(f"not an escaped name: {segment!r}")
    name = re.sub(rb"=([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), segment.encode()).decode()
    if escape(name) != segment:
        raise ValueError(f"not an escaped name: {segment!r}")
    return name
