"""The query of an `s3://bucket/prefix?…` URL as typed options.

The names are those of Go's blob URLs, which existing project files use; what is not given comes from the
environment and the profile, as with every tool of the provider.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from backstay import urls
from backstay.errors import ConfigError

ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
ENCRYPTIONS = ("AES256", "aws:kms", "aws:kms:dsse")
FLAGS = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
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
SWITCHES = PARAMETERS[PARAMETERS.index("use_path_style") :]


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
    parts = urls.split(url)
    query = urls.query(url)
    shown = urls.redact(urls.without_query(url))
    unknown = sorted(set(query) - set(PARAMETERS))
    if unknown:
        raise ConfigError(
            f"{shown}: unknown parameter {', '.join(unknown)}", hint=f"known are {', '.join(PARAMETERS)}"
        )
    if "@" in parts.netloc or ":" in parts.netloc:
        raise ConfigError(
            f"{shown}: credentials and ports do not belong into the URL of a bucket",
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and the server with ?endpoint=",
        )
    if not parts.netloc:
        raise ConfigError(f"{shown} names no bucket", hint="write s3://bucket/prefix?region=…")
    flags = {name: _flag(shown, name, query[name]) for name in SWITCHES if name in query}
    https = not flags.get("disable_https", False)
    prefix = parts.path.strip("/")
    encryption, encryption_key = _encryption(shown, query)
    return S3Options(
        bucket=parts.netloc,
        prefix=f"{prefix}/" if prefix else "",
        region=query.get("region", ""),
        endpoint=_endpoint(shown, query.get("endpoint") or _from_environment(environ), https),
        profile=query.get("profile", ""),
        encryption=encryption,
        encryption_key=encryption_key,
        path_style=flags.get("use_path_style", flags.get("s3ForcePathStyle")),
        https=https,
        anonymous=flags.get("anonymous", False),
        conditional=flags.get("conditional", True),
    )


def _encryption(url: str, query: Mapping[str, str]) -> tuple[str, str]:
    """How, and with which key. A key without a method means the key service."""
    key = query.get("sse_kms_key_id") or query.get("kmskeyid", "")
    method = query.get("sse") or query.get("ssetype") or ("aws:kms" if key else "")
    if method and method not in ENCRYPTIONS:
        raise ConfigError(f'{url}: sse is "{method}"', hint=f"known are {', '.join(ENCRYPTIONS)}")
    if key and method == "AES256":
        raise ConfigError(
            f"{url}: AES256 encryption takes no sse_kms_key_id", hint="remove it, or write sse=aws:kms"
        )
    return method, key


def _flag(url: str, name: str, text: str) -> bool:
    if text.lower() not in FLAGS:
        raise ConfigError(f'{url}: {name} is "{text}"', hint=f"write {name}=true or {name}=false")
    return FLAGS[text.lower()]


def _from_environment(environ: Mapping[str, str]) -> str:
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return ""
    return next((environ[name] for name in ENDPOINT_VARIABLES if environ.get(name)), "")


def _endpoint(url: str, text: str, https: bool) -> str:
    """The endpoint with its scheme; `host:port` alone is enough in a URL."""
    if not text:
        return ""
    endpoint = text if "://" in text else f"{'https' if https else 'http'}://{text}"
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        usable = False
    if not usable or "@" in endpoint:
        raise ConfigError(
            f"{url}: the endpoint is not a server's address",
            hint="write endpoint=https://host:port, without credentials",
        )
    return endpoint
