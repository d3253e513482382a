"""What is tried beside single faults: outages by the clock, disks, clocks, caches, many writers."""

from __future__ import annotations

import contextlib
import random
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.chaos.harms import BY_NAME
from tests.chaos.invariants import Copy, broken_promises, not_caught_up, not_where_claimed
from tests.chaos.rounds import healed, misbehaved
from tests.chaos.site import JSON, Ran, Site, ended
from tests.chaos.steps import STEPS, Step
from tests.chaos.zygote import Hook
from tests.servers.proxy import Exchange, Harm

BUDGET_SECONDS: Final = 10.0
"""What a whole read may take by default (docs/registry.md)."""
LENIENCE: Final = 1.5
PUSHERS: Final = 8
BY_STEP: Final = {step.name: step for step in STEPS}


def timed(site: Site, step: Step, fault: str) -> tuple[float, int, list[str]]:
    """How much longer a step takes while the registry is away, how often that was met, and what is wrong.

    Seconds; compared with the same step where all is well, because a machine may be busy with other things.
    """
    through = site.places[0].through
    assert through
    usual = -time.monotonic()
    assert step.take(site, step.prepare(site), ()).ran.worked
    usual += time.monotonic()
    given = step.prepare(site)
    through.harm(BY_NAME[fault].harm)
    if begin := BY_NAME[fault].begin:
        begin(through)
    began = time.monotonic()
    done = step.take(site, given, ())
    seconds = time.monotonic() - began
    met = through.met if through.met or not BY_NAME[fault].begin else 1
    through.reopen()
    through.harm(None)
    wrong = [*misbehaved(done.ran), *done.lies]
    if not done.ran.worked:
        wrong.append(f"{done.ran.command} had to succeed: {done.ran.err}")
    waited = seconds - usual
    if waited > BUDGET_SECONDS * LENIENCE:
        wrong.append(f"{done.ran.command} took {seconds:.1f} s, and {usual:.1f} where all is well")
    return waited, met, [*wrong, *healed(site, step, given)]


@contextlib.contextmanager
def full_disk(site: Site, index: int) -> Iterator[str]:
    """A disk of a megabyte for a target, full but for a little; how it is made is what this yields.

    Where this machine does not let us mount one, a limit on the size of files does nearly the same.
    """
    folder = Path(site.places[index].url.removeprefix("file://"))
    kept = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        yield "limit"
        return
    try:
        for name, data in kept.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        with contextlib.suppress(OSError), (folder / "ballast").open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))
        yield "mount"
        (folder / "ballast").unlink()
        after = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    finally:
        subprocess.run(["umount", str(folder)], check=True)
    for name, data in after.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def on_a_full_disk(site: Site, step: Step, index: int) -> tuple[int, list[str]]:
    """A step while the disk of a target, a directory, is full; how often that was met, and what is wrong."""
    given = step.prepare(site)
    with full_disk(site, index) as how:
        done = step.take(site, given, [("file_limit", 40)] if how == "limit" else [])
        wrong = [*misbehaved(done.ran), *done.lies, *broken_promises(site.copies())]
    met = done.ran.err.count("No space left") + done.ran.err.count("too large")
    return met, [*wrong, *healed(site, step, given)]


def with_broken_writes(site: Site, step: Step, size: int) -> tuple[int, list[str]]:
    """A step that cannot write more than so many bytes to any file: every directory, and the cache."""
    given = step.prepare(site)
    done = step.take(site, given, [("file_limit", size)])
    wrong = [*misbehaved(done.ran), *done.lies, *broken_promises(site.copies())]
    met = int(not done.ran.worked) + done.ran.err.count("too large")
    return met, [*wrong, *healed(site, step, given)]


def without_cache(site: Site, step: Step, kind: str) -> list[str]:
    """A step whose cache directory is no directory, cannot be made, or holds other things than it should."""
    cache = site.directory / f"cache-{site.number()}"
    match kind:
        case "file":
            cache.write_text("not a directory")
        case "nowhere":
            cache = Path("/proc/nowhere")
        case "dangling":
            cache.symlink_to("/nonexistent/elsewhere")
        case "garbage":
            (cache / "registry").mkdir(parents=True)
            for seen in (site.directory / "cache" / "registry").iterdir():
                (cache / "registry" / seen.name).write_bytes(b'{"sequence": 1e99')
        case "directories":
            for seen in (site.directory / "cache" / "registry").iterdir():
                (cache / "registry" / seen.name).mkdir(parents=True)
    given = step.prepare(site)
    site.environment["BACKSTAY_CACHE_DIR"] = str(cache)
    try:
        done = step.take(site, given, ())
    finally:
        site.environment.clear()
    wrong = [*misbehaved(done.ran), *done.lies]
    if not done.ran.worked:
        wrong.append(f"{done.ran.command} had to succeed: {done.ran.err}")
    return [*wrong, *healed(site, step, given)]


CACHES: Final = ("file", "nowhere", "dangling", "garbage", "directories")


def at_another_time(site: Site, step: Step, seconds: float, swing: float) -> list[str]:
    """A step on a machine whose clock is wrong, or jumps."""
    given = step.prepare(site)
    done = step.take(site, given, [("clock", seconds, swing)])
    wrong = [*misbehaved(done.ran), *done.lies]
    if not done.ran.worked:
        wrong.append(f"{done.ran.command} had to succeed: {done.ran.err}")
    return [*wrong, *broken_promises(site.copies()), *healed(site, step, given)]


