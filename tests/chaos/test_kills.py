"""SIGKILL at points of steps that write; all are tried by `make chaos KILLS=0`, and simulated elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.chaos.kills import die_at_effect, die_at_request, effects_of, requests_of
from tests.chaos.places import World
from tests.chaos.site import Site
from tests.chaos.trials import BY_STEP

NewSite = Callable[..., Site]
FILES = ("file", "file", "file")
INDEX_IS_BUILT = 54
"""The request of `migrate` that builds it: what is before it is committed, and a check is not valid yet."""


@pytest.mark.parametrize("name", ["push", "prune", "migrate"])
def test_a_process_that_dies_at_an_effect_is_followed_by_one_that_finishes(
    name: str, new_site: NewSite
) -> None:
    site = new_site(FILES)
    effects = effects_of(site, BY_STEP[name])
    assert effects > 4
    killed, wrong = die_at_effect(site, BY_STEP[name], effects * 2 // 3)
    assert wrong == []
    assert killed


def test_a_process_that_dies_at_a_request_is_followed_by_one_that_finishes(new_site: NewSite) -> None:
    site = new_site(("moto", "moto", "file"))
    requests = requests_of(site, BY_STEP["push"])
    assert requests > 4
    killed, wrong = die_at_request(site, BY_STEP["push"], requests // 2, "after")
    assert wrong == []
    assert killed


def test_an_apply_to_postgres_that_dies_is_followed_by_one_that_finishes(
    new_site: NewSite, places: World
) -> None:
    site = new_site(("server", "file"), places.postgres())
    killed, wrong = die_at_request(site, BY_STEP["migrate"], INDEX_IS_BUILT, "after")
    assert wrong == []
    assert killed
