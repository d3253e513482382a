"""From a URL to a store: the table of schemes."""

from __future__ import annotations

import functools
from collections.abc import Callable

from backstay import urls
from backstay.errors import ConfigError
from backstay.storage.azure import open_azure_store
from backstay.storage.file import open_file_store
from backstay.storage.gcs import open_gcs_store
from backstay.storage.memory import MemoryStore
from backstay.storage.oci import open_oci_store
from backstay.storage.s3 import open_s3_store
from backstay.storage.store import Store


def open_store(url: str) -> Store:
    """The store of a URL. Opens no connection. Raises `ConfigError` for a URL that names none."""
    scheme = urls.scheme(url)
    if scheme not in SCHEMES:
        known = ", ".join(f"{name}://" for name in SCHEMES if name != "mem")
        raise ConfigError(f'no storage for "{scheme}://" URLs', hint=f"known are {known}")
    return SCHEMES[scheme](url)


@functools.cache
def _open_memory_store(url: str) -> Store:
    """One store per URL, for as long as the process lives."""
    return MemoryStore(urls.redact(url))


SCHEMES: dict[str, Callable[[str], Store]] = {
    "s3": open_s3_store,
    "gs": open_gcs_store,
    "azblob": open_azure_store,
    "azureblob": open_azure_store,
    "oci": open_oci_store,
    "file": open_file_store,
    "mem": _open_memory_store,
}
