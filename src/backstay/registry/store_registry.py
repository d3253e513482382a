"""A registry in one store: one copy, and nobody to fall back to."""

from __future__ import annotations

from typing import Any

from backstay.registry.replicated import ReplicatedRegistry
from backstay.registry.store_replica import StoreReplica
from backstay.storage.store import Store


class StoreRegistry(ReplicatedRegistry):
    """See `Registry`; takes the keyword arguments of `ReplicatedRegistry`."""

    def __init__(self, store: Store, **settings: Any) -> None:
        super().__init__(StoreReplica(store), **settings)
