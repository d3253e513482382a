"""Runs command lines in fresh processes that need no time to start: forks of this one, with all imported.

Run as a program: a line of JSON on stdin asks for a process, lines on stdout tell its pid and how it ended.
It has no threads, so a fork is as good as a start. Each process goes through `cli.main`, as `backstay` does.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[2]
WARM = (
    "backstay.cli",
    "backstay.operations",
    "backstay.operations.registry",
    "backstay.report.documents",
    "backstay.report.console",
    "backstay.dialects.sqlite",
    "backstay.engine.lint",
    "backstay.registry.http_replica",
    "backstay.storage.s3",
    "backstay.storage.gcs",
    "backstay.storage.azure",
    "backstay.storage.oci",
    "backstay.storage.oci_connection",
    "backstay.storage.s3_transport",
    "backstay.storage.s3_errors",
    "botocore.session",
    "requests",
    "google.cloud.storage",
    "azure.storage.blob",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "tests.chaos.hooks",
)
"""What commands import, and so need not."""
Hook = tuple[Any, ...]
"""The name of a function of `tests.chaos.hooks`, and its arguments."""


class Process:
    """A command that runs, or ran: `code` is negative for the signal that ended it. `rss` is in KiB."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._begun, self._ended = threading.Event(), threading.Event()
        self.pid = 0
        self.code = 0
        self.rss = 0

    def told(self, message: Mapping[str, int]) -> None:
        if "pid" in message:
            self.pid = message["pid"]
            self._begun.set()
        else:
            self.code, self.rss = message["code"], message["rss"]
            self._ended.set()

    def started(self) -> Process:
        assert self._begun.wait(60), "the zygote does not answer"
        return self

    def wait(self, seconds: float = 90) -> Process:
        assert self._ended.wait(seconds), f"the command does not end: {self.err}"
        return self

    @property
    def out(self) -> str:
        return self._out.with_suffix(".out").read_text()

    @property
    def err(self) -> str:
        return self._out.with_suffix(".err").read_text()


class Zygote:
    """The client's side of it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._jobs: list[Process] = []
        self._lock = threading.Lock()
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.zygote"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self._listen, daemon=True).start()

    def start(
        self, arguments: Sequence[str], cwd: Path, environ: Mapping[str, str], hooks: Sequence[Hook] = ()
    ) -> Process:
        """Begin a command; its output is in files beside those of the others."""
        with self._lock:
            number = len(self._jobs)
            process = Process(self._directory / f"{number}.job")
            self._jobs.append(process)
            job = [number, list(arguments), str(cwd), dict(environ), str(process._out), list(hooks)]
            assert self._program.stdin
            self._program.stdin.write(json.dumps(job) + "\n")
            self._program.stdin.flush()
        return process.started()

    def run(self, *arguments: Any, **options: Any) -> Process:
        return self.start(*arguments, **options).wait()

    def close(self) -> None:
        assert self._program.stdin
        self._program.stdin.close()
        self._program.wait()

    def _listen(self) -> None:
        for line in self._program.stdout or ():
            message = json.loads(line)
            self._jobs[message.pop("job")].told(message)


@contextlib.contextmanager
def zygote(directory: Path) -> Iterator[Zygote]:
    """A zygote that puts the output of its processes into this directory."""
    made = Zygote(directory)
    try:
        yield made
    finally:
        made.close()


def _live(job: list[Any]) -> NoReturn:
    """In the new process: the command, from its hooks to its exit code."""
    _, arguments, cwd, environ, out, called = job
    code = 70
    try:
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(environ)
        for number, suffix in ((0, ".in"), (1, ".out"), (2, ".err")):
            file = os.open(Path(out).with_suffix(suffix), os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, number)
        from backstay.cli import main
        from tests.chaos import hooks

        for name, *values in called:
            getattr(hooks, name)(*values)
        code = main(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(code)


def _serve() -> None:
    """Fork for each line, and tell of each child that ends, until there are no more lines.

    What still runs then is of no use to anybody, and killed.
    """
    _warm_up()
    running: dict[int, int] = {}
    buffered = b""
    while True:
        ready, _, _ = select.select([0], [], [], 0.005 if running else None)
        if ready:
            data = os.read(0, 1 << 16)
            if not data:
                for pid in running:
                    os.kill(pid, signal.SIGKILL)
                return
            *lines, buffered = (buffered + data).split(b"\n")
            for line in lines:
                job = json.loads(line)
                pid = os.fork()
                if pid == 0:
                    _live(job)
                running[pid] = job[0]
                _tell(job=job[0], pid=pid)
        for pid in list(running):
            found, status, usage = os.wait4(pid, os.WNOHANG)
            if found:
                code = os.waitstatus_to_exitcode(status)
                _tell(job=running.pop(pid), code=code, rss=usage.ru_maxrss)


def _tell(**message: int) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


def _warm_up() -> None:
    """Import what commands need, so that they need not."""
    import importlib

    from backstay.storage.s3 import _loader

    for name in WARM:
        importlib.import_module(name)
    loader = _loader()
    for part in ("endpoint-rule-set-1", "service-2"):
        loader.load_service_model("s3", part)


if __name__ == "__main__":
    _serve()
