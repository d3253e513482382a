"""Where grants are kept. No store ever fails: what cannot be read is not there.

Names and bytes are all that a store sees (`sealing`). The directory is always there; a cache service of a CI
system, which carries entries from run to run, can be put behind it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from backstay import cache
from backstay.files import UnreadableError, read_bytes
from backstay.grants.grant import LARGEST

WAIT_SECONDS: Final = 2.0
"""How long one process lets another renew the grant that it needs, too."""
POLL_SECONDS: Final = 0.05


class GrantStore(Protocol):
    """One place for the grant of one token. Nothing here raises."""

    @property
    def name(self) -> str:
        """As messages call it."""

    def load(self) -> bytes | None:
        """What was stored, as far as it is there and can be read."""

    def store(self, data: bytes, *, expires: datetime, fresh: bool) -> bool:
        """Keep it in place of what is there; says whether it is kept.

        `fresh`: it has just come from the server. A place that is dear may leave out all others.
        """

    def remove(self) -> None:
        """Keep it no longer."""


class DirectoryStore:
    """See `GrantStore`: a file in the cache directory, for its owner only."""

    def __init__(self, key_id: str) -> None:
        self._entry = f"grants/{key_id}"

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def path(self) -> Path:
        return cache.directory() / self._entry

    def load(self) -> bytes | None:
        if self.path.is_symlink():
            return None
        try:
            return read_bytes(self.path, LARGEST)
        except (OSError, UnreadableError):
            return None

    def store(self, data: bytes, *, expires: datetime, fresh: bool) -> bool:
        return cache.write(self._entry, data, durable=True)

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink()


class MountedStore:
    """See `GrantStore`: a file that somebody mounted, as `backstay login --output` wrote it."""

    def __init__(self, path: str) -> None:
        self.name = path

    def load(self) -> bytes | None:
        try:
            return read_bytes(Path(self.name), LARGEST)
        except (OSError, UnreadableError):
            return None

    def store(self, data: bytes, *, expires: datetime, fresh: bool) -> bool:
        """Nothing: whoever mounted it renews it."""
        return True

    def remove(self) -> None:
        """Nothing, likewise."""


@contextlib.contextmanager
def alone(key_id: str) -> Iterator[None]:
    """Let one process at a time renew a grant, where that can be had; after a while go on without.

    It is no more than advice: some network file systems lock nothing. What is written is whole in any case.
    """
    with contextlib.ExitStack() as stack:
        path = cache.directory() / f"grants/{key_id}.lock"
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
            descriptor = os.open(path, flags, 0o600)
            stack.callback(os.close, descriptor)
            _wait_for(descriptor)
        yield


def _wait_for(descriptor: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(POLL_SECONDS)
        else:
            return
