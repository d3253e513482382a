"""What a file URL points at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backstay.engine.sources import read_sources
from backstay.errors import BackstayError


def write(directory: Path, *names: str) -> None:
    for name in names:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"-- {name}\n")


def url(path: Path) -> str:
    return f"file://{path}"


def test_files_of_a_directory_come_in_lexical_order(tmp_path: Path) -> None:
    write(tmp_path, "s/b.sql", "s/a.sql", "s/notes.txt", "s/deeper/c.sql")
    sources = read_sources([url(tmp_path / "s")])
    assert sources.language == "sql"
    assert [Path(file.name).name for file in sources.files] == ["a.sql", "b.sql"]


def test_several_hcl_files_are_one_document(tmp_path: Path) -> None:
    write(tmp_path, "b.pg.hcl", "a.hcl")
    sources = read_sources([url(tmp_path / "b.pg.hcl"), url(tmp_path / "a.hcl")])
    assert [Path(file.name).name for file in sources.files] == ["a.hcl", "b.pg.hcl"]


def test_a_relative_url_starts_at_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "db/schema.sql")
    monkeypatch.chdir(tmp_path)
    assert read_sources(["file://db/schema.sql"]).files[0].name == "db/schema.sql"


REFUSED = [
    (["missing.hcl"], [], "does not exist"),
    (["missing"], [], "does not exist"),
    (["x.txt"], ["x.txt"], "unknown schema file"),
    (["d"], ["d/a.hcl", "d/b.sql"], "ambiguous schema: both SQL and HCL files found"),
    (["d"], ["d/readme.md"], "contains neither SQL nor HCL files"),
    (["a.hcl", "b.sql"], ["a.hcl", "b.sql"], "ambiguous schema"),
    (["a.sql", "b.sql"], ["a.sql", "b.sql"], "multiple SQL URLs"),
    (["migrations"], ["migrations/1.sql"], "migration directory"),
    (["d"], ["d/1.sql", "d/atlas.sum"], "migration directory"),
]


@pytest.mark.parametrize(("asked", "files", "message"), REFUSED)
def test_what_cannot_be_a_schema_is_refused(
    tmp_path: Path, asked: list[str], files: list[str], message: str
) -> None:
    write(tmp_path, *files)
    with pytest.raises(BackstayError, match=message):
        read_sources([url(tmp_path / name) for name in asked])


def test_a_fifo_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.sql")
    with pytest.raises(BackstayError, match="not a regular file"):
        read_sources([url(tmp_path / "x.sql")])


def test_a_device_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.hcl").symlink_to("/dev/zero")
    with pytest.raises(BackstayError, match="not a regular file"):
        read_sources([url(tmp_path / "x.hcl")])


def test_text_that_is_not_utf8_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "x.sql").write_bytes(b"-- \xff")
    with pytest.raises(BackstayError, match=r"not UTF-8 text \(byte 3\)"):
        read_sources([url(tmp_path / "x.sql")])
