"""An `oci://[user:password@]host[:port]/repository?…` URL as typed options."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import unquote

import msgspec

from backstay import urls
from backstay.errors import ConfigError
from backstay.storage.bucket_url import flag, refuse_unknown

PARAMETERS: Final = ("plain_http", "conditional")
DOCKER_HUB: Final = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}
_PART: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY: Final = re.compile(rf"{_PART}(?:/{_PART})*")
"""OCI distribution specification 1.1, "pulling manifests"."""


class OciOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Where a repository is. `server` is the URL of the registry, `user` and `password` those of its URL."""

    host: str
    repository: str
    server: str
    user: str = ""
    password: str = ""
    conditional: bool = True

    def __repr__(self) -> str:
        return f"OciOptions({self.server}/{self.repository})"


def parse(url: str) -> OciOptions:
    """The options of a URL. Raises `ConfigError` for one that is wrong, or that has unknown parameters."""
    parts = urls.split(url)
    host = parts.netloc.rpartition("@")[2]
    shown = f"oci://{host}{parts.path}"
    query = urls.query(url)
    refuse_unknown(shown, query, PARAMETERS)
    flags = {name: flag(shown, name, text) for name, text in query.items()}
    if not parts.hostname:
        raise ConfigError("an oci:// URL names no registry", hint="write oci://host/repository")
    repository = parts.path.strip("/")
    if not _REPOSITORY.fullmatch(repository):
        raise ConfigError(
            f"{shown}: {repository or 'nothing'} is not the name of a repository",
            hint="write oci://host/name/of/it, in lower case",
        )
    if parts.username and not parts.password:
        raise ConfigError(f"{shown}: a user without a password", hint="write oci://user:password@host/…")
    plain = flags.get("plain_http", _is_local(parts.hostname))
    return OciOptions(
        host=host,
        repository=repository,
        server=f"{'http' if plain else 'https'}://{DOCKER_HUB.get(host, host)}",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        conditional=flags.get("conditional", True),
    )


def _is_local(host: str) -> bool:
    """Is it this machine, with which one speaks without TLS, as Docker does?"""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
