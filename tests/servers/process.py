"""Programs and threads that serve a port of 127.0.0.1."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from socketserver import BaseServer

START_SECONDS = 300.0
PORTS = range(10_000, 32_768)
STOP_SECONDS = 0.02
"""How soon a thread that serves sees that it is to stop; its own default is half a second for each test."""


def free_port() -> int:
    """A port nobody listens on at this moment.

    It is none of those that the kernel gives to outgoing connections (ip_local_port_range in ip(7)), which on
    a busy machine would have it before who asked for it.
    """
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def running(command: Sequence[str], port: int, environ: Mapping[str, str] = {}) -> Iterator[None]:
    """The process while it listens. Its output is shown only when it does not start."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1", **environ}
        )
        try:
            if not _listens(process, port):
                log.seek(0)
                raise RuntimeError(f"{command[0]} did not start:\n{log.read().decode(errors='replace')}")
            yield
        finally:
            process.terminate()
            process.wait()


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        time.sleep(0.05)
    return False


@contextlib.contextmanager
def serving(server: BaseServer) -> Iterator[None]:
    """The server in a thread of this process; closed afterwards."""
    thread = threading.Thread(target=server.serve_forever, args=(STOP_SECONDS,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
