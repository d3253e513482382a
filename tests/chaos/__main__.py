"""`make chaos`: break what can be broken, by chance but the same for a seed, and print what came of it.

`python -m tests.chaos [--seed N] [--rounds N] [--kills N] [--seconds N]`. The exit code is 1 where anything
was lost or no fault was met, and 128 and its number after a signal. What there is no time for is left out,
and that is said.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Final, Protocol

from tests.chaos import kills, trials
from tests.chaos.harms import FAULTS, lost_answer, reply, reset_at_once
from tests.chaos.outcome import Trial, Tried, exit_code, outcome, table
from tests.chaos.places import KINDS, World, world
from tests.chaos.rounds import Case, case_of, certificate_of_nobody, play
from tests.chaos.site import Site, topology
from tests.chaos.targets import Target
from tests.chaos.trials import BY_STEP
from tests.chaos.zygote import zygote

ROUNDS, KILLS, SECONDS = 60, 30, 540
MOMENTS: Final[tuple[kills.Moment, ...]] = ("before", "after")
ON_THE_WIRE: Final = tuple(kind for kind in KINDS if kind != "file")
OUTAGES: Final = ("accepted, no answer", "connections swallowed")
KILLED: Final = ("push", "plan", "approve", "rm", "sync", "restore", "prune", "apply", "migrate")
"""Steps that a process is killed in."""
ON_POSTGRES: Final = ("push", "plan", "approve", "sync", "apply", "migrate")
"""Those that are killed with a server as the registry and databases of PostgreSQL, too."""


class NewSite(Protocol):
    """Makes a site with targets of these kinds, which something was pushed to."""

    def __call__(self, kinds: Sequence[str], target: Target | None = None) -> Site: ...


class Chaos:
    """Everything that is tried, in an order that the seed decides."""

    def __init__(self, places: World, new_site: NewSite, seed: int) -> None:
        self._places, self._new, self._seed = places, new_site, seed

    def chance(self, what: str) -> random.Random:
        """Chance that depends on the seed and on nothing that ran before."""
        return random.Random(f"{self._seed} {what}")

    def trials(self, rounds: int, kill: int) -> Iterator[Trial]:
        """One of each kind in turn, as long as there are any."""
        scenes = (self._outages(), self._writers(), self._lists(), self._machines())
        kinds = (self._rounds(rounds), self._kills(kill), *scenes)
        for turn in itertools.zip_longest(*kinds):
            yield from filter(None, turn)

    def _outages(self) -> Iterator[Trial]:
        def outage(kind: str, fault: str, name: str) -> Tried:
            with self._new(topology(kind)) as site:
                seconds, met, wrong = trials.timed(site, BY_STEP[name], fault)
            return Tried(f"{name} with the registry away", f"{kind}, {fault}", met > 0, wrong, seconds)

        for kind in ("moto", "server"):
            for fault in OUTAGES:
                for name in ("push", "plan", "apply"):
                    yield partial(outage, kind, fault, name)

    def _writers(self) -> Iterator[Trial]:
        harms = (reply(503), reply(429), lost_answer, reset_at_once)

        def writers(kind: str) -> Tried:
            with self._new(topology(kind)) as site:
                met, wrong = trials.many_writers(site, self.chance(f"writers {kind}"), harms)
            return Tried(
                f"{trials.PUSHERS} pushers at once, faults on", kind, met > 0 or kind == "file", wrong
            )

        for kind in ("file", "moto", "server", "signing server"):
            yield partial(writers, kind)

    def _lists(self) -> Iterator[Trial]:
        def lagging(kind: str, index: int, times: int) -> Tried:
            with self._new(topology(kind)) as site:
                met, wrong = trials.lagging(site, index, times)
            return Tried("lists that lag", f"{kind}, target {index}, {times} times", met > 0, wrong)

        for kind in ("moto", "gcs", "azurite"):
            index, times = self.chance(f"lists {kind}").choice(((0, 1), (0, 3), (1, 1), (1, 3)))
            yield partial(lagging, kind, index, times)

    def _machines(self) -> Iterator[Trial]:
        """Disks, caches and clocks of the machine that a command runs on."""

        def alone(group: str, name: str, run: Callable[[Site], tuple[int, list[str]]]) -> Tried:
            with self._new(topology("file")) as site:
                met, wrong = run(site)
            return Tried(group, name, met > 0, wrong)

        def plain(run: Callable[[Site], list[str]]) -> Callable[[Site], tuple[int, list[str]]]:
            return lambda site: (1, run(site))

        chance = self.chance("machines")
        for name, index in itertools.product(("push", "approve"), (0, 1)):
            yield lambda n=name, i=index: alone(  # type: ignore[misc]
                "full disk", f"{n}, target {i}", lambda site: trials.on_a_full_disk(site, BY_STEP[n], i)
            )
        for name in ("push", "approve", "sync"):
            yield lambda n=name, size=chance.choice((1, 60, 200)): alone(  # type: ignore[misc]
                "writes that end half way", n, lambda site: trials.with_broken_writes(site, BY_STEP[n], size)
            )
        for kind in trials.CACHES:
            yield lambda k=kind, n=chance.choice(("push", "apply")): alone(  # type: ignore[misc]
                "no usable cache", f"{k}, {n}", plain(lambda site: trials.without_cache(site, BY_STEP[n], k))
            )
        for seconds, swing in ((-700 * 86400, 0), (700 * 86400, 0), (0, 2 * 86400)):
            for name in chance.sample(("push", "approve", "apply", "prune"), 2):
                yield lambda n=name, s=seconds, w=swing: alone(  # type: ignore[misc]
                    "clock wrong or jumping",
                    n,
                    plain(lambda site: trials.at_another_time(site, BY_STEP[n], s, w)),
                )

    def _kills(self, count: int) -> Iterator[Trial]:
        """Some points of some steps, as the seed has it; `count` 0 stands for every point of every step."""
        chance = self.chance("kills")
        steps = [
            (kind, name)
            for kind, name in itertools.product(("file", "moto", "server"), KILLED)
            if kind != "server" or BY_STEP[name].servers
        ]
        steps += [("postgres", name) for name in ON_POSTGRES]
        if not count:
            points = [
                (*step, n, m) for step in steps for n in range(1, self._points(*step) + 1) for m in MOMENTS
            ]
            yield from (
                partial(self._kill, *point) for point in points if point[0] != "file" or point[3] == "before"
            )
        for _ in range(count):
            kind, name = chance.choice(steps)
            place, moment = chance.random(), chance.choice(MOMENTS)
            yield partial(self._kill_at, kind, name, place, moment)

    @cache  # noqa: B019
    def _points(self, kind: str, name: str) -> int:
        """How many points a step has at which it can be killed."""
        with self._killed_site(kind) as site:
            return (kills.effects_of if kind == "file" else kills.requests_of)(site, BY_STEP[name])

    def _kill_at(self, kind: str, name: str, place: float, moment: kills.Moment) -> Tried:
        """Kill at a point that is given as a part of the way from the first (0) to the last (1)."""
        return self._kill(kind, name, 1 + int(place * self._points(kind, name)), moment)

    def _killed_site(self, kind: str) -> Site:
        if kind == "postgres":
            return self._new(topology("server"), self._places.postgres())
        return self._new(topology(kind))

    def _kill(self, kind: str, name: str, number: int, moment: kills.Moment) -> Tried:
        with self._killed_site(kind) as site:
            if kind == "file":
                met, wrong = kills.die_at_effect(site, BY_STEP[name], number)
            else:
                met, wrong = kills.die_at_request(site, BY_STEP[name], number, moment)
        return Tried(f"SIGKILL in {name}", f"{kind}, {moment} {number}", met, wrong)

    def _rounds(self, count: int) -> Iterator[Trial]:
        """Each fault in turn, in an order that the seed decides."""
        certificate = certificate_of_nobody()
        faults = self.chance("faults").sample(FAULTS, len(FAULTS))
        for number in range(count):
            chance = self.chance(f"round {number}")
            kind = ON_THE_WIRE[number % len(ON_THE_WIRE)]
            case = case_of(faults[number % len(faults)], kind, chance)

            def round_(kind: str = kind, case: Case = case) -> Tried:
                with self._new(topology(kind)) as site:
                    verdict = play(site, case, certificate)
                return Tried(
                    verdict.case.fault.name, f"{kind}: {verdict.case.name}", verdict.met > 0, verdict.wrong
                )

            yield round_


class Stopped(BaseException):
    """Somebody wants this to end: what was begun is put away, and what is known is said."""


def stop(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise Stopped(128 + number)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of a step under a fault")
    parser.add_argument("--kills", type=int, default=KILLS, help="points at which processes die; 0 for all")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="after which nothing new begins")
    return parser.parse_args()


@contextlib.contextmanager
def sites() -> Iterator[tuple[World, NewSite]]:
    """The servers, and what makes a site with targets of these kinds; all is gone at the end."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        root = Path(folder)
        processes = stack.enter_context(zygote(root))
        places = stack.enter_context(world(root))
        numbers = itertools.count(1)

        def new_site(kinds: Sequence[str], target: Target | None = None) -> Site:
            site = Site(places, processes, root / f"site-{next(numbers)}", kinds, target)
            pushed = site.push()
            assert pushed.worked, pushed.err
            return site

        yield places, new_site


def run(given: argparse.Namespace, tried: list[Tried]) -> bool:
    """Note in `tried` what came of each trial; whether there was time for all."""
    end = time.monotonic() + given.seconds
    with sites() as (places, new_site):
        for trial in Chaos(places, new_site, given.seed).trials(given.rounds, given.kills):
            if time.monotonic() > end:
                return False
            tried.append(outcome(trial))
            for text in tried[-1].wrong:
                print(f"LOST {tried[-1].group}, {tried[-1].name}: {text}", flush=True)
    return True


def main() -> int:
    given = arguments()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    print(f"seed {given.seed}, {given.rounds} rounds, {given.kills or 'all'} kills", flush=True)
    tried: list[Tried] = []
    began = time.monotonic()
    stopped = 0
    try:
        if not run(given, tried):
            print("the time was up: more is tried with SECONDS=…")
    except Stopped as signalled:
        stopped = signalled.args[0]
        print("stopped before all was tried")
    print(table(tried))
    met, lost = sum(each.met for each in tried), sum(bool(each.wrong) for each in tried)
    print(f"{len(tried)} tried, {met} met, {lost} lost, {time.monotonic() - began:.0f} s")
    return stopped or exit_code(tried)


if __name__ == "__main__":
    sys.exit(main())
