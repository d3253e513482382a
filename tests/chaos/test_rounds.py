"""A fault of each effect, at a registry or a backup: nothing is lost, and nobody claims what is not so.

`make chaos` tries all faults.
"""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable, Iterator, Sequence
from typing import get_args

import pytest

from tests.chaos.harms import FAULTS, Effect
from tests.chaos.rounds import Case, Verdict, play
from tests.chaos.site import Site, topology
from tests.chaos.trials import BY_STEP

TRIED = ("push", "apply", "approve", "sync")
TARGETS = ((0,), (1,), (0, 1))
KINDS = ("moto", "server")
SEED = 1


def drawn() -> Iterator[int]:
    """The number of one harm for each effect, as the seed has it, and of each state that a target is in."""
    chance = random.Random(SEED)
    for effect in get_args(Effect):
        yield chance.choice([n for n, fault in enumerate(FAULTS) if fault.effect == effect and fault.harm])
    yield from (n for n, fault in enumerate(FAULTS) if not fault.harm and not fault.slow)


@pytest.fixture(scope="module")
def sites(new_sites: Callable[[Sequence[str]], Site]) -> Callable[[str], Site]:
    """One site for each kind of target, which is healthy again after each round."""
    made: dict[str, Site] = {}

    def site(kind: str) -> Site:
        if kind not in made:
            made[kind] = new_sites(topology(kind))
        return made[kind]

    return site


@pytest.mark.parametrize("number", list(drawn()), ids=lambda number: FAULTS[number].name)
def test_under_a_fault_each_promise_is_kept(
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
