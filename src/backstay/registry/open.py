"""From URLs to a registry."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backstay import urls
from backstay.credentials import NOBODY, Credential
from backstay.errors import BackstayError, ConfigError
from backstay.registry.patience import patience_with
from backstay.registry.registry import Registry
from backstay.registry.replica import Replica
from backstay.registry.replicated import ReplicatedRegistry
from backstay.registry.signing_keys import Signer
from backstay.registry.store_replica import StoreReplica
from backstay.registry.trust import Trust
from backstay.storage.open import open_store


def open_registry(
    primary_url: str,
    backup_urls: Sequence[str] = (),
    *,
    allow_stale: bool = False,
    strict: bool = True,
    notify: Callable[[str], None] = lambda text: None,
    credential: Credential = NOBODY,
    trust: Trust = Trust(),
    signer: Signer | None = None,
    heard: Callable[[BackstayError], None] = lambda error: None,
) -> Registry:
    """The registry of a primary and its backups, in the order in which they are asked.

    `notify` hears what is worth telling of reads whose result has no place for it: the plans. No
    connection is opened yet. `strict` is for a primary that was meant to be one: it must keep conditional
    writes, which a backup that serves as the registry need not. `credential` is the token for registry
    servers. `trust` says whose records count, and `signer` signs what is written. `heard` is told, in
    any thread, what requests to a primary that is a server end in. Raises `ConfigError` for a URL that is
    wrong or given twice.
    """
    given = [primary_url, *backup_urls]
    for index, url in enumerate(given):
        if url in given[:index]:
            raise ConfigError(
                f"{urls.redact(url)} is given twice as a place of the registry",
                hint="name each registry and backup once: a copy of itself is no backup",
            )
    primary = open_replica(primary_url, credential, trust, heard)
    backups = [open_replica(url, credential, trust) for url in backup_urls]
    return ReplicatedRegistry(
        primary,
        backups,
        allow_stale=allow_stale,
        strict=strict,
        notify=notify,
        trust=trust,
        signer=signer,
    )


def open_replica(
    url: str,
    credential: Credential = NOBODY,
    trust: Trust = Trust(),
    heard: Callable[[BackstayError], None] = lambda error: None,
) -> Replica:
    """One copy by its URL. Opens no connection. Raises `ConfigError` for a URL that names none."""
    if urls.scheme(url) not in ("http", "https"):
        return StoreReplica(open_store(url), trust, patience_with(url))
    from backstay.registry.http_connection import Connection
    from backstay.registry.http_replica import HttpReplica

    return HttpReplica(Connection(url, credential, heard), patience_with(url))
