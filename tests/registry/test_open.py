"""From URLs to a registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstay.errors import ConfigError
from backstay.registry.open import open_registry
from tests.registry.simulator import plan, state


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / "cache"))


def test_urls_make_a_primary_and_its_backups(tmp_path: Path) -> None:
    places = [f"file://{tmp_path}/{name}" for name in ("primary", "first", "second")]
    notices: list[str] = []
    registry = open_registry(places[0], places[1:], notify=notices.append)
    assert registry.url == places[0]
    pushed = registry.push("app", state("a"))
    assert [(target.url, target.primary, target.error) for target in pushed.targets] == [
        (places[0], True, ""),
        (places[1], False, ""),
        (places[2], False, ""),
    ]
    registry.create_plan(plan())
    for place in places:
        assert open_registry(place).read("app").state == state("a")
        assert open_registry(place).plans("app") == (plan(),)
    assert notices == []


@pytest.mark.parametrize(
    ("primary", "backups", "words"),
    [
        ("https://token:secret@registry.example", [], "credentials do not belong"),
        ("ftp://bucket", [], "no storage for"),
        ("file:///tmp/a", ["file:///tmp/b", "file:///tmp/a"], "given twice"),
        ("registry", [], "missing scheme"),
    ],
)
def test_places_that_cannot_be_are_explained(primary: str, backups: list[str], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        open_registry(primary, backups)
    assert "secret" not in str(caught.value)
    assert caught.value.hint


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    registry = open_registry("s3://bucket/p?region=eu-west-1&profile=ci")
    assert registry.url == "s3://bucket/p?region=eu-west-1&profile=ci"
