"""The cache directory: what makes a run faster or safer, and what no run depends on.

`BACKSTAY_CACHE_DIR`; else `RUNNER_TOOL_CACHE/backstay` where that directory exists and can be written;
else `XDG_CACHE_HOME/backstay`; else `HOME/.cache/backstay`. A directory that cannot be used is the same
as an empty one.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Final

from backstay.files import sweep

UNFINISHED: Final = ".backstay-"
"""What the names of files begin with that are still being written."""


def directory() -> Path:
    """Where entries live; it need not exist yet."""
    given = os.environ.get("BACKSTAY_CACHE_DIR")
    if given:
        return Path(given)
    tools = os.environ.get("RUNNER_TOOL_CACHE")
    if tools and os.access(tools, os.W_OK):
        return Path(tools) / "backstay"
    home = os.environ.get("XDG_CACHE_HOME") or Path(os.environ.get("HOME") or "/tmp") / ".cache"
    return Path(home) / "backstay"


def read(name: str) -> bytes | None:
    """The entry of that name (`states/<key>.json`), or nothing where it cannot be read."""
    try:
        return (directory() / name).read_bytes()
    except OSError:
        return None


def write(name: str, data: bytes, *, durable: bool = False) -> bool:
    """Replace the entry of that name (`replace`); says whether it could."""
    return replace(directory() / name, data, durable=durable)


def replace(path: Path, data: bytes, *, durable: bool = False) -> bool:
    """Replace a file in one step, readable by the owner only; says whether it could.

    A `durable` one is on the disk before it takes the place of the old one. What writers have left beside it
    that were killed is removed.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=UNFINISHED, delete=False) as file:
            temporary = file.name
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        return False
    with contextlib.suppress(OSError):
        sweep(path.parent.glob(f"{UNFINISHED}*"))
    return True
