"""Looking after registries: verify, sync, restore, log and prune, over all copies of a repository."""

from backstay.operations.registry.log import log
from backstay.operations.registry.prune import prune
from backstay.operations.registry.restore import restore
from backstay.operations.registry.sync import sync
from backstay.operations.registry.verify import verify

__all__ = ["log", "prune", "restore", "sync", "verify"]
