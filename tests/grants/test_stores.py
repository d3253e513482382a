"""Where grants are kept: whatever is wrong with the place, no command fails for it."""

from __future__ import annotations

import os
import resource
import signal
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from backstay.grants.sealing import seal, unseal
from backstay.grants.stores import DirectoryStore, MountedStore, alone
from tests.grants.making import NOW, TOKEN, entry

ENTRY = entry()
DATA = seal(ENTRY, TOKEN)


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def store(directory: Path) -> DirectoryStore:
    return DirectoryStore("0123456789abcdef")


def keep(store: DirectoryStore, data: bytes = DATA) -> bool:
    return store.store(data, expires=NOW, fresh=True)


def test_what_is_kept_is_there_again_for_its_owner_alone(store: DirectoryStore) -> None:
    assert store.load() is None
    assert keep(store)
    assert store.load() == DATA
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
    assert [path.name for path in store.path.parent.iterdir()] == [store.path.name]
    store.remove()
    store.remove()
    assert store.load() is None


def truncated(path: Path) -> None:
    path.write_bytes(DATA[:40])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def a_link_elsewhere(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def a_link_to_a_grant(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(DATA)
    path.symlink_to(other)


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 30)


def of_a_newer_version(path: Path) -> None:
    path.write_bytes(b"\x02" + DATA[1:])


@pytest.mark.parametrize(
    "damage", [truncated, empty, a_link_elsewhere, a_link_to_a_grant, a_pipe, huge, of_a_newer_version]
)
def test_what_lies_in_its_place_is_no_grant_and_is_replaced(
    store: DirectoryStore, damage: Callable[[Path], None]
) -> None:
    store.path.parent.mkdir(parents=True)
    passwords = Path("/etc/passwd").read_bytes()
    damage(store.path)
    assert unseal(store.load() or b"", TOKEN) is None
    assert keep(store)
    assert store.load() == DATA
    assert Path("/etc/passwd").read_bytes() == passwords


def test_a_directory_in_its_place_is_no_grant_and_stays(store: DirectoryStore) -> None:
    store.path.mkdir(parents=True)
    assert store.load() is None
    assert not keep(store)
    store.remove()
    assert [path.name for path in store.path.parent.iterdir()] == [store.path.name]


def test_a_file_in_place_of_the_directory_keeps_nothing(directory: Path, store: DirectoryStore) -> None:
    directory.write_text("mine")
    with alone("0123456789abcdef"):
        assert not keep(store)
    assert store.load() is None
    assert directory.read_text() == "mine"


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read and write everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DirectoryStore]:
    """A store in a directory that one may not write to, with a grant that one may not read."""
    for path in (tmp_path, *tmp_path.parents):
        if path.is_relative_to("/tmp") and path != Path("/tmp"):
            path.chmod(path.stat().st_mode | 0o055)
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / "cache"))
    store = DirectoryStore("0123456789abcdef")
    keep(store)
    store.path.chmod(0)
    for path in (store.path.parent, store.path.parent.parent):
        path.chmod(0o555)
    with as_nobody():
        yield store
    for path in (store.path.parent.parent, store.path.parent):
        path.chmod(0o700)


def test_a_directory_that_is_read_only_keeps_nothing(foreign: DirectoryStore) -> None:
    assert foreign.load() is None
    with alone("0123456789abcdef"):
        assert not keep(foreign)
    foreign.remove()
    assert foreign.path.exists()


def test_a_full_disk_keeps_what_was_there(store: DirectoryStore) -> None:
    keep(store)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4, before[1]))
    try:
        assert not keep(store, b"another")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert store.load() == DATA
    assert [path.name for path in store.path.parent.iterdir()] == [store.path.name]


def test_whoever_is_killed_while_writing_leaves_the_old_or_the_new_one(store: DirectoryStore) -> None:
    keep(store)
    for _ in range(5):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            while True:
                keep(store)
                os.write(writing, b".")
        os.read(reading, 3)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)
        assert unseal(store.load() or b"", TOKEN) == ENTRY


def test_two_jobs_that_write_at_once_leave_one_whole_grant(store: DirectoryStore) -> None:
    contents = [seal(entry(name=f"job-{number}"), TOKEN) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda data: keep(store, data), contents * 10))
    assert store.load() in contents
    assert [path.name for path in store.path.parent.iterdir()] == [store.path.name]


def test_one_renews_at_a_time_and_nobody_waits_for_ever(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backstay.grants.stores.WAIT_SECONDS", 0.1)
    done = []
    with alone("a"), alone("b"), alone("a"):
        done.append(True)
    assert done
    assert (directory / "grants/a.lock").exists()


def test_a_mounted_grant_is_read_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "grant"
    file.write_bytes(DATA)
    mounted = MountedStore(str(file))
    assert mounted.load() == DATA
    assert mounted.store(b"another", expires=NOW, fresh=True)
    mounted.remove()
    assert mounted.load() == DATA
    assert MountedStore(str(tmp_path)).load() is None
    assert MountedStore(str(tmp_path / "absent")).load() is None
