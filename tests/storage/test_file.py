"""What a directory on disk does to a store, and what the store leaves there."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from backstay.errors import AuthError, ConfigError, ConflictError, CorruptError, NetworkError, NotFoundError
from backstay.storage import file
from backstay.storage.file import FileStore


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "store")


def test_only_the_owner_may_look(store: FileStore, tmp_path: Path) -> None:
    store.create("a/b.json", b"x")
    assert stat.S_IMODE((tmp_path / "store/a").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "store/a/b.json").stat().st_mode) == 0o600


def test_nothing_temporary_is_left(store: FileStore, tmp_path: Path) -> None:
    store.create("key", b"1")
    with pytest.raises(ConflictError):
        store.create("key", b"2")
    store.replace("key", b"3", store.get("key").etag)
    assert list((tmp_path / "store" / file.TEMPORARY).iterdir()) == []


def test_what_a_dead_writer_left_is_swept(store: FileStore, tmp_path: Path) -> None:
    store.put("key", b"1")
    left, recent = (tmp_path / "store" / file.TEMPORARY / name for name in ("old", "new"))
    for path in (left, recent):
        path.write_bytes(b"half")
    os.utime(left, (0, 0))
    store.put("key", b"2")
    assert not left.exists()
    assert recent.exists()
    assert list(store.list("")) == ["key"]


def test_a_full_disk_leaves_the_old_content(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store.put("key", b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NetworkError, match="No space left"):
        store.put("key", b"new")
    assert store.get("key").data == b"old"
    assert list((tmp_path / "store" / file.TEMPORARY).iterdir()) == []


def test_without_hard_links_a_key_is_still_created_once(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "link", no_links)
    store.create("key", b"1")
    with pytest.raises(ConflictError):
        store.create("key", b"2")
    assert store.get("key").data == b"1"


@pytest.mark.parametrize("key", ["../outside", "a/../../outside", "/etc/passwd", "link/passwd"])
def test_no_key_leads_out(store: FileStore, tmp_path: Path, key: str) -> None:
    store.put("key", b"x")
    (tmp_path / "store/link").symlink_to("/etc")
    for attempt in (lambda: store.get(key), lambda: store.put(key, b"x"), lambda: store.delete(key)):
        with pytest.raises(ConfigError, match="leads out"):
            attempt()


def test_a_link_in_place_of_an_object_is_not_followed(store: FileStore, tmp_path: Path) -> None:
    store.put("key", b"x")
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "store/evil").symlink_to(tmp_path / "secret")
    with pytest.raises(ConfigError, match="leads out"):
        store.get("evil")


def test_the_directory_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    FileStore(tmp_path / "link").put("key", b"x")
    assert (tmp_path / "real/key").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (errno.EACCES, AuthError),
        (errno.EROFS, AuthError),
        (errno.EIO, NetworkError),
        (errno.ESTALE, NetworkError),
        (errno.ENOENT, NotFoundError),
        (errno.ENAMETOOLONG, ConfigError),
    ],
)
def test_what_the_system_says_becomes_an_error(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    store.put("key", b"x")

    def fail(self: Path, mode: str) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(error, match=os.strerror(number)):
        store.get("key")


def test_a_directory_in_place_of_an_object_is_corrupt(store: FileStore, tmp_path: Path) -> None:
    (tmp_path / "store/key").mkdir(parents=True)
    with pytest.raises(CorruptError):
        store.get("key")


def test_a_file_too_large_to_be_ours_is_not_read(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put("key", b"x" * 100)
    monkeypatch.setattr(file, "MAX_OBJECT", 99)
    with pytest.raises(CorruptError, match="larger"):
        store.get("key")
