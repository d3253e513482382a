"""One process at a time, by a file that is gone afterwards."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from backstay.dialects.sqlite import SQLITE, lock
from backstay.dialects.sqlite.lock import hold, lock_file
from backstay.errors import LockError
from tests.dialects.sqlite.databases import load


@pytest.fixture(autouse=True)
def _directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_lock_is_held_by_one() -> None:
    one, two = load("", "sqlite://locked?mode=memory"), load("", "sqlite://locked?mode=memory")
    with one.lock("migrate", 0):
        with pytest.raises(LockError, match=f"process {os.getpid()}"), two.lock("migrate", 0.02):
            pass
        with two.lock("other", 0), load("").lock("migrate", 0):
            pass
    with two.lock("migrate", 0):
        pass


def test_a_lock_ends_with_its_holder(tmp_path: Path) -> None:
    path = lock_file("migrate", str(tmp_path / "x.db"))
    code = (
        f"import fcntl, os; f = os.open({str(path)!r}, os.O_RDWR | os.O_CREAT);"
        "fcntl.flock(f, 2); print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        session = SQLITE.connect(f"sqlite://{tmp_path}/x.db")
        with pytest.raises(LockError), session.lock("migrate", 0):
            pass
        holder.kill()
        holder.wait()
    with session.lock("migrate", 5):
        pass


def test_who_waits_has_the_lock_when_its_holder_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as holder:
        holder.enter_context(hold("migrate", "x", 0))
        monkeypatch.setattr(lock.time, "sleep", lambda seconds: holder.close())
        with hold("migrate", "x", 600):
            assert list(tmp_path.iterdir()) == [lock_file("migrate", "x")]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("another", [False, True])
def test_a_file_that_goes_while_it_is_locked_is_no_lock(
    monkeypatch: pytest.MonkeyPatch, another: bool
) -> None:
    path = lock_file("migrate", "x")

    class Flock(SimpleNamespace):
        def flock(self, descriptor: int, operation: int) -> None:
            path.unlink()  # its holder was done between our opening it and our locking it
            if another:
                path.touch()
            monkeypatch.setattr(lock, "fcntl", fcntl)
            fcntl.flock(descriptor, operation)

    monkeypatch.setattr(lock, "fcntl", Flock(LOCK_EX=fcntl.LOCK_EX, LOCK_NB=fcntl.LOCK_NB))
    with hold("migrate", "x", 0):
        with pytest.raises(LockError, match=f"process {os.getpid()}"), hold("migrate", "x", 0):
            pass
        assert path.read_text() == f"{os.getpid()}\n"
