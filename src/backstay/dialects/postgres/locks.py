"""Table locks, by the short names that statements here give them (PostgreSQL documentation, 13.3.1)."""

from __future__ import annotations

from collections.abc import Iterator

ACCESS_SHARE = "ACCESS SHARE"
EXCLUSIVE = "ACCESS EXCLUSIVE"
SHARE_ROW = "SHARE ROW EXCLUSIVE"
SHARE = "SHARE"
SHARE_UPDATE = "SHARE UPDATE EXCLUSIVE"
STRENGTH = (
    "",
    ACCESS_SHARE,
    "ROW SHARE",
    "ROW EXCLUSIVE",
    SHARE_UPDATE,
    SHARE,
    SHARE_ROW,
    "EXCLUSIVE",
    EXCLUSIVE,
)
"""All of them from weak to strong."""


def strongest(locks: Iterator[str]) -> str:
    """The strongest of these table locks."""
    return max(locks, key=STRENGTH.index, default="")
