"""What this machine has seen, and that nothing depends on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstay.registry.memory import CacheMemory
from backstay.registry.replicated import ReplicatedRegistry
from backstay.registry.store_replica import StoreReplica
from backstay.storage.memory import MemoryStore
from tests.registry.simulator import state


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_only_the_highest_is_remembered(cache: Path) -> None:
    memory = CacheMemory()
    for sequence in (3, 7, 5):
        memory.remember("s3://one", "app", sequence)
    assert CacheMemory().highest("s3://one", "app") == 7


@pytest.mark.parametrize(
    ("registry", "repo"), [("s3://two", "app"), ("s3://one", "other"), ("s3://on", "eapp")]
)
def test_registries_and_repositories_are_kept_apart(cache: Path, registry: str, repo: str) -> None:
    memory = CacheMemory()
    memory.remember("s3://one", "app", 7)
    assert memory.highest(registry, repo) == 0


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b'{"sequence":"x"}', b'{"registry":"","repo":"","sequence":9}']
)
def test_a_damaged_file_is_as_good_as_none(cache: Path, content: bytes) -> None:
    memory = CacheMemory()
    memory.remember("s3://one", "app", 7)
    (file,) = cache.glob("registry/*")
    file.write_bytes(content)
    assert memory.highest("s3://one", "app") == 0
    memory.remember("s3://one", "app", 8)
    assert memory.highest("s3://one", "app") == 8


def test_a_directory_that_cannot_be_used_fails_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / "file/cache"))
    registry = ReplicatedRegistry(StoreReplica(MemoryStore()))
    registry.push("app", state("a"))
    assert registry.read("app").state == state("a")


def test_a_registry_remembers_by_itself(cache: Path) -> None:
    registry = ReplicatedRegistry(StoreReplica(MemoryStore("mem://one")))
    registry.push("app", state("a"))
    registry.push("app", state("b"))
    assert CacheMemory().highest("mem://one", "app") == 2
