"""What the process does with its streams: UTF-8 in every locale, and no fuss where one takes nothing."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FOREIGN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""A locale that is not UTF-8, without Python's own ways around it."""


def backstay(
    directory: Path, *arguments: str, redirection: str = "", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """The command line in a process of its own, started by a shell."""
    words = shlex.join((sys.executable, "-m", "backstay.cli", *arguments))
    return subprocess.run(
        ["/bin/sh", "-c", f"{words} {redirection}"],
        cwd=directory,
        env={**os.environ, "BACKSTAY_CACHE_DIR": str(directory / "cache"), **environment},
        capture_output=True,
        check=False,
    )


def test_output_is_utf8_whatever_the_locale(tmp_path: Path) -> None:
    (tmp_path / "s.sql").write_text("CREATE TABLE \"täble\" (a text DEFAULT '☃');")
    inspect = ("schema", "inspect", "-u", "file://s.sql", "--dev-url", "sqlite://dev?mode=memory")
    ran = backstay(tmp_path, *inspect, **FOREIGN)
    assert ran.stderr == b""
    assert 'table "täble"' in ran.stdout.decode()
    assert "☃" in ran.stdout.decode()


CASES = [
    ("stdout is closed", ">&-", 0),
    ("both are closed", ">&- 2>&-", 0),
    ("the disk is full", ">/dev/full", 1),
]


@pytest.mark.parametrize(
    ("redirection", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_stream_that_takes_nothing_is_no_bug(tmp_path: Path, redirection: str, code: int) -> None:
    ran = backstay(tmp_path, "version", redirection=redirection)
    assert (ran.returncode, ran.stdout) == (code, b"")
    error = ran.stderr.decode().splitlines()
    assert len(error) in {0, 2}
    assert "internal error" not in ran.stderr.decode()


@pytest.mark.parametrize("arguments", [(), ("schema",)])
def test_a_group_without_a_command_shows_its_help(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Usage: backstay")
