"""A proxy in front of PostgreSQL that pools transactions (or sessions), as pgbouncer does, on 127.0.0.1.

It speaks as much of the protocol (PostgreSQL documentation, chapter 55) as it takes to see where a
transaction ends: messages by length, and the status in ReadyForQuery.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

SSL_REQUEST = 80877103
READY, SYNC, QUERY, PARAMETER, KEY, TERMINATE = b"Z", b"S", b"Q", b"S", b"K", b"X"


def _exactly(source: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = source.recv(count - len(data))
        if not part:
            raise ConnectionError
        data += part
    return data


def _message(source: socket.socket) -> tuple[bytes, bytes]:
    kind = _exactly(source, 1)
    length = _exactly(source, 4)
    return kind, kind + length + _exactly(source, struct.unpack("!I", length)[0] - 4)


def _until_ready(server: socket.socket) -> Iterator[tuple[bytes, bytes]]:
    kind = b""
    while kind != READY:
        kind, message = _message(server)
        yield kind, message


class Pooler:
    """`sessions`: a client keeps its server connection until it goes."""

    def __init__(self, target: tuple[str, int], *, sessions: bool) -> None:
        self._target, self._sessions = target, sessions
        self._free: list[socket.socket] = []
        self._greeting = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _connected(self, startup: bytes) -> socket.socket:
        """A server connection: the one that was given back last, or a new one."""
        if self._free:
            return self._free.pop()
        server = socket.create_connection(self._target)
        server.sendall(startup)
        messages = list(_until_ready(server))
        self._greeting = b"".join(message for kind, message in messages if kind != KEY)
        return server

    def _serve(self, client: socket.socket) -> None:
        server: socket.socket | None = None
        with contextlib.suppress(OSError), client:
            startup = self._startup(client)
            self._free.append(self._connected(startup))
            ready = self._greeting.rindex(READY)
            key = KEY + struct.pack("!IIi", 12, 4711, 4711)
            client.sendall(self._greeting[:ready] + key + self._greeting[ready:])
            while True:
                kind, message = _message(client)
                if kind == TERMINATE:
                    break
                server = server or self._connected(startup)
                server.sendall(message)
                if kind not in (SYNC, QUERY):
                    continue
                for _, answer in _until_ready(server):
                    client.sendall(answer)
                if answer[-1:] == b"I" and not self._sessions:
                    self._free.append(server)
                    server = None
        if server is not None:
            server.close()

    def _startup(self, client: socket.socket) -> bytes:
        while True:
            length = _exactly(client, 4)
            rest = _exactly(client, struct.unpack("!I", length)[0] - 4)
            if struct.unpack("!I", rest[:4])[0] != SSL_REQUEST:
                return length + rest
            client.sendall(b"N")


@contextlib.contextmanager
def pooler(host: str, port: int, *, sessions: bool) -> Iterator[Pooler]:
    """A pooler that takes no more clients at the end, and lets its server connections go."""
    made = Pooler((host, port), sessions=sessions)
    try:
        yield made
    finally:
        made.listener.close()
        for server in made._free:
            server.close()
