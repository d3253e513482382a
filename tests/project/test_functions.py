"""The functions that look at files and at the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from backstay.hcl.functions import FunctionError
from backstay.hcl.values import List, Value
from backstay.project import functions
from backstay.project.functions import LARGEST

Functions = Mapping[str, Callable[..., Value]]


@pytest.fixture
def known(tmp_path: Path) -> Functions:
    for name in ("a.sql", "b.txt", "x/c.sql", "x/y/d.sql", "x/y/.e.sql"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"-- {name}")
    (tmp_path / "x" / "loop").symlink_to(tmp_path)
    return functions.project_functions(tmp_path, {"SET": "value"})


PATTERNS: list[tuple[str, list[str]]] = [
    ("*.sql", ["a.sql"]),
    ("a.sql", ["a.sql"]),
    ("./a.sql", ["a.sql"]),
    ("x/../a.sql", ["a.sql"]),
    ("none.sql", []),
    ("x", []),
    ("[^b].sql", ["a.sql"]),
    ("[ab].???", ["a.sql", "b.txt"]),
    ("*.{sql,txt}", ["a.sql", "b.txt"]),
    ("**/*.sql", ["a.sql", "x/c.sql", "x/y/.e.sql", "x/y/d.sql"]),
    ("x/**", ["x/c.sql", "x/y/.e.sql", "x/y/d.sql"]),
    ("*/c.sql", ["x/c.sql"]),
    ("**/y/d.sql", ["x/y/d.sql"]),
]


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS)
@pytest.mark.parametrize("name", ["fileset", "glob"])
def test_fileset(known: Functions, tmp_path: Path, name: str, pattern: str, expected: list[str]) -> None:
    assert known[name](pattern) == List(str(tmp_path / path) for path in expected)


def test_fileset_takes_absolute_patterns(known: Functions, tmp_path: Path) -> None:
    assert known["fileset"](f"{tmp_path}/*.sql") == (str(tmp_path / "a.sql"),)


def test_fileset_does_not_search_without_end(known: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "MAX_VISITED", 3)
    with pytest.raises(FunctionError, match="look at more than 3 files"):
        known["fileset"]("**")


def test_file_and_getenv(known: Functions) -> None:
    assert known["file"]("x/c.sql") == "-- x/c.sql"
    assert known["getenv"]("SET") == "value"
    assert known["getenv"]("UNSET") == ""


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none", "there is no such file"),
        ("x", "cannot be read: is a directory"),
        ("pipe", "not a regular file"),
        ("/dev/zero", "not a regular file"),
        ("large", "larger than 10 MiB"),
        ("binary", "not UTF-8 text"),
        ("a\0b", "not a path"),
        ("n" * 5000, "file name too long"),
    ],
)
def test_file_refuses(known: Functions, tmp_path: Path, path: str, message: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with open(tmp_path / "large", "wb") as large:
        large.truncate(LARGEST + 1)
    with pytest.raises(FunctionError, match=message):
        known["file"](path)
