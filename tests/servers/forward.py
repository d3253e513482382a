"""A TCP forwarder on 127.0.0.1 that can be cut, and can delay what passes."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator


class Forwarder:
    """Passes connections on to `target`. `cut` ends them all and refuses new ones.

    Each chunk that passes waits `delay` seconds first, so a round trip costs twice that; `chunks` counts
    those that went to the target.
    """

    def __init__(self, target: tuple[str, int], delay: float = 0.0) -> None:
        self.chunks = 0
        self._target = target
        self._delay = delay
        self._listener = socket.create_server(("127.0.0.1", 0))
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
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                self.chunks += upstream
                time.sleep(self._delay)
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def forwarder(host: str, port: int, delay: float = 0.0) -> Iterator[Forwarder]:
    """A forwarder that is cut at the end."""
    made = Forwarder((host, port), delay)
    try:
        yield made
    finally:
        made.cut()
