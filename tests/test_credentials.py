"""Secrets in variables and in files that variables name."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstay.credentials import NOBODY, Credential, from_environment
from backstay.errors import ConfigError


def test_the_first_name_that_is_set_counts_as_itself_or_as_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("  hush\n")
    names = ("FIRST", "SECOND")
    assert from_environment(names, {}) == NOBODY
    assert from_environment(names, {"SECOND": "s"}) == Credential("s", "SECOND")
    assert from_environment(names, {"SECOND": "s", "FIRST_FILE": str(file)}) == Credential(
        "hush", "FIRST_FILE"
    )


def test_twice_is_once_too_often() -> None:
    with pytest.raises(ConfigError, match="both A and A_FILE are set"):
        from_environment(("A",), {"A": "hush", "A_FILE": "/etc/hostname"})


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "not there"), (b"\xff\xfe", "not text"), (b" \n", "empty"), (b"x" * 2_000_000, "larger")],
)
def test_files_that_hold_no_secret(tmp_path: Path, content: bytes | None, words: str) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as caught:
        from_environment(("A",), {"A_FILE": str(file)})
    assert "A_FILE" in caught.value.message


def test_an_endless_file_is_not_read() -> None:
    with pytest.raises(ConfigError, match="not a regular file"):
        from_environment(("A",), {"A_FILE": "/dev/zero"})
