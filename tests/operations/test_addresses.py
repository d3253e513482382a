"""`atlas://` URLs lead back to what they were made from."""

from __future__ import annotations

import pytest

from backstay import urls
from backstay.operations.addresses import plan_address, plan_url, repo_url, repository_of

NAMES = ["app", "v1.0.0+build.5", "feature/x", "a b", "100%", "a&b=c", "a?b#c", "é", "..", "me@host"]


@pytest.mark.parametrize("name", NAMES)
def test_a_tag_is_read_as_it_was_written(name: str) -> None:
    assert urls.query(repo_url("app", name)) == {"tag": name}


@pytest.mark.parametrize("name", NAMES)
def test_a_repository_is_read_as_it_was_written(name: str) -> None:
    assert repository_of(repo_url(name)) == name


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_is_read_as_it_was_written(name: str) -> None:
    assert plan_address(plan_url("my app", name)) == ("my app", name)


def test_plain_names_stay_plain() -> None:
    assert repo_url("app", "feature/x") == "atlas://app?tag=feature/x"
    assert plan_url("app", "pr-42-R1cGcSfo") == "atlas://app/plans/pr-42-R1cGcSfo"
