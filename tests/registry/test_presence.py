"""A missing directory is an outage to a reader, who cannot know better, and a beginning to a writer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backstay.errors import NetworkError, NotFoundError
from backstay.registry.open import open_registry
from tests.registry.simulator import plan, state


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / "cache"))
    return f"file://{tmp_path}/primary", f"file://{tmp_path}/backup"


def test_a_backup_is_read_where_the_disk_of_the_primary_is_not_mounted(
    places: tuple[str, str], tmp_path: Path
) -> None:
    primary, backup = places
    open_registry(primary, [backup]).push("app", state("a"), tags=["latest"])
    shutil.rmtree(tmp_path / "primary")
    found = open_registry(primary, [backup]).read("app")
    assert (found.state, found.source) == (state("a"), backup)
    assert f"the directory {primary} is not there" in found.notices[0]


def test_a_repository_that_was_removed_from_a_directory_is_not_read_from_a_backup(
    places: tuple[str, str], tmp_path: Path
) -> None:
    primary, backup = places
    open_registry(primary, [backup]).push("app", state("a"))
    shutil.rmtree(tmp_path / "primary/app")
    with pytest.raises(NotFoundError):
        open_registry(primary, [backup]).read("app")


def test_without_any_copy_the_missing_directory_is_named(places: tuple[str, str]) -> None:
    with pytest.raises(NetworkError, match="is not there") as caught:
        open_registry(places[0]).read("app")
    assert "mount its disk" in caught.value.hint


def test_the_first_write_makes_the_directory(places: tuple[str, str]) -> None:
    for url in places:
        registry = open_registry(url)
        if url == places[0]:
            registry.create_plan(plan())
            assert registry.plan("app", "add-email") == plan()
        else:
            registry.push("app", state("a"))
            assert registry.read("app").state == state("a")
