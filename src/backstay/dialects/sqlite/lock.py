"""An advisory lock for a database without sessions: a locked file in the directory for temporary files.

The lock is the kernel's (`flock`), so it ends with its holder, however that ends. The file stays: were it
removed, a waiting and a new process could hold two files of one name.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backstay.errors import LockError

FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.5


@contextmanager
def hold(name: str, database: str, timeout: float) -> Iterator[None]:
    """Hold the lock `name` of `database` (anything that identifies it).

    Raises `LockError` after `timeout` seconds.
    """
    path = lock_file(name, database)
    descriptor = _open(path)
    try:
        _acquire(descriptor, name, timeout)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def lock_file(name: str, database: str) -> Path:
    """The file behind a lock: the same for every process that names the same database."""
    digest = hashlib.sha256(f"{name}\0{database}".encode()).hexdigest()
    return Path(tempfile.gettempdir(), f"backstay-{digest[:32]}.lock")


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise LockError(
            f'cannot open the lock file "{path}": {error.strerror}',
            hint="set TMPDIR to a directory that this user can write",
        ) from None


def _acquire(descriptor: int, name: str, timeout: float) -> None:
    deadline, pause = time.monotonic() + timeout, FIRST_PAUSE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            left = deadline - time.monotonic()
            if left <= 0:
                raise _held(descriptor, name) from None
            time.sleep(min(pause, left))
            pause = min(pause * 2, LONGEST_PAUSE)
        else:
            return


def _held(descriptor: int, name: str) -> LockError:
    holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
    by = f" (process {holder})" if holder.isdecimal() else ""
    return LockError(
        f'lock "{name}" is held by other session{by}',
        hint="wait for it to end, or raise the lock timeout",
    )
