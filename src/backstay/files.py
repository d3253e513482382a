"""Reads whole files that somebody else names, only regular ones, only up to a size; and removes leftovers."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

MIB = 1024 * 1024
ABANDONED_SECONDS: Final = 3600
"""After which whoever wrote a temporary file is no more."""


class UnreadableError(ValueError):
    """A file cannot be read; the message says why, and not which one."""


def read_bytes(path: Path, largest: int) -> bytes:
    """The content of a regular file of at most `largest` bytes.

    A device or pipe could be endless, or make us wait for ever. Raises `FileNotFoundError`, and
    `UnreadableError` for all else.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as opened:
            regular = stat.S_ISREG(os.fstat(opened.fileno()).st_mode)
            data = opened.read(largest + 1) if regular else b""
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnreadableError((error.strerror or "unknown error").lower()) from None
    except ValueError:
        raise UnreadableError("this is not a path") from None
    if not regular:
        raise UnreadableError("this is not a regular file")
    if len(data) > largest:
        raise UnreadableError(f"it is larger than {largest // MIB} MiB")
    return data


def sweep(temporary: Iterable[Path]) -> None:
    """Remove those of these files that writers left behind who were killed. Raises `OSError`."""
    oldest = time.time() - ABANDONED_SECONDS
    for file in temporary:
        with contextlib.suppress(FileNotFoundError):  # Somebody else sweeps, too.
            if file.lstat().st_mtime < oldest:
                file.unlink()


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
