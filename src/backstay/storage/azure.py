"""Containers of Azure Blob Storage.

Conditional writes: `If-None-Match: *` and `If-Match` on Put Blob
(https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations).
The service keeps the MD5 of what it is given in one piece, and an object is checked against it.
"""

from __future__ import annotations

import hashlib
import logging
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from backstay import urls
from backstay.errors import AuthError, ConfigError, CorruptError
from backstay.storage import azure_options, extras, failures, remote
from backstay.storage.azure_options import CONNECTION, KEY, SAS, AzureOptions
from backstay.storage.conditions import CheckedWrites
from backstay.storage.failures import Failure
from backstay.storage.remote import Page, RemoteStore
from backstay.storage.store import MAX_OBJECT, Object, Store

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

NOT_AZURE = failures.foreign("Azure Blob Storage")


def open_azure_store(url: str) -> Store:
    """`azblob://container/prefix?…`. Opens no connection. Raises `ConfigError` without the extra `azure`."""
    options = azure_options.parse(url)
    shown = urls.redact(url)
    extras.require("azure.storage.blob", "azure", shown)
    container = AzureContainer(options, shown)
    store = RemoteStore(container, shown, conditional=True if options.is_azure else None)
    return store if options.conditional else CheckedWrites(store)


class AzureContainer:
    """Objects under a prefix of a container."""

    def __init__(self, options: AzureOptions, url: str) -> None:
        self.place = f"{url.partition('?')[0]} at {urlsplit(options.endpoint).netloc}"
        self._options = options

    @property
    def credentials(self) -> str:
        return "nobody: anonymous" if self._options.anonymous else self._options.secret or "an identity"

    def read(self, key: str) -> Object:
        stream = self._blob(key).download_blob(max_concurrency=1)
        data = stream.readall()
        checksum = stream.properties.content_settings.content_md5
        if checksum and bytes(checksum) != hashlib.md5(data, usedforsecurity=False).digest():
            raise CorruptError(f"{self.place}: {failures.WRONG_CHECKSUM.text}: {key}")
        return Object(data, self._etag(stream.properties))

    def write(self, key: str, data: bytes, expected: str | None) -> str:
        from azure.core import MatchConditions
        from azure.storage.blob import ContentSettings

        condition: dict[str, Any] = {}
        if expected:
            condition = {"etag": expected, "match_condition": MatchConditions.IfNotModified}
        answer = self._blob(key).upload_blob(
            data,
            overwrite=expected != "",
            validate_content=True,
            content_settings=ContentSettings(
                content_type="application/json",
                content_md5=bytearray(hashlib.md5(data, usedforsecurity=False).digest()),
            ),
            **condition,
        )
        return self._etag(answer)

    def page(self, prefix: str, token: str) -> Page:
        pages = self._client.list_blob_names(name_starts_with=self._options.prefix + prefix).by_page(
            token or None
        )
        keys = tuple(name.removeprefix(self._options.prefix) for name in next(pages, ()))
        return Page(keys, getattr(pages, "continuation_token", None) or "")

    def remove(self, key: str) -> None:
        from azure.core.exceptions import ResourceNotFoundError

        try:
            self._blob(key).delete_blob()
        except ResourceNotFoundError as error:
            from backstay.storage.azure_errors import code_of

            if code_of(error) != "BlobNotFound":
                raise

    def failure(self, error: Exception) -> Failure | None:
        from backstay.storage import azure_errors

        return azure_errors.failure(error)

    def _blob(self, key: str) -> Any:
        return self._client.get_blob_client(self._options.prefix + key)

    def _etag(self, answer: Any) -> str:
        """The version of an object. The service always tells it; a page that says 200 to all does not."""
        if not answer.get("etag"):
            raise CorruptError(f"{self.place}: {NOT_AZURE.text}", hint=NOT_AZURE.hint)
        return str(answer["etag"])

    @cached_property
    def _client(self) -> ContainerClient:
        from azure.storage.blob import ContainerClient

        logging.getLogger("azure").addHandler(logging.NullHandler())
        options = self._options
        settings: dict[str, Any] = {
            "transport": self._transport(),
            "retry_total": 0,
            "permit_redirects": False,
            "max_single_get_size": MAX_OBJECT,
            "max_single_put_size": MAX_OBJECT,
        }
        try:
            if options.secret == CONNECTION:
                text = os.environ[CONNECTION]
                return ContainerClient.from_connection_string(text, options.container, **settings)
            return ContainerClient(options.endpoint, options.container, credential=self._secret(), **settings)
        except ValueError:
            unusable = failures.UNUSABLE
            raise ConfigError(
                f"{self.place}: {unusable.text}", hint=f"{unusable.hint} and {CONNECTION}"
            ) from None

    def _transport(self) -> Any:
        import requests
        from azure.core.pipeline.transport import RequestsTransport

        from backstay.storage import http

        session = requests.Session()
        http.bound(session, self.place, streams=True)
        return RequestsTransport(
            session=session,
            session_owner=False,
            connection_timeout=remote.CONNECT_SECONDS,
            read_timeout=remote.READ_SECONDS,
            connection_verify=session.verify,  # The library puts its own settings before the session's.
            connection_cert=session.cert,
        )

    def _secret(self) -> Any:
        """What the client signs with; an identity where the environment holds no secret."""
        from backstay.storage.azure_identity import Identity

        secret = os.environ.get(self._options.secret, "")
        if self._options.secret == KEY:
            return {"account_name": self._options.account, "account_key": secret}
        if self._options.secret == SAS or self._options.anonymous:
            return secret.lstrip("?") or None
        if urlsplit(self._options.endpoint).scheme != "https":  # To an emulator no token is sent.
            raise AuthError(
                f"{self.place}: there are no credentials", hint=f"set {CONNECTION}, or {KEY} or {SAS}"
            )
        return Identity(self.place)
