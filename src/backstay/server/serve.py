"""Run the server: uvicorn with its limits."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable
from typing import Any, Final

import uvicorn

from backstay.errors import BackstayError, ConfigError
from backstay.grants.issue import Policy
from backstay.log import Level, Log
from backstay.registry.signing_keys import Signer
from backstay.registry.trust import Trust
from backstay.server.app import create_app
from backstay.server.protocol import PatientProtocol
from backstay.storage.conditions import supports_conditions
from backstay.storage.open import open_store
from backstay.storage.store import Store

CONNECTIONS: Final = 1000
BACKLOG: Final = 2048
KEEP_ALIVE_SECONDS: Final = 30
SHUTDOWN_SECONDS: Final = 10
HEADER_BYTES: Final = 16 << 10


def serve(
    storage: str,
    host: str,
    port: int,
    *,
    log: Log,
    signer: Signer | None = None,
    trust: Trust = Trust(),
    grants: Policy = Policy(),
) -> None:
    """Serve the registry in a storage until a signal ends it, and log each request.

    With a `signer` the server signs what is written, and grants as `grants` says, and takes tokens only that
    it or `trust` vouches for.

    Raises `ConfigError` for a storage that ignores conditional writes, and for an address that cannot be
    had. A storage that does not answer yet is no error: `/readyz` says so, and requests get 503.
    """
    trust.check_signer(signer)
    store = open_store(storage)
    logging.basicConfig(handlers=[_Forward(log)], level=logging.WARNING, force=True)
    _check(store, log)
    listener = bound(host, port)
    name, number = listener.getsockname()[:2]
    log.info(f"listening on http://{f'[{name}]' if ':' in name else name}:{number}")
    with contextlib.closing(listener), contextlib.suppress(KeyboardInterrupt):
        configured(
            store, log=lambda event: log.info("request", **event), signer=signer, trust=trust, grants=grants
        ).run(sockets=[listener])


def configured(
    store: Store,
    *,
    log: Callable[[dict[str, Any]], None],
    protocol: type[PatientProtocol] = PatientProtocol,
    **settings: Any,
) -> uvicorn.Server:
    """The server over a store, with its limits. `settings` are those of `create_app`."""
    config = uvicorn.Config(
        create_app(store, log=log, **settings),
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        h11_max_incomplete_event_size=HEADER_BYTES,
    )
    return uvicorn.Server(config)


class _Forward(logging.Handler):
    """Warnings of libraries. They are about connections, and quote no request."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        level: Level = "error" if record.levelno >= logging.ERROR else "warning"
        self._log.say(level, record.getMessage(), source=record.name)


def _check(store: Store, log: Log) -> None:
    """Refuse a storage that would let two servers overwrite each other."""
    try:
        kept = supports_conditions(store)
    except ConfigError:
        raise
    except BackstayError as error:
        log.warning(f"the storage does not answer yet: {error.message}")
        return
    if not kept:
        raise ConfigError(
            f"{store.url} ignores conditional writes, so two servers could overwrite each other",
            hint="use another storage, or add ?conditional=off if this server is its only writer",
        )


def bound(host: str, port: int) -> socket.socket:
    """A socket for connections to this address. Raises `ConfigError` where it cannot be had.

    asyncio turns Nagle's algorithm off only where the protocol is named; with it on, each answer waits
    40 ms for the client's acknowledgement of its headers.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}",
            hint="choose another address with --listen",
        ) from None
    return listener
