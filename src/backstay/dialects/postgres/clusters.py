"""New database clusters for the embedded server: made by `initdb` once, copied from the cache afterwards.

`initdb` takes most of the time that a throw-away server needs to start; a copy takes a fraction of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from backstay import cache
from backstay.errors import DatabaseError

INITDB = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
    "--no-instructions",
)


def create(binaries: Path, data: Path, account: str | None) -> None:
    """A fresh cluster in the directory `data`, which must not exist yet, owned by the account.

    Raises `DatabaseError` where `initdb` fails.
    """
    template = cache.directory() / "clusters" / _fingerprint(binaries)
    if _copied(template, data):
        _give(data, account)
        return
    _initialise(binaries, data, account)
    _keep(data, template)


def _fingerprint(binaries: Path) -> str:
    """A name that is another one for another build of the server or another way to set it up."""
    program = (binaries / "postgres").stat()
    facts = (program.st_size, program.st_mtime_ns, INITDB)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def _initialise(binaries: Path, data: Path, account: str | None) -> None:
    result = subprocess.run(
        [binaries / "initdb", "--pgdata", data, *INITDB],
        capture_output=True, text=True, check=False, user=account, cwd=data.parent,
    )  # fmt: skip
    if result.returncode:
        lines = (result.stderr or result.stdout).strip().splitlines()
        raise DatabaseError(
            f"cannot set up the embedded PostgreSQL server: {lines[-1] if lines else 'initdb failed'}",
            hint="give a dev database with --dev-url",
        )


def _copied(template: Path, data: Path) -> bool:
    """Copy the template; one that is not there or cannot be read is none."""
    try:
        shutil.copytree(template, data)
    except (OSError, shutil.Error):
        shutil.rmtree(data, ignore_errors=True)
        return False
    return True


def _give(data: Path, account: str | None) -> None:
    """Let the account own the cluster, and nobody else read it, as the server demands."""
    data.chmod(0o700)
    if account is None:
        return
    owner = pwd.getpwnam(account).pw_uid
    for directory, _, files in os.walk(data):
        os.chown(directory, owner, -1)
        for name in files:
            os.chown(os.path.join(directory, name), owner, -1)


def _keep(data: Path, template: Path) -> None:
    """Put a copy into the cache, in one step; a cache that cannot be written is left alone."""
    with contextlib.suppress(OSError, shutil.Error):
        template.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=template.parent, prefix=".") as place:
            shutil.copytree(data, Path(place) / "cluster")
            os.replace(Path(place) / "cluster", template)
