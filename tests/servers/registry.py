"""Registry servers on 127.0.0.1, in a thread of this process, each with its limits and its log."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from backstay.credentials import Credential
from backstay.registry.http_connection import Connection
from backstay.registry.http_replica import HttpReplica
from backstay.registry.signing_keys import Signer
from backstay.server.serve import bound, configured
from backstay.server.tokens import Tokens
from backstay.storage.store import Store

EVERYTHING = ("push", "plan", "approve", "apply")


class Observer:
    """The log of a server, and who knows when nothing more will be added to it.

    A client can have its answer before the server has logged that it gave it.
    """

    def __init__(self) -> None:
        self._settled = threading.Condition()
        self._in_flight = 0
        self._events: list[dict[str, Any]] = []

    def log(self, event: dict[str, Any]) -> None:
        self._events.append(event)

    def around(self, app: Any) -> ASGIApp:
        """The application, its requests counted while they last."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            self._count(1)
            try:
                await app(scope, receive, send)
            finally:
                self._count(-1)

        return counted

    def events(self) -> list[dict[str, Any]]:
        """What was logged about every request that was answered so far."""
        with self._settled:
            assert self._settled.wait_for(lambda: not self._in_flight, timeout=60)
            return list(self._events)

    def _count(self, change: int) -> None:
        with self._settled:
            self._in_flight += change
            self._settled.notify_all()


class RegistryServer:
    """A running server: `url`, its store, and the events of its log."""

    def __init__(self, url: str, store: Store, signer: Signer | None = None) -> None:
        self.url = url
        self.store = store
        self.observer = Observer()
        self._signer = signer

    @property
    def events(self) -> list[dict[str, Any]]:
        return self.observer.events()

    def token(
        self, *scopes: str, repo: str = "*", name: str = "", life: timedelta = timedelta(hours=1)
    ) -> str:
        """A new token for these scopes (all)."""
        now = datetime.now(UTC)
        _, secret = Tokens(self.store, self._signer).create(
            name or f"token-{len(Tokens(self.store).all())}",
            scopes or EVERYTHING,
            [repo],
            now=now,
            expires=now + life,
        )
        return secret

    def replica(self, token: str | None = None, base: str = "") -> HttpReplica:
        """A client of it; with a token for everything if none is given."""
        secret = self.token() if token is None else token
        return HttpReplica(Connection(base or self.url, Credential(secret, "BACKSTAY_TOKEN")))


@contextlib.contextmanager
def registry_server(store: Store, **settings: Any) -> Iterator[RegistryServer]:
    """The server, listening. `settings` are those of `configured`."""
    with bound("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        running = RegistryServer(url, store, settings.get("signer"))
        server = configured(store, log=running.observer.log, **settings)
        server.config.app = running.observer.around(server.config.app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield running
        finally:
            server.should_exit = True
            thread.join()
