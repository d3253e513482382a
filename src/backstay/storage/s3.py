"""A store in a bucket of Amazon S3, or of any server that speaks its protocol.

Conditional writes: `If-None-Match: *` and `If-Match` on PutObject
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).

boto's client takes a quarter of a second to import and build, so it is built at the first request, and
its own retries are off: ours know what a lost answer means, and give up on a dead host at once.
"""

from __future__ import annotations

import base64
import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from backstay import urls
from backstay.errors import BackstayError, ConflictError, CorruptError, NotFoundError
from backstay.storage import s3_options
from backstay.storage.conditions import CheckedWrites
from backstay.storage.s3_options import S3Options
from backstay.storage.store import MAX_OBJECT, Object, Store

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

CONNECT_SECONDS = 3
READ_SECONDS = 6
PAUSES = (0.2, 0.8)
"""Seconds before the second and the third attempt, give or take a half."""
DEADLINE_SECONDS = 5
"""No further attempt begins after this: who says no is asked again, who says nothing is not."""
CHUNK = 1 << 20

CREDENTIALS = {
    "env": "the environment",
    "shared-credentials-file": "the shared credentials file",
    "config-file": "the AWS config file",
    "assume-role": "an assumed role",
    "assume-role-with-web-identity": "a web identity",
    "sso": "single sign-on",
    "container-role": "the container's role",
    "iam-role": "the machine's role",
}
"""boto's name for where credentials come from, in words."""

_building = threading.Lock()


@cache
def _loader() -> Any:
    """Reads and keeps boto's description of the service: most of what building a client costs."""
    from botocore.loaders import create_loader

    return create_loader()


def open_s3_store(url: str) -> Store:
    """`s3://bucket/prefix?…` (parameters: `s3_options`). Opens no connection."""
    options = s3_options.parse(url)
    store = S3Store(options, urls.redact(url))
    return store if options.conditional else CheckedWrites(store)


class S3Store:
    """Objects under a prefix of a bucket."""

    def __init__(self, options: S3Options, url: str) -> None:
        self.url = url
        self.conditional: bool | None = None if options.endpoint else True
        self._options = options

    def get(self, key: str) -> Object:
        def read() -> Object:
            answer = self._client.get_object(Bucket=self._options.bucket, Key=self._key(key))
            return Object(self._body(key, answer), self._etag(answer))

        return self._ask(key, read)

    def put(self, key: str, data: bytes) -> str:
        return self._ask(key, lambda: self._put(key, data))

    def create(self, key: str, data: bytes) -> str:
        try:
            return self._ask(key, lambda: self._put(key, data, IfNoneMatch="*"))
        except ConflictError:  # Perhaps lost to ourselves: the first answer may not have arrived.
            found = self.get(key)
            if found.data != data:
                raise
            return found.etag

    def replace(self, key: str, data: bytes, etag: str) -> str:
        try:
            return self._ask(key, lambda: self._put(key, data, IfMatch=etag))
        except NotFoundError:
            raise ConflictError(f"{key} in {self.url} was removed by somebody else") from None

    def list(self, prefix: str) -> Iterator[str]:
        token = ""
        while True:
            page = self._ask(prefix, partial(self._page, prefix, token))
            for item in page.get("Contents", []):
                yield item["Key"].removeprefix(self._options.prefix)
            token = page.get("NextContinuationToken", "")
            if not page.get("IsTruncated") or not token:
                return

    def delete(self, key: str) -> None:
        self._ask(key, lambda: self._client.delete_object(Bucket=self._options.bucket, Key=self._key(key)))

    def _key(self, key: str) -> str:
        return self._options.prefix + key

    def _put(self, key: str, data: bytes, **conditions: Any) -> str:
        digest = hashlib.md5(data, usedforsecurity=False).digest()
        answer = self._client.put_object(
            Bucket=self._options.bucket,
            Key=self._key(key),
            Body=data,
            ContentType="application/json",
            ContentMD5=base64.b64encode(digest).decode(),
            **conditions,
        )
        return self._etag(answer)

    def _etag(self, answer: Any) -> str:
        """The version of an object. Every S3 server tells it; a page that says 200 to anything does not."""
        if not answer.get("ETag"):
            raise CorruptError(
                f"{self._place}: the answer is not that of an S3 server", hint="check the endpoint"
            )
        return str(answer["ETag"])

    def _page(self, prefix: str, token: str) -> Any:
        more: Any = {"ContinuationToken": token} if token else {}
        page = self._client.list_objects_v2(Bucket=self._options.bucket, Prefix=self._key(prefix), **more)
        if "Name" not in page:  # A web page is well-formed too, and would pass for an empty bucket.
            raise CorruptError(f"{self._place}: the answer is not a list", hint="check the endpoint")
        return page

    def _body(self, key: str, answer: Any) -> bytes:
        """The whole body, checked against its announced length, and never more than an object may have."""
        chunks, size = [], 0
        while chunk := answer["Body"].read(CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_OBJECT:
                answer["Body"].close()
                raise CorruptError(f"{self._place}: {key} is larger than any object of a registry")
        if size != answer.get("ContentLength", size):
            raise CorruptError(f"{self._place}: {key} was cut short")
        return b"".join(chunks)

    def _ask(self, key: str, request: Callable[[], T]) -> T:
        """Send a request, again where that may help; whatever goes wrong is one of our errors."""
        from botocore.exceptions import BotoCoreError, ClientError

        from backstay.storage import s3_errors

        begun = time.monotonic()
        pauses = iter(PAUSES)
        while True:
            try:
                return request()
            except (BotoCoreError, ClientError, ValueError, RecursionError) as error:
                pause = next(pauses, None) if s3_errors.is_transient(error) else None
                if pause is None or time.monotonic() - begun > DEADLINE_SECONDS:
                    raise self._explained(key, error) from error
            time.sleep(pause * random.uniform(0.5, 1.5))

    def _explained(self, key: str, error: Exception) -> BackstayError:
        from backstay.storage import s3_errors

        return s3_errors.explain(error, place=self._place, key=key, credentials=self._credentials)

    @property
    def _place(self) -> str:
        server = urlsplit(self._options.endpoint).netloc
        return self.url.partition("?")[0] + (f" at {server}" if server else "")

    @cached_property
    def _session(self) -> Any:
        from botocore.session import Session

        session = Session(profile=self._options.profile or None)
        session.register_component("data_loader", _loader())
        return session

    @property
    def _credentials(self) -> str:
        """Where the credentials come from, never what they are."""
        from botocore.exceptions import BotoCoreError

        if self._options.anonymous:
            return "nobody: anonymous"
        try:
            found = self._session.get_credentials()
        except BotoCoreError:
            return ""
        return CREDENTIALS.get(found.method, found.method) if found else ""

    @property
    def _client(self) -> S3Client:
        with _building:
            return self._built

    @cached_property
    def _built(self) -> S3Client:
        from botocore import UNSIGNED
        from botocore.config import Config

        options = self._options
        path_style = bool(options.endpoint) if options.path_style is None else options.path_style
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path" if path_style else "auto"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            signature_version=UNSIGNED if options.anonymous else None,
        )
        client: S3Client = self._session.create_client(
            "s3",
            region_name=options.region or self._session.get_config_variable("region") or "us-east-1",
            endpoint_url=options.endpoint or None,
            use_ssl=options.https,
            config=config,
        )
        return client
