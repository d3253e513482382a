"""SIGKILL at every step: how many there are is counted first, then a process dies at each of them.

A step is a request on the wire to a store, a registry or PostgreSQL (before it reaches the server, or after
the server has done it and before anybody hears of it), or an effect on files and on a SQLite database
(`hooks.kill_at_effect`).
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Literal, Protocol, Self

from tests.chaos.invariants import broken_promises
from tests.chaos.rounds import healed
from tests.chaos.site import Site
from tests.chaos.steps import Done, Step
from tests.chaos.zygote import Process

Moment = Literal["before", "after"]
"""Of a request that a process dies at: before the server gets it, or after the server has done it."""


class Forwarded(Protocol):
    """A request, of HTTP or of PostgreSQL, that is on its way."""

    def forward(self) -> object:
        """Let the server do it."""


class Killer:
    """While it is entered, ends the command of a site at its request of a number, from 1; with 0, none."""

    def __init__(self, site: Site, number: int = 0, moment: Moment = "before") -> None:
        self.count = 0
        self.killed = False
        self._number, self._moment = number, moment
        self._site = site
        self._process: Process | None = None
        self._started = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._site.on_start = self._meet
        self._watch_with(self._watch)
        return self

    def __exit__(self, *_: object) -> None:
        self._site.on_start = lambda process: None
        self._watch_with(lambda exchange: None)

    def _watch_with(self, watch: Callable[[Forwarded], None]) -> None:
        for through in (*(place.through for place in self._site.places), self._site.target.through):
            if through:
                through.watch = watch

    def _meet(self, process: Process) -> None:
        self._process = process
        self._started.set()

    def _watch(self, exchange: Forwarded) -> None:
        """What is killed does not speak any more: what it was about to say ends here."""
        self._started.wait()
        with self._lock:
            if self.killed:
                raise ConnectionError
            self.count += 1
            if self.count != self._number:
                return
            if self._moment == "after":
                exchange.forward()
            self.killed = True
            assert self._process
            os.kill(self._process.pid, signal.SIGKILL)
        raise ConnectionError


def requests_of(site: Site, step: Step) -> int:
    """How many requests a step makes that lives."""
    given = step.prepare(site)
    with Killer(site) as killer:
        done = step.take(site, given, ())
    assert done.ran.worked, done.ran.err
    return killer.count


def effects_of(site: Site, step: Step) -> int:
    """How many effects a step has that lives."""
    given = step.prepare(site)
    counted = site.directory / f"effects-{site.number()}"
    done = step.take(site, given, [("kill_at_effect", 0, str(counted))])
    assert done.ran.worked, done.ran.err
    return counted.stat().st_size


def die_at_request(site: Site, step: Step, number: int, moment: Moment) -> tuple[bool, list[str]]:
    """Was the process killed at this request? And what is wrong afterwards."""
    given = step.prepare(site)
    with Killer(site, number, moment) as killer:
        done = step.take(site, given, ())
    return killer.killed, list(_aftermath(site, step, given, done))


def die_at_effect(site: Site, step: Step, number: int) -> tuple[bool, list[str]]:
    """The same, at an effect."""
    given = step.prepare(site)
    done = step.take(site, given, [("kill_at_effect", number)])
    return done.ran.code == -signal.SIGKILL, list(_aftermath(site, step, given, done))


def _aftermath(site: Site, step: Step, given: str, done: Done) -> Iterator[str]:
    """What must hold right after a death, and once a fresh process has taken the step again."""
    yield from done.lies
    if done.ran.code not in (0, -signal.SIGKILL):
        yield f"{done.ran.command} ended with {done.ran.code}: {done.ran.err}"
    yield from broken_promises(site.copies())
    yield from healed(site, step, given)
