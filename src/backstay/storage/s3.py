"""Buckets of Amazon S3, or of any server that speaks its protocol.

Conditional writes: `If-None-Match: *` and `If-Match` on PutObject
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). Checksums: an upload
carries its MD5, which every server checks, and its SHA-256, which comes back with the object where the
server keeps it (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html). Some
servers refuse, with 501, what they do not know of this: the SHA-256 is then left out, and a condition is an
`UnsupportedError`.

boto's client takes a quarter of a second to import and build, so it is built at the first request.
"""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from collections.abc import Callable
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from backstay import urls
from backstay.errors import ConfigError, CorruptError
from backstay.storage import certificates, remote, s3_options
from backstay.storage.body import CHUNK, collect
from backstay.storage.conditions import CheckedWrites
from backstay.storage.failures import Failure
from backstay.storage.remote import Page, RemoteStore
from backstay.storage.s3_options import S3Options
from backstay.storage.store import Object, Store

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

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

CONNECTIONS = 64
"""That are kept open: a server asks for many objects at once."""

_building = threading.Lock()


@cache
def _loader() -> Any:
    """Reads and keeps boto's description of the service: most of what building a client costs."""
    from botocore.loaders import create_loader

    return create_loader()


def open_s3_store(url: str) -> Store:
    """`s3://bucket/prefix?…` (parameters: `s3_options`). Opens no connection."""
    options = s3_options.parse(url)
    shown = urls.redact(url)
    store = RemoteStore(S3Bucket(options, shown), shown, conditional=None if options.endpoint else True)
    return store if options.conditional else CheckedWrites(store)


class S3Bucket:
    """Objects under a prefix of a bucket."""

    def __init__(self, options: S3Options, url: str) -> None:
        server = urlsplit(options.endpoint).netloc
        self.place = url.partition("?")[0] + (f" at {server}" if server else "")
        self._options = options
        self._knows_checksums = True

    @property
    def credentials(self) -> str:
        from botocore.exceptions import BotoCoreError

        if self._options.anonymous:
            return "nobody: anonymous"
        try:
            found = self._session.get_credentials()
        except (BotoCoreError, OSError):
            return ""
        return CREDENTIALS.get(found.method, found.method) if found else ""

    def read(self, key: str) -> Object:
        request = partial(self._client.get_object, Bucket=self._options.bucket, Key=self._key(key))
        answer = self._checked(request, ChecksumMode="ENABLED")
        return Object(self._body(key, answer), self._etag(answer))

    def write(self, key: str, data: bytes, expected: str | None) -> str:
        conditions: Any = {}
        if expected is not None:
            conditions = {"IfMatch": expected} if expected else {"IfNoneMatch": "*"}
        request = partial(
            self._client.put_object,
            Bucket=self._options.bucket,
            Key=self._key(key),
            Body=data,
            ContentType="application/json",
            ContentMD5=_base64(hashlib.md5(data, usedforsecurity=False)),
            **self._encryption,
            **conditions,
        )
        return self._etag(self._checked(request, ChecksumSHA256=_base64(hashlib.sha256(data))))

    def page(self, prefix: str, token: str) -> Page:
        more: Any = {"ContinuationToken": token} if token else {}
        found = self._client.list_objects_v2(Bucket=self._options.bucket, Prefix=self._key(prefix), **more)
        if "Name" not in found:  # A web page is well-formed too, and would pass for an empty bucket.
            raise CorruptError(f"{self.place}: the answer is not a list", hint="check the endpoint")
        keys = tuple(item["Key"].removeprefix(self._options.prefix) for item in found.get("Contents", []))
        return Page(keys, found.get("NextContinuationToken", "") if found.get("IsTruncated") else "")

    def remove(self, key: str) -> None:
        self._client.delete_object(Bucket=self._options.bucket, Key=self._key(key))

    def failure(self, error: Exception) -> Failure | None:
        from backstay.storage import s3_errors

        return s3_errors.failure(error)

    def _checked(self, request: Callable[..., Any], **checks: str) -> Any:
        """The answer to a request that is sent with its checks, but to a server that implements none."""
        from botocore.exceptions import ClientError

        from backstay.storage.s3_errors import is_not_implemented

        if self._knows_checksums:
            try:
                return request(**checks)
            except ClientError as error:
                if not is_not_implemented(error):
                    raise
        try:
            answer = request()
        except ClientError as error:
            self._knows_checksums = self._knows_checksums and is_not_implemented(error)
            raise
        self._knows_checksums = False
        return answer

    def _key(self, key: str) -> str:
        return self._options.prefix + key

    @property
    def _encryption(self) -> Any:
        """Parameters of a write that say how the server encrypts it."""
        parameters = {
            "ServerSideEncryption": self._options.encryption,
            "SSEKMSKeyId": self._options.encryption_key,
        }
        return {name: value for name, value in parameters.items() if value}

    def _etag(self, answer: Any) -> str:
        """The version of an object. Every S3 server tells it; a page that says 200 to anything does not."""
        from backstay.storage.s3_errors import NOT_S3

        if not answer.get("ETag"):
            raise CorruptError(f"{self.place}: {NOT_S3.text}", hint=NOT_S3.hint)
        return str(answer["ETag"])

    def _body(self, key: str, answer: Any) -> bytes:
        """The whole body, checked against its announced length, and by boto against its checksum."""
        stream = answer["Body"]
        try:
            data = collect(f"{self.place}: {key}", iter(lambda: stream.read(CHUNK), b""))
        finally:
            stream.close()
        if len(data) != answer.get("ContentLength", len(data)):
            raise CorruptError(f"{self.place}: {key} was cut short")
        return data

    @cached_property
    def _session(self) -> Any:
        from botocore.config import Config
        from botocore.session import Session

        session = Session(profile=self._options.profile or None)
        session.register_component("data_loader", _loader())
        parsers = session.get_component("response_parser_factory")
        parsers.set_parser_defaults(timestamp_parser=str)  # Times are most of what a list costs, and unused.
        session.set_default_client_config(  # Also for the service that gives out temporary credentials.
            Config(
                connect_timeout=remote.CONNECT_SECONDS,
                read_timeout=remote.READ_SECONDS,
                retries={"total_max_attempts": 1},
            )
        )
        return session

    @property
    def _client(self) -> S3Client:
        with _building:
            return self._built

    @cached_property
    def _built(self) -> S3Client:
        from botocore import UNSIGNED
        from botocore.config import Config

        from backstay.storage.s3_transport import BoundedTransport

        options = self._options
        trusted = self._session.get_config_variable("ca_bundle")
        if trusted and not os.path.exists(trusted):
            raise ConfigError(f"{self.place}: {trusted} is not there", hint="check AWS_CA_BUNDLE")
        path_style = bool(options.endpoint) if options.path_style is None else options.path_style
        config = Config(
            s3={"addressing_style": "path" if path_style else "auto"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            signature_version=UNSIGNED if options.anonymous else None,
            client_cert=certificates.client_certificate(),
            max_pool_connections=CONNECTIONS,
        )
        client: S3Client = self._session.create_client(
            "s3",
            region_name=options.region or self._session.get_config_variable("region") or "us-east-1",
            endpoint_url=options.endpoint or None,
            use_ssl=options.https,
            verify=trusted or certificates.authorities() or None,
            config=config,
        )
        endpoint: Any = client._endpoint  # type: ignore[attr-defined]  # boto has no public way to it.
        endpoint.http_session = BoundedTransport(endpoint.http_session, self.place)
        return client


def _base64(digest: Any) -> str:
    return base64.b64encode(digest.digest()).decode()
