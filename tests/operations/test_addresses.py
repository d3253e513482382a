"""`atlas://` URLs lead back to what they were made from."""

from __future__ import annotations

import pytest

from backstay import urls
from backstay.errors import ConfigError
from backstay.operations.addresses import plan_address, plan_url, repo_url, repository_of, slug

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


@pytest.mark.parametrize("url", ["s3://app", "atlas://org/app", "atlas://app/plans/name"])
def test_what_names_no_repository_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="is not the URL of a repository"):
        slug(url)
