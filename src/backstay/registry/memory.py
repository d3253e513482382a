"""The highest sequence this machine has seen of each repository, so that an older answer is noticed.

It lies in the cache directory. One that cannot be used is the same as having seen nothing.
"""

from __future__ import annotations

import hashlib
from typing import Protocol

import msgspec

from backstay import cache
from backstay.decoding import decode


class Memory(Protocol):
    """What was seen, by registry and repository."""

    def highest(self, registry: str, repo: str) -> int:
        """The highest sequence seen; 0 for nothing."""

    def remember(self, registry: str, repo: str, sequence: int) -> None:
        """Note a sequence; a lower one than before changes nothing."""


class Seen(msgspec.Struct, frozen=True):
    """One file of the cache. The names are for the reader; its own name is made from them."""

    registry: str
    repo: str
    sequence: int


class CacheMemory:
    """Kept in the cache directory, one small file for each repository."""

    def highest(self, registry: str, repo: str) -> int:
        try:
            seen = decode(cache.read(_name(registry, repo)) or b"", Seen)
        except msgspec.DecodeError:
            return 0
        return seen.sequence if (seen.registry, seen.repo) == (registry, repo) else 0

    def remember(self, registry: str, repo: str, sequence: int) -> None:
        if sequence > self.highest(registry, repo):
            cache.write(_name(registry, repo), msgspec.json.encode(Seen(registry, repo, sequence)))


def _name(registry: str, repo: str) -> str:
    digest = hashlib.sha256(msgspec.json.encode((registry, repo))).hexdigest()
    return f"registry/{digest}.json"
