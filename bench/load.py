"""Loads registry servers with many clients at once: `python bench/load.py [clients] [rounds] [storage]`.

Two servers serve one storage: an empty one whose URL is given, or a directory. Half of the clients push, each
into the one repository they all share; half read it. Printed are the latencies of the requests, and what must
be none: errors, lost pushes, forks. The exit code is 1 where there is any.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import msgspec  # noqa: E402
from tests.registry.simulator import state  # noqa: E402

from backstay.credentials import Credential  # noqa: E402
from backstay.errors import BackstayError, ConflictError  # noqa: E402
from backstay.registry import chain  # noqa: E402
from backstay.registry.http_connection import Connection  # noqa: E402
from backstay.registry.http_replica import HttpReplica  # noqa: E402
from backstay.registry.records import VersionRecord  # noqa: E402
from backstay.schema.canonical import encode  # noqa: E402
from backstay.server.tokens import Tokens  # noqa: E402
from backstay.storage.open import open_store  # noqa: E402

BACKSTAY = Path(sys.executable).with_name("backstay")
SERVERS = 2
STATE = encode(state("a"))
ENTRY = VersionRecord(
    repo="load", sequence=0, version="", state=chain.digest(STATE), parent="", time="2026-01-01T00:00:00Z"
)


class Run(NamedTuple):
    """What the clients saw: seconds by kind of request, errors, and the versions that were acknowledged."""

    seconds: dict[str, list[float]]
    errors: list[str]
    pushed: list[str]


@contextlib.contextmanager
def server(storage: str) -> Iterator[str]:
    """The URL of a server in a process of its own."""
    command = [str(BACKSTAY), "registry", "serve", "--storage", storage]
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen([*command, "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stderr
        url = json.loads(process.stderr.readline())["event"].split()[-1]
        threading.Thread(target=lambda: log.writelines(process.stderr or ()), daemon=True).start()
        try:
            yield url
        finally:
            process.terminate()
            process.wait()


def timed(run: Run, kind: str, step: Callable[[], object]) -> bool:
    """Note how long a step takes. Answers whether it may be taken again: it was not an error."""
    begun = time.perf_counter()
    try:
        step()
    except ConflictError:  # Somebody was faster, as the protocol has it.
        kind = f"{kind}, lost race"
    except BackstayError as error:
        kind = f"{kind}, failed"
        run.errors.append(f"{kind}: {error.message}")
    run.seconds.setdefault(kind, []).append(time.perf_counter() - begun)
    return not kind.endswith("failed")


def push(run: Run, replica: HttpReplica, version: str) -> None:
    """Append an entry, and try again behind whoever was faster."""
    done = False

    def attempt() -> None:
        nonlocal done
        head = replica.head("load")
        sequence, parent = (head.sequence + 1, head.digest) if head else (1, "")
        record = msgspec.structs.replace(ENTRY, sequence=sequence, parent=parent, version=version)
        replica.append("load", chain.seal(record))
        done = True

    while not done:
        if not timed(run, "push", attempt):
            return
    run.pushed.append(version)


def load(urls: list[str], token: str, clients: int, rounds: int) -> Run:
    """All clients at once, each on a connection of its own."""
    run = Run({}, [], [])
    start = threading.Barrier(clients)

    def client(number: int) -> None:
        connection = Connection(urls[number % len(urls)], Credential(token, "the benchmark"))
        replica = HttpReplica(connection)
        start.wait()
        for turn in range(rounds):
            if number % 4 < 2:
                push(run, replica, f"{number}-{turn}")
            else:
                timed(run, "head", lambda: replica.head("load"))
                timed(run, "state", lambda: replica.state("load", ENTRY.state))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return run


def lost(run: Run, replica: HttpReplica) -> list[str]:
    """Acknowledged pushes that are not in the history, and breaks in its chain."""
    head = replica.head("load")
    entries = [replica.entry("load", n) for n in range(1, (head.sequence if head else 0) + 1)]
    broken = [f"entry {b.sequence} is forked" for a, b in pairwise(entries) if not chain.follows(b, a)]
    return [*(set(run.pushed) - {entry.record.version for entry in entries}), *broken]


def main() -> int:
    clients, rounds = (int(text) for text in (*sys.argv[1:3], *("200", "2")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        storage = sys.argv[3] if len(sys.argv) > 3 else f"file://{folder}/registry"
        store = open_store(storage)
        now = datetime.now(UTC)
        expires = now + timedelta(hours=1)
        _, token = Tokens(store).create("load", ["push"], ["*"], now=now, expires=expires)
        urls = [stack.enter_context(server(storage)) for _ in range(SERVERS)]
        replica = HttpReplica(Connection(urls[0], Credential(token, "the benchmark")))
        replica.put_state("load", ENTRY.state, STATE)
        begun = time.perf_counter()
        run = load(urls, token, clients, rounds)
        took = time.perf_counter() - begun
        missing = lost(run, replica)
    print(f"{clients} clients, {rounds} rounds each, {SERVERS} servers: {took:.1f} s")
    for kind, seconds in sorted(run.seconds.items()):
        ordered = sorted(seconds)
        middle, worst = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
        print(f"{kind:16} {len(ordered):6} requests   p50 {middle * 1e3:7.0f} ms   p99 {worst * 1e3:7.0f} ms")
    print(f"pushed {len(run.pushed)}, errors {len(run.errors)}, lost {len(missing)}")
    for problem in (*run.errors[:5], *missing[:5]):
        print(f"  {problem}")
    return 1 if run.errors or missing else 0


if __name__ == "__main__":
    sys.exit(main())
