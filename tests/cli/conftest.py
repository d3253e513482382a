"""The command line, run in this process, in a directory of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from backstay.cli import main
from backstay.operations import resolve


class Ran(NamedTuple):
    """What a command line left behind."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """All of stdout as one JSON value; fails where anything else is in it."""
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("CI", raising=False)

    def run(*arguments: str) -> Ran:
        resolve.forget_projects()
        capsys.readouterr()
        code = main(list(arguments))
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run