def many_writers(
    site: Site, chance: random.Random, harms: Sequence[Harm], hooks: Sequence[Hook] = ()
) -> tuple[int, list[str]]:
    """Pushers at once, each with a content of its own, while requests fail now and then.

    How often they did, and what is wrong.
    """
    for place in site.places:
        if place.through and harms:
            dice = random.Random(chance.random())
            place.through.harm(
                _now_and_then(dice, harms), due=lambda number, request, dice=dice: dice.random() < 0.06
            )  # type: ignore[misc]
    running = []
    for _ in range(PUSHERS):
        table = f"w{site.number()}"
        (site.directory / f"{table}.sql").write_text(f"CREATE TABLE {table} (id integer);\n")
        arguments = ("schema", "push", "--env", "e", "--url", f"file://{table}.sql", "--tag", table, *JSON)
        running.append((table, arguments, site.start(*arguments, hooks=hooks)))
        site.attempted.append(table)
    ran = [(table, ended(arguments, process)) for table, arguments, process in running]
    met = 0
    for place in site.places:
        if place.through:
            met += place.through.met
            place.through.harm(None)
    return met, [*_judged(site, ran)]


def _judged(site: Site, ran: Sequence[tuple[str, Ran]]) -> Iterator[str]:
    """What is wrong after many pushes.

    Who could not reach the registry while others could may have pushed to a backup alone, which is forked
    then. That is no loss as long as it is reported and can be settled without losing what was pushed.
    """
    copies = site.copies()
    promises, forks = _parted(copies)
    yield from promises
    for table, each in ran:
        yield from misbehaved(each)
        if each.worked:
            site.kept[table] = True
            yield from not_where_claimed([copies[index] for index in site.claimed(each)], [table])
    if not any(each.worked for _, each in ran):
        yield f"no push got through: {ran[0][1].err}"
    if forks:
        yield from _settled(site)
    if not site.push().worked:
        yield "once healthy, a push fails"
    copies = site.copies()
    yield from (*broken_promises(copies), *not_caught_up(copies, site.kept))


def _parted(copies: Sequence[Copy]) -> tuple[list[str], list[str]]:
    found = broken_promises(copies)
    forks = [text for text in found if "is another one than" in text]
    return [text for text in found if text not in forks], forks


def _settled(site: Site) -> Iterator[str]:
    """The fork is reported; the registry's history is kept, and the other one put aside."""
    verified = site.registry("verify", "--env", "e")
    if verified.worked or "forked" not in verified.out:
        yield f"a fork is not reported: {verified.out}"
    settled = site.registry("sync", "--env", "e", "--keep", site.urls[0], "--branch", "lost")
    if not settled.worked:
        yield f"a fork cannot be settled: {settled.out} {settled.err}"
    copies = site.copies()
    for table in site.kept:
        site.kept[table] = site.kept[table] and table in copies[0].tables()
        if not any(table in copy.everything() for copy in copies):
            yield f"{table} was acknowledged, and is nowhere once the fork is settled"


def _now_and_then(dice: random.Random, harms: Sequence[Harm]) -> Harm:
    def harm(exchange: Exchange) -> None:
        dice.choice(harms)(exchange)

    return harm


class LaggingList:
    """Lists that a target answered before are answered again as they were then, so many times each."""

    def __init__(self, times: int) -> None:
        self.replayed = 0
        self._times = times
        self._seen: dict[str, bytes] = {}
        self._left: dict[str, int] = {}
        self._lags = False

    def begin(self) -> None:
        self._lags = True
        self._left = dict.fromkeys(self._seen, self._times)

    def __call__(self, exchange: Exchange) -> None:
        target = exchange.request.target
        if not _is_list(exchange.request.method, target):
            exchange.answer(exchange.forward())
            return
        if self._lags and self._left.get(target, 0) > 0:
            self._left[target] -= 1
            self.replayed += 1
            exchange.answer(self._seen[target])
            return
        answer = exchange.forward()
        self._seen.setdefault(target, answer)
        exchange.answer(answer)


def _is_list(method: str, target: str) -> bool:
    signs = ("list-type=2", "/o?", "comp=list", "/tags/list")
    return method == "GET" and any(sign in target for sign in signs)


def lagging(site: Site, index: int, times: int) -> tuple[int, list[str]]:
    """Pushes while the lists of a target are those of an earlier time; how often, and what is wrong."""
    through = site.places[index].through
    assert through
    lists = LaggingList(times)
    through.harm(lists)
    wrong: list[str] = []
    for turn in range(3):
        if turn == 1:
            lists.begin()
        done = BY_STEP["push"].take(site, BY_STEP["push"].prepare(site), ())
        wrong += [*misbehaved(done.ran), *done.lies, *broken_promises(site.copies())]
        if turn == 1:
            read = BY_STEP["apply"].take(site, "", ())
            wrong += [*misbehaved(read.ran), *read.lies]
    through.harm(None)
    return lists.replayed, [*wrong, *healed(site, BY_STEP["push"], BY_STEP["push"].prepare(site))]
