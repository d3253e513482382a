"""What is done to a process of Backstay before its command begins (see `zygote`)."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
from typing import Any

EFFECTS = frozenset({"os.link", "os.rename", "os.remove", "os.mkdir"})
"""Audit events (docs.python.org, "Audit events table") before something changes outside of the process."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def kill_at_effect(number: int, counted: str = "") -> None:
    """SIGKILL itself before its effect of that number, from 1: on files, or a statement of SQLite.

    With 0 it lives; how many effects there were is then in the file `counted`.
    """
    lock = threading.Lock()
    seen = 0

    def tick(*_: Any) -> None:
        nonlocal seen
        with lock:
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)
            if counted:
                descriptor = os.open(counted, os.O_RDONLY | os.O_CREAT, 0o600)
                os.close(descriptor)
                os.truncate(counted, seen)

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if not flags & WRITING or path == counted or str(path).startswith(("/dev", "/proc")):
                return
        elif event not in EFFECTS:
            return
        tick()

    connect = sqlite3.connect

    def traced(*given: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(*given, **named)
        connection.set_trace_callback(tick)
        return connection

    sqlite3.connect = traced  # type: ignore[assignment]
    sys.addaudithook(audit)


def trace_connections(path: str) -> None:
    """Append the port of every TCP connection that is tried to a file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            os.write(descriptor, b"%d\n" % arguments[1][1])

    sys.addaudithook(audit)


def hurry() -> None:
    """Wait for a second where a client would wait for six: for runs that measure no time."""
    from backstay.registry import http_connection, patience, replicated
    from backstay.registry.copies import Budget
    from backstay.storage import remote

    for module in (remote, http_connection):
        module.CONNECT_SECONDS = module.READ_SECONDS = 1.0  # type: ignore[assignment, misc]
        module.PAUSES = (0.01, 0.02)  # type: ignore[misc]
    patience.SECONDS = 0.6  # type: ignore[misc]
    defaults: Any = replicated.ReplicatedRegistry.__init__.__kwdefaults__
    defaults["budget"] = Budget(answer=3, grace=1, read=6, write=20)


def clock(seconds: float, swing: float = 0.0) -> None:
    """The time of day is another one; with `swing` it jumps at every look, so far each way at most."""
    import datetime as library
    import random
    import time

    real = library.datetime
    real_time = time.time

    def shift() -> float:
        return seconds + random.uniform(-swing, swing)

    class Shifted(real):  # type: ignore[misc, valid-type]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return real.now(tz) + library.timedelta(seconds=shift())

    time.time = lambda: real_time() + shift()  # type: ignore[assignment]
    for name, module in list(sys.modules.items()):
        if name.startswith("backstay") and getattr(module, "datetime", None) is real:
            module.datetime = Shifted  # type: ignore[attr-defined]


def file_limit(size: int) -> None:
    """No file may grow beyond so many bytes: writes fail half way, as on a full disk."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def mutate(name: str) -> None:
    """Take a guard out: see `mutations`."""
    from tests.chaos import mutations

    getattr(mutations, name)()
