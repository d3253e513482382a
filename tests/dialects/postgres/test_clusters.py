"""Clusters of the embedded server: made once, copied afterwards, and never worse for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from backstay import cache
from backstay.dialects.postgres.embedded import embedded
from tests.dialects.postgres.databases import connected, load


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the programs that were run."""
    names: list[str] = []
    run = subprocess.run

    def noted(command: list[object], **options: object) -> object:
        names.append(Path(str(command[0])).name)
        return run(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", noted)
    return names


def works() -> bool:
    with embedded() as url, connected(url) as session:
        load(session, "CREATE TABLE t (a int)")
    return True


def test_the_second_server_needs_no_initdb_and_starts_empty(programs: list[str]) -> None:
    assert works()
    assert programs == ["initdb"]
    assert works(), "the table of the first server is not in the second"
    assert programs == ["initdb"]


def test_without_a_usable_cache_every_server_is_made_anew(programs: list[str], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the directory should be")
    assert works()
    assert works()
    assert programs == ["initdb", "initdb"]


def test_an_unreadable_template_is_no_template(programs: list[str]) -> None:
    assert works()
    (template,) = (cache.directory() / "clusters").iterdir()
    (template / "broken").symlink_to("nowhere")
    assert works()
    assert programs == ["initdb", "initdb"]
