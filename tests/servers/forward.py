"""A TCP forwarder, on 127.0.0.1 if not told otherwise, that can be cut, and can delay what passes."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Iterator


class Forwarder:
    """Passes connections on to `target`. `cut` ends them all and refuses new ones.

    What passes arrives `delay` seconds later, so a round trip costs twice that; `chunks` counts the pieces
    that went to the target.
    """

    def __init__(
        self, target: tuple[str, int], delay: float = 0.0, listen: tuple[str, int] = ("127.0.0.1", 0)
    ) -> None:
        self.chunks = 0
        self._target = target
        self._delay = delay
        self._listener = socket.create_server(listen)
        self._open: set[socket.socket] = set()
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection; new ones are refused from now on."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                for source, sink in ((client, server), (server, client)):
                    source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._open.add(source)
                    threading.Thread(
                        target=self._pump, args=(source, sink, source is client), daemon=True
                    ).start()

    def _pump(self, source: socket.socket, sink: socket.socket, upstream: bool) -> None:
        """Read as fast as it comes; what was read waits on its own, so that only latency is added."""
        line: queue.Queue[tuple[float, bytes]] = queue.Queue()
        threading.Thread(target=self._deliver, args=(line, sink), daemon=True).start()
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                self.chunks += upstream
                line.put((time.monotonic() + self._delay, data))
        line.put((time.monotonic() + self._delay, b""))

    def _deliver(self, line: queue.Queue[tuple[float, bytes]], sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                due, data = line.get()
                time.sleep(max(0.0, due - time.monotonic()))
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                sink.sendall(data)


@contextlib.contextmanager
def forwarder(
    host: str, port: int, delay: float = 0.0, listen: tuple[str, int] = ("127.0.0.1", 0)
) -> Iterator[Forwarder]:
    """A forwarder that is cut at the end."""
    made = Forwarder((host, port), delay, listen)
    try:
        yield made
    finally:
        made.cut()
