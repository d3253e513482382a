"""The query of an `s3://bucket/prefix?…` URL as typed options.

The names are those of Go's blob URLs, which existing project files use; what is not given comes from the
environment and the profile, as with every tool of the provider.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from backstay.errors import ConfigError
from backstay.storage import bucket_url
from backstay.storage.bucket_url import BucketUrl

ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
ENCRYPTIONS = ("AES256", "aws:kms", "aws:kms:dsse")
PARAMETERS = (
    "region",
    "endpoint",
    "profile",
    "sse",
    "ssetype",
    "sse_kms_key_id",
    "kmskeyid",
    "use_path_style",
    "s3ForcePathStyle",
    "conditional",
    "disable_https",
    "anonymous",
)


class S3Options(msgspec.Struct, frozen=True, kw_only=True):
    """Where a bucket is. `endpoint` is empty for the provider's own; `prefix` ends in `/` or is empty.

    `encryption` is done by the server, with its own key or the one of `encryption_key`; empty leaves it to
    what the bucket has set.
    """

    bucket: str
    prefix: str = ""
    region: str = ""
    endpoint: str = ""
    profile: str = ""
    encryption: str = ""
    encryption_key: str = ""
    path_style: bool | None = None
    https: bool = True
    anonymous: bool = False
    conditional: bool = True


def parse(url: str, environ: Mapping[str, str] = os.environ) -> S3Options:
    """The options of a URL. Raises `ConfigError` for one that is wrong, or that has unknown parameters."""
    given = bucket_url.parse(
        url,
        PARAMETERS,
        what="bucket",
        credentials="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and the server with ?endpoint=",
    )
    query = given.query
    https = not given.flag("disable_https")
    encryption, encryption_key = _encryption(given)
    return S3Options(
        bucket=given.name,
        prefix=given.prefix,
        region=query.get("region", ""),
        endpoint=given.server(query.get("endpoint") or _from_environment(environ), https=https),
        profile=query.get("profile", ""),
        encryption=encryption,
        encryption_key=encryption_key,
        path_style=given.flag("use_path_style", "s3ForcePathStyle"),
        https=https,
        anonymous=bool(given.flag("anonymous")),
        conditional=given.flag("conditional") is not False,
    )


def _encryption(given: BucketUrl) -> tuple[str, str]:
    """How, and with which key. A key without a method means the key service."""
    query = given.query
    key = query.get("sse_kms_key_id") or query.get("kmskeyid", "")
    method = query.get("sse") or query.get("ssetype") or ("aws:kms" if key else "")
    if method and method not in ENCRYPTIONS:
        raise ConfigError(f'{given.shown}: sse is "{method}"', hint=f"known are {', '.join(ENCRYPTIONS)}")
    if key and method == "AES256":
        raise ConfigError(
            f"{given.shown}: AES256 encryption takes no sse_kms_key_id",
            hint="remove it, or write sse=aws:kms",
        )
    return method, key


def _from_environment(environ: Mapping[str, str]) -> str:
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return ""
    return next((environ[name] for name in ENDPOINT_VARIABLES if environ.get(name)), "")
