"""The servers and the zygote, for all tests here."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.chaos.places import World, world
from tests.chaos.rounds import certificate_of_nobody
from tests.chaos.site import Site
from tests.chaos.targets import Target
from tests.chaos.zygote import Zygote, zygote


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("places")) as made:
        yield made


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    with zygote(tmp_path_factory.mktemp("processes")) as made:
        yield made


@pytest.fixture(scope="session")
def certificate() -> ssl.SSLContext:
    return certificate_of_nobody()


NewSite = Callable[..., Site]


@contextlib.contextmanager
def _making(places: World, processes: Zygote, factory: pytest.TempPathFactory) -> Iterator[NewSite]:
    with contextlib.ExitStack() as stack:

        def make(kinds: Sequence[str], target: Target | None = None) -> Site:
            site = stack.enter_context(Site(places, processes, factory.mktemp("site"), kinds, target))
            pushed = site.push()
            assert pushed.worked, pushed.err
            return site

        yield make


@pytest.fixture
def new_site(places: World, processes: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewSite]:
    """Makes sites with targets of these kinds, which something was pushed to."""
    with _making(places, processes, tmp_path_factory) as make:
        yield make


@pytest.fixture(scope="module")
def new_sites(
    places: World, processes: Zygote, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NewSite]:
    """The same, of sites that stay."""
    with _making(places, processes, tmp_path_factory) as make:
        yield make
