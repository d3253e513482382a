"""Buckets of Google Cloud Storage.

Conditional writes: `ifGenerationMatch`, where generation 0 is that of an object which is not there
(https://cloud.google.com/storage/docs/request-preconditions). An etag is a generation here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from backstay import urls
from backstay.errors import CorruptError
from backstay.storage import bucket_url, extras, failures, remote
from backstay.storage.body import Body
from backstay.storage.conditions import CheckedWrites
from backstay.storage.failures import Failure
from backstay.storage.remote import Page, RemoteStore
from backstay.storage.store import Object, Store

if TYPE_CHECKING:
    from google.cloud.storage import Bucket

PARAMETERS = ("endpoint", "anonymous", "conditional")
NOT_GCS = failures.foreign("Google Cloud Storage")
NEVER = 1
"""A generation that no object has."""


class GcsOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Where a bucket is. `endpoint` is empty for the provider's own; `prefix` ends in `/` or is empty."""

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    anonymous: bool = False
    conditional: bool = True


def parse(url: str, environ: Mapping[str, str] = os.environ) -> GcsOptions:
    """The options of a URL. `STORAGE_EMULATOR_HOST` stands for an endpoint that asks for no credentials."""
    given = bucket_url.parse(
        url, PARAMETERS, what="bucket", credentials="set GOOGLE_APPLICATION_CREDENTIALS to a key file"
    )
    emulator = given.server(environ.get("STORAGE_EMULATOR_HOST", ""), https=False)
    endpoint = given.server(given.query.get("endpoint", ""))
    return GcsOptions(
        bucket=given.name,
        prefix=given.prefix,
        endpoint=endpoint or emulator,
        anonymous=bool(given.flag("anonymous") or (emulator and not endpoint)),
        conditional=given.flag("conditional") is not False,
    )


def open_gcs_store(url: str) -> Store:
    """`gs://bucket/prefix?…`. Opens no connection. Raises `ConfigError` without the extra `gcs`."""
    options = parse(url)
    shown = urls.redact(url)
    extras.require("google.cloud.storage", "gcs", shown)
    store = RemoteStore(GcsBucket(options, shown), shown, conditional=None if options.endpoint else True)
    return store if options.conditional else CheckedWrites(store)


class GcsBucket:
    """Objects under a prefix of a bucket."""

    def __init__(self, options: GcsOptions, url: str) -> None:
        server = urlsplit(options.endpoint).netloc
        self.place = url.partition("?")[0] + (f" at {server}" if server else "")
        self._options = options

    @property
    def credentials(self) -> str:
        if self._options.anonymous:
            return "nobody: anonymous"
        named = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
        return "GOOGLE_APPLICATION_CREDENTIALS" if named else "the application's default credentials"

    def read(self, key: str) -> Object:
        body = Body(f"{self.place}: {key}")
        blob = self._blob(key)
        blob.download_to_file(body, raw_download=True, timeout=self._timeout, retry=None)
        return Object(body.content(), self._etag(blob))

    def write(self, key: str, data: bytes, expected: str | None) -> str:
        blob = self._blob(key)
        blob.upload_from_string(
            data,
            content_type="application/json",
            if_generation_match=None if expected is None else _generation(expected),
            checksum="crc32c",
            timeout=self._timeout,
            retry=None,
        )
        return self._etag(blob)

    def page(self, prefix: str, token: str) -> Page:
        from google.api_core.exceptions import NotFound

        found = self._bucket.client.list_blobs(
            self._bucket,
            prefix=self._options.prefix + prefix,
            page_token=token or None,
            fields="kind,items(name),nextPageToken",
            timeout=self._timeout,
            retry=None,
        )
        try:
            blobs = next(found.pages, ())
        except NotFound:
            raise Failure(meaning=failures.NO_BUCKET).error(
                place=self.place, key="", credentials=""
            ) from None
        keys = tuple(blob.name.removeprefix(self._options.prefix) for blob in blobs)
        return Page(keys, found.next_page_token or "")

    def remove(self, key: str) -> None:
        from google.api_core.exceptions import NotFound

        try:
            self._blob(key).delete(timeout=self._timeout, retry=None)
        except NotFound as error:
            from backstay.storage.gcs_errors import NO_BUCKET_TEXT

            if NO_BUCKET_TEXT in str(error):
                raise

    def failure(self, error: Exception) -> Failure | None:
        from backstay.storage import gcs_errors

        return gcs_errors.failure(error)

    def _blob(self, key: str) -> Any:
        return self._bucket.blob(self._options.prefix + key)

    def _etag(self, blob: Any) -> str:
        """The generation. The service always tells it; a page that says 200 to anything does not."""
        if not str(blob.generation or "").isdigit():
            raise CorruptError(f"{self.place}: {NOT_GCS.text}", hint=NOT_GCS.hint)
        return str(blob.generation)

    @property
    def _timeout(self) -> tuple[float, float]:
        return remote.CONNECT_SECONDS, remote.READ_SECONDS

    @cached_property
    def _bucket(self) -> Bucket:
        from google.auth.credentials import AnonymousCredentials
        from google.cloud.storage import Client

        from backstay.storage import http

        options = self._options
        client = Client(
            project="unused",  # Only for buckets that are created or listed.
            credentials=AnonymousCredentials() if options.anonymous else None,  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": options.endpoint} if options.endpoint else None,
        )
        http.bound(client._http, self.place)
        client._http.max_redirects = 0
        client._bucket_metadata_cache = None  # Or it looks the bucket up in a thread of its own.
        return client.bucket(options.bucket)


def _generation(etag: str) -> int:
    """An empty etag stands for no object; one that is none of ours fits no object."""
    if not etag:
        return 0
    return int(etag) if etag.isdigit() else NEVER
