"""An HTTP server on 127.0.0.1 that answers what it is told, one reply per request, and counts them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec


class Reply(msgspec.Struct, frozen=True):
    """An answer.

    `length` is what is announced where that is not the truth; `hang` says nothing at all, `reset` breaks
    the connection off after the body; `endless` sends the body again and again.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}
    length: int | None = None
    hang: bool = False
    reset: bool = False
    endless: bool = False


class Request(msgspec.Struct, frozen=True):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class ScriptedServer:
    """Gives the replies in order, the last one for ever after. `requests` is what was asked."""

    def __init__(self, replies: Sequence[Reply], tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.released = threading.Event()
        self._replies = list(replies)
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                server.answer(self)

            do_GET = do_PUT = do_DELETE = do_HEAD = do_POST = handle_any

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        if tls:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self.endpoint = f"http{'s' if tls else ''}://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        with self._lock:
            self.requests.append(Request(handler.command, handler.path, dict(handler.headers), body))
            reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        handler.close_connection = True
        with contextlib.suppress(OSError):
            _send(handler, reply, self.released)

    def close(self) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()


def _send(handler: BaseHTTPRequestHandler, reply: Reply, released: threading.Event) -> None:
    if reply.hang:
        released.wait()
        return
    begin = handler.send_response_only if "Date" in reply.headers else handler.send_response
    begin(reply.status)
    handler.send_header("Connection", "close")
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    if not reply.endless:
        handler.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
    handler.end_headers()
    if handler.command == "HEAD":
        return
    handler.wfile.write(reply.body)
    handler.wfile.flush()
    while reply.endless and not released.is_set():
        handler.wfile.write(reply.body)
    if reply.reset:
        linger = b"\1\0\0\0\0\0\0\0"
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.connection.close()


@contextlib.contextmanager
def scripted_server(*replies: Reply, tls: ssl.SSLContext | None = None) -> Iterator[ScriptedServer]:
    server = ScriptedServer(replies, tls)
    try:
        yield server
    finally:
        server.close()


def s3_error(status: int, code: str) -> Reply:
    """An error as S3 words it."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>fake</Message></Error>".encode()
    return Reply(status, body, {"Content-Type": "application/xml"})


def found(data: bytes) -> Reply:
    """An object."""
    return Reply(200, data, {"ETag": '"an-etag"', "Content-Type": "application/json"})
