"""The cache directory: where it is, and that nothing depends on it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backstay import cache

VARIABLES = ("BACKSTAY_CACHE_DIR", "RUNNER_TOOL_CACHE", "XDG_CACHE_HOME", "HOME")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine where none of the variables is set; they will name directories below the one returned."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


PLACES = [
    (VARIABLES, "BACKSTAY_CACHE_DIR"),
    (VARIABLES[1:], "RUNNER_TOOL_CACHE/backstay"),
    (VARIABLES[2:], "XDG_CACHE_HOME/backstay"),
    (VARIABLES[3:], "HOME/.cache/backstay"),
]


@pytest.mark.parametrize(("given", "place"), PLACES)
def test_the_first_variable_that_is_set_says_where(
    environment: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], place: str
) -> None:
    for name in given:
        (environment / name).mkdir()
        monkeypatch.setenv(name, str(environment / name))
    assert cache.directory() == environment / place


def test_a_tool_cache_that_is_not_there_does_not_count(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNER_TOOL_CACHE", str(environment / "missing"))
    monkeypatch.setenv("HOME", str(environment))
    assert cache.directory() == environment / ".cache" / "backstay"


def test_an_entry_is_read_as_it_was_written_last(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(environment))
    assert cache.write("states/a.json", b"1")
    assert cache.write("states/a.json", b"2")
    assert cache.read("states/a.json") == b"2"
    entry = environment / "states" / "a.json"
    assert entry.stat().st_mode & 0o077 == 0
    assert list(entry.parent.iterdir()) == [entry]


def test_what_a_killed_writer_left_is_removed_once_it_is_old(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(environment))

    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(os, "replace", die)
        with pytest.raises(SystemExit):
            cache.write("grants/a", b"half")
    (left,) = (environment / "grants").iterdir()
    assert cache.write("grants/b", b"1")
    assert left.exists(), "its writer may still be at it"
    os.utime(left, (0, 0))
    assert cache.write("grants/b", b"2")
    assert list((environment / "grants").iterdir()) == [environment / "grants" / "b"]


def test_a_directory_that_cannot_be_used_is_an_empty_one(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (environment / "file").touch()
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(environment / "file"))
    assert not cache.write("a", b"1")
    assert cache.read("a") is None
