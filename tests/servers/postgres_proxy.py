"""A proxy before a PostgreSQL server that shows each request before the server gets it.

A request is what ends in Query or Sync (PostgreSQL documentation, "Message Formats"): the server does all of
it, and then says ReadyForQuery.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO

LENGTH = 4
"""Bytes of the length that stands before the body of a message, and is counted with it."""
QUERY, SYNC, FLUSH, READY = b"Q", b"S", b"H", b"Z"


class Request:
    """One request of a client that the server has not got yet."""

    def __init__(self, line: _Line, data: bytes) -> None:
        self._line = line
        self.data = data

    def forward(self) -> None:
        """Let the server do it, and keep from the client that it was done."""
        self._line.silent.set()
        self._line.server.sendall(self.data)
        assert self._line.ready.wait(60), "PostgreSQL does not finish a request"


class PostgresProxy:
    """`watch` sees every request; what it raises ends the connection."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self.watch: Callable[[Request], None] = lambda request: None
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), socket.create_connection(self._upstream) as server:
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line = _Line(client, server)
            threading.Thread(target=line.answer, daemon=True).start()
            try:
                for request in line.requests():
                    self.watch(request)
                    server.sendall(request.data)
            finally:
                server.shutdown(socket.SHUT_RDWR)  # Now, and not when nobody reads from it any more.


class _Line:
    """A connection of a client and the one to the server for it."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.silent, self.ready = threading.Event(), threading.Event()

    def requests(self) -> Iterator[Request]:
        """What the client asks. What waits for no ReadyForQuery goes to the server at once."""
        stream = self.client.makefile("rb")
        self.server.sendall(_message(stream, kind=0))
        pending = b""
        while message := _message(stream):
            pending += message
            if message[:1] in (QUERY, SYNC):
                yield Request(self, pending)
                pending = b""
            elif message[:1] == FLUSH:
                self.server.sendall(pending)
                pending = b""
        self.server.sendall(pending)

    def answer(self) -> None:
        """Hand on what the server says, unless nobody is to hear it."""
        stream = self.server.makefile("rb")
        with contextlib.suppress(OSError):
            while message := _message(stream):
                if not self.silent.is_set():
                    self.client.sendall(message)
                elif message[:1] == READY:
                    self.ready.set()
            self.client.shutdown(socket.SHUT_RDWR)


def _message(stream: BinaryIO, kind: int = 1) -> bytes:
    """The next message, b"" at the end. Its kind is a byte before its length; the first one has none."""
    head = stream.read(kind + LENGTH)
    if len(head) < kind + LENGTH:
        return b""
    return head + stream.read(int.from_bytes(head[kind:]) - LENGTH)


@contextlib.contextmanager
def postgres_proxy(upstream: tuple[str, int]) -> Iterator[PostgresProxy]:
    """A proxy before the server there, closed at the end."""
    made = PostgresProxy(upstream)
    try:
        yield made
    finally:
        made.close()
