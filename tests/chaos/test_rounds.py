"""Every fault once, at a registry or a backup: nothing is lost, and nobody claims what is not so."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence

import pytest

from tests.chaos.harms import FAULTS
from tests.chaos.rounds import Case, Verdict, play
from tests.chaos.site import Site, topology
from tests.chaos.trials import BY_STEP

TRIED = ("push", "apply", "approve", "sync")
TARGETS = ((0,), (1,), (0, 1))
KINDS = ("moto", "server")


@pytest.fixture(scope="module")
def sites(new_sites: Callable[[Sequence[str]], Site]) -> Callable[[str], Site]:
    """One site for each kind of target, which is healthy again after each round."""
    made: dict[str, Site] = {}

    def site(kind: str) -> Site:
        if kind not in made:
            made[kind] = new_sites(topology(kind))
        return made[kind]

    return site


@pytest.mark.parametrize("number", range(len(FAULTS)), ids=[fault.name for fault in FAULTS])
def test_under_every_fault_each_promise_is_kept(
    number: int, sites: Callable[[str], Site], certificate: ssl.SSLContext
) -> None:
    targets = TARGETS[number % len(TARGETS)]
    case = Case(BY_STEP[TRIED[number % len(TRIED)]], FAULTS[number], targets)
    hooks = [("hurry",)] if case.fault.slow else []
    verdict = play(sites(KINDS[number % len(KINDS)]), case, certificate, hooks, thorough=False)
    assert verdict.wrong == (), verdict.err
    assert verdict.met, "the fault was never met"


def test_a_round_that_breaks_a_promise_says_so(
    new_site: Callable[[Sequence[str]], Site], certificate: ssl.SSLContext
) -> None:
    case = Case(BY_STEP["push"], FAULTS[0], (1,))
    verdict: Verdict = play(new_site(("file", "moto")), case, certificate, [("mutate", "boastful")])
    assert any("lacks" in text for text in verdict.wrong)
