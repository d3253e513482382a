"""URLs of buckets, `scheme://name/prefix?parameters`: what the services' URLs have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec

from backstay import urls
from backstay.errors import ConfigError

FLAGS: Final = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}


class BucketUrl(msgspec.Struct, frozen=True):
    """A bucket's URL taken apart. `shown` is how messages name it, `prefix` ends in `/` or is empty."""

    shown: str
    name: str
    prefix: str
    query: Mapping[str, str]

    def flag(self, *names: str) -> bool | None:
        """The first of these parameters that is given."""
        name = next((name for name in names if name in self.query), "")
        return flag(self.shown, name, self.query[name]) if name else None

    def server(self, text: str, *, https: bool = True) -> str:
        """The URL of a server, for which `host:port` is enough. Empty for an empty `text`."""
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
                f"{self.shown}: the endpoint is not a server's address",
                hint="write endpoint=https://host:port, without credentials",
            )
        return endpoint


def flag(shown: str, name: str, text: str) -> bool:
    """The value of a switch. Raises `ConfigError` for any other word."""
    if text.lower() not in FLAGS:
        raise ConfigError(f'{shown}: {name} is "{text}"', hint=f"write {name}=true or {name}=false")
    return FLAGS[text.lower()]


def refuse_unknown(shown: str, query: Mapping[str, str], parameters: Sequence[str]) -> None:
    """Raise `ConfigError` for parameters that there are none of."""
    if unknown := sorted(set(query) - set(parameters)):
        raise ConfigError(
            f"{shown}: unknown parameter {', '.join(unknown)}", hint=f"known are {', '.join(parameters)}"
        )


def parse(url: str, parameters: Sequence[str], *, what: str, credentials: str) -> BucketUrl:
    """Take a URL apart. Raises `ConfigError` for one with unknown parameters, credentials or no name.

    `what` is the service's word for a bucket, `credentials` how to give them instead.
    """
    parts = urls.split(url)
    query = urls.query(url)
    shown = urls.redact(urls.without_query(url))
    refuse_unknown(shown, query, parameters)
    if "@" in parts.netloc or ":" in parts.netloc:
        raise ConfigError(
            f"{shown}: credentials and ports do not belong into the URL of a {what}", hint=credentials
        )
    if not parts.netloc:
        raise ConfigError(f"{shown} names no {what}", hint=f"write {parts.scheme}://{what}/prefix")
    prefix = parts.path.strip("/")
    return BucketUrl(shown, parts.netloc, f"{prefix}/" if prefix else "", query)
