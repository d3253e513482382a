"""An HTTP proxy on a TCP port of 127.0.0.1 that does harm when told to, and counts it.

Requests and answers pass as the bytes they are, each over connections of its own, so that what a harm does
to one is all that happens to it.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator

import msgspec

HEAD_END = b"\r\n\r\n"
RESET = b"\1\0\0\0\0\0\0\0"
"""SO_LINGER with no time to linger: closing the socket resets the connection."""


class Request(msgspec.Struct, frozen=True):
    """A request as it is on the wire, and its first line."""

    head: bytes
    body: bytes

    @property
    def method(self) -> str:
        return self.head.split(b" ", 1)[0].decode()

    @property
    def target(self) -> str:
        return self.head.split(b" ", 2)[1].decode()

    def sent_alone(self) -> bytes:
        """The bytes for the server, which is to close the connection behind its answer."""
        first, *fields = self.head.removesuffix(HEAD_END).split(b"\r\n")
        kept = [f for f in fields if not f.lower().startswith((b"connection:", b"expect:"))]
        return b"\r\n".join([first, *kept, b"Connection: close"]) + HEAD_END + self.body


class Exchange:
    """One request of a client, and what can be done about it."""

    def __init__(self, proxy: Proxy, client: socket.socket, request: Request) -> None:
        self.proxy, self.client, self.request = proxy, client, request

    def forward(self) -> bytes:
        """The server's whole answer, as it is on the wire."""
        with socket.create_connection(self.proxy.upstream, timeout=60) as server:
            server.sendall(self.request.sent_alone())
            answer = bytearray()
            while part := server.recv(1 << 16):
                answer += part
        return bytes(answer)

    def answer(self, data: bytes) -> None:
        self.client.sendall(data)

    def reset(self) -> None:
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.client.close()

    def wait(self, seconds: float | None = None) -> None:
        """Until the time is over, or the harm is."""
        self.proxy.released.wait(seconds)


Harm = Callable[[Exchange], None]


def pass_on(exchange: Exchange) -> None:
    """No harm."""
    exchange.answer(exchange.forward())


class Proxy:
    """In front of `upstream`. `requests` are those since the last `harm`, `met` counts those that it befell.

    `watch` sees every request before anything is done about it; what it raises ends the connection.
    """

    def __init__(self, upstream: tuple[str, int], tls: ssl.SSLContext | None = None) -> None:
        self.upstream = upstream
        self.requests: list[Request] = []
        self.met = 0
        self.released = threading.Event()
        self.watch: Callable[[Exchange], None] = lambda exchange: None
        self._tls = tls
        self._harm: Harm | None = None
        self._due: Callable[[int, Request], bool] = lambda number, request: True
        self._lock = threading.Lock()
        self._blocked: list[socket.socket] = []
        self._listen(0)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def harm(
        self, harm: Harm | None, due: Callable[[int, Request], bool] = lambda number, request: True
    ) -> None:
        """From now on; only the requests that are `due`, which gets their number since now, from 1."""
        self.released.set()
        with self._lock:
            self.released = threading.Event()
            self.requests, self.met = [], 0
            self._harm, self._due = harm, due

    def close(self) -> None:
        """Refuse connections, until `reopen`."""
        self.released.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._blocked:
            each.close()
        self._blocked.clear()

    def swallow(self) -> None:
        """Let no connection come about: the queue of the port is full, and nobody takes from it."""
        self.close()
        self._listener = _listener(self.port, backlog=0)
        for _ in range(2):
            each = socket.socket()
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", self.port))
            self._blocked.append(each)

    def reopen(self) -> None:
        self.close()
        self._listen(self.port)

    def _listen(self, port: int) -> None:
        self._listener = _listener(port, backlog=128)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), client:
            secured = self._secured(client)
            with secured:
                request = _read(secured)
                if request is not None:
                    self._handle(Exchange(self, secured, request))

    def _secured(self, client: socket.socket) -> socket.socket:
        if self._tls is None:
            return client
        with self._lock:
            self.met += 1
        return self._tls.wrap_socket(client, server_side=True)

    def _handle(self, exchange: Exchange) -> None:
        self.watch(exchange)
        with self._lock:
            self.requests.append(exchange.request)
            harm = self._harm if self._due(len(self.requests), exchange.request) else None
            self.met += harm is not None
        (harm or pass_on)(exchange)


def _listener(port: int, backlog: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(backlog)
    return listener


def _read(client: socket.socket) -> Request | None:
    """The one request of a connection; nothing where there is none."""
    data = b""
    while HEAD_END not in data:
        part = client.recv(1 << 16)
        if not part:
            return None
        data += part
    head, _, body = data.partition(HEAD_END)
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
    }
    if fields.get(b"expect", b"").lower() == b"100-continue":
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    chunked = b"chunked" in fields.get(b"transfer-encoding", b"")
    length = int(fields.get(b"content-length", b"0"))
    while (not body.endswith(b"0\r\n\r\n")) if chunked else len(body) < length:
        part = client.recv(1 << 16)
        if not part:
            return None
        body += part
    return Request(head + HEAD_END, body)


@contextlib.contextmanager
def proxy(upstream: str, tls: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    """A proxy before the server at `host:port`, closed at the end."""
    host, _, port = upstream.rpartition(":")
    made = Proxy((host, int(port)), tls)
    try:
        yield made
    finally:
        made.close()


def slowly(exchange: Exchange, data: bytes, pieces: int, pause: float) -> None:
    """Answer in pieces, with a pause before each."""
    size = max(1, -(-len(data) // pieces))
    for start in range(0, len(data), size):
        time.sleep(pause)
        exchange.answer(data[start : start + size])
