"""A Docker engine that has no containers.

It speaks the few requests of the API that we send (https://docs.docker.com/reference/api/engine/), and a
real database server stands in for each container it "runs".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from tests.servers.process import serving

API = "1.45"
SETTINGS: dict[str, Any] = {"Networks": {}, "Ports": {}}


class Refusal(Exception):
    """An error of the engine: HTTP status and message."""


class FakeContainer(msgspec.Struct):
    """What was asked for, and what the engine tells about it. `settings` are its `NetworkSettings`."""

    config: dict[str, Any]
    status: str = "created"
    settings: dict[str, Any] = msgspec.field(default_factory=lambda: dict(SETTINGS))
    log: bytes = b""

    @property
    def environment(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.config["Env"])


class FakeEngine:
    """`start` decides what becomes of a container: it sets `status` and `settings`, or raises `Refusal`.

    `images` are there without a pull; a pull of any other adds it, or fails if it is in `unknown`.
    `known` are containers that were there before. `removed` are those it has removed.
    """

    def __init__(self, start: Callable[[FakeContainer], None]) -> None:
        self.start = start
        self.images = {"postgres:16"}
        self.unknown: set[str] = set()
        self.known: dict[str, FakeContainer] = {}
        self.removed: list[FakeContainer] = []
        self.pulled: list[str] = []
        self.url = ""

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> tuple[int, Any]:
        match [part for part in path.split("/") if part and part != f"v{API}"]:
            case ["version"]:
                return 200, {"ApiVersion": API, "Version": "27.0"}
            case ["images", "create"]:
                return 200, self._pull(f"{query['fromImage']}:{query['tag']}")
            case ["images", _, "json"]:
                return 200, {"Id": "sha256:0"}
            case ["images", *rest, "json"]:
                return 200, {"Id": "sha256:0", "RepoTags": rest}
            case ["containers", "create"]:
                return 201, self._create(query["name"], json.loads(body))
            case ["containers", name, "start"]:
                self.start(self._container(name))
                return 204, b""
            case ["containers", name, "json"]:
                return 200, self._description(name)
            case ["containers", name, "logs"]:
                return 200, self._container(name).log
            case ["containers", name] if method == "DELETE":
                self._container(name)
                self.removed.append(self.known.pop(name))
                return 204, b""
        raise AssertionError(f"a request this engine does not know: {method} {path}")

    def _pull(self, image: str) -> bytes:
        self.pulled.append(image)
        if image in self.unknown:
            raise Refusal(404, "pull access denied")
        self.images.add(image)
        return b'{"status": "done"}\n'

    def _create(self, name: str, config: dict[str, Any]) -> dict[str, Any]:
        if config["Image"] not in self.images:
            raise Refusal(404, f"No such image: {config['Image']}")
        self.known[name] = FakeContainer(config)
        return {"Id": name, "Warnings": []}

    def _container(self, name: str) -> FakeContainer:
        if name not in self.known:
            raise Refusal(404, f"No such container: {name}")
        return self.known[name]

    def _description(self, name: str) -> dict[str, Any]:
        found = self._container(name)
        return {
            "Id": name,
            "Name": "/quiet_mast",
            "State": {"Status": found.status},
            "Config": {"Tty": True},
            "HostConfig": {"LogConfig": {"Type": "json-file"}},
            "NetworkSettings": found.settings,
        }


@contextmanager
def docker_engine(start: Callable[[FakeContainer], None]) -> Iterator[FakeEngine]:
    """Run an engine; its `url` is what `DOCKER_HOST` says."""
    engine = FakeEngine(start)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(asked.query).items()}
            try:
                status, answer = engine.answer(self.command, asked.path, query, body)
            except Refusal as refusal:
                status, answer = refusal.args[0], {"message": refusal.args[1]}
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = handle_any

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    engine.url = f"tcp://127.0.0.1:{server.server_address[1]}"
    with serving(server):
        yield engine
