"""Registry servers on 127.0.0.1, in a thread of this process, each with its limits and its log."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from backstay.credentials import Credential
from backstay.registry.http_connection import Connection
from backstay.registry.http_replica import HttpReplica
from backstay.registry.signing_keys import Signer
from backstay.server.serve import bound, configured
from backstay.server.tokens import Tokens
from backstay.storage.store import Store

EVERYTHING = ("push", "plan", "approve", "apply")


class RegistryServer:
    """A running server: `url`, its store, and the events of its log."""

    def __init__(self, url: str, store: Store, signer: Signer | None = None) -> None:
        self.url = url
        self.store = store
        self._signer = signer
        self.events: list[dict[str, Any]] = []

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
        server = configured(store, log=running.events.append, **settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield running
        finally:
            server.should_exit = True
            thread.join()
