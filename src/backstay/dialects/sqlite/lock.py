"""An advisory lock for a database without sessions: a locked file in the directory for temporary files.

The lock is the kernel's (`flock`), so it ends with its holder, however that ends. Its holder removes the file
when it is done. Who waited for that file has then locked one that has no name any more, sees so, and begins
again: of two processes that hold files of one name, one holds the file that the name means.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from backstay.errors import LockError

FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.5


@contextmanager
def hold(name: str, database: str, timeout: float) -> Iterator[None]:
    """Hold the lock `name` of `database` (anything that identifies it).

    Raises `LockError` after `timeout` seconds.
    """
    path = lock_file(name, database)
    descriptor = _acquire(path, name, timeout)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        with suppress(OSError):  # it may be another user's; a file that stays is no lock
            if _has_name(descriptor, path):
                path.unlink()
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


def _acquire(path: Path, name: str, timeout: float) -> int:
    """A descriptor of the file, locked."""
    deadline, pause = time.monotonic() + timeout, FIRST_PAUSE
    while (descriptor := _locked(path)) is None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise _held(path, name)
        time.sleep(min(pause, left))
        pause = min(pause * 2, LONGEST_PAUSE)
    return descriptor


def _locked(path: Path) -> int | None:
    """A descriptor of the file, locked; none while somebody else holds it."""
    while True:
        descriptor = _open(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if _has_name(descriptor, path):
            return descriptor
        os.close(descriptor)


def _has_name(descriptor: int, path: Path) -> bool:
    """Whether the open file is the one that others find under the name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _held(path: Path, name: str) -> LockError:
    holder = ""
    with suppress(OSError):
        holder = path.read_bytes()[:20].decode("ascii", "replace").strip()
    by = f" (process {holder})" if holder.isdecimal() else ""
    return LockError(
        f'lock "{name}" is held by other session{by}',
        hint="wait for it to end, or raise the lock timeout",
    )
