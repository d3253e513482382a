"""An `azblob://container/prefix?…` URL and the environment as typed options.

Parameters and variables are those of Go's blob URLs, which existing project files use, and of the
provider's own tools. Secrets stay in the environment: the options only say which variable holds one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from backstay.errors import ConfigError
from backstay.storage import bucket_url
from backstay.storage.bucket_url import BucketUrl

PARAMETERS = ("storage_account", "domain", "protocol", "localemu", "endpoint", "anonymous", "conditional")
CONNECTION, KEY, SAS = (
    "AZURE_STORAGE_CONNECTION_STRING",
    "AZURE_STORAGE_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
)
DOMAIN = "blob.core.windows.net"
PUBLIC_CLOUDS = (DOMAIN, "blob.core.usgovcloudapi.net", "blob.core.chinacloudapi.cn")


class AzureOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Where a container is, and the variable that holds the `secret` for it; empty for none.

    `endpoint` is the URL of the account. `prefix` ends in `/` or is empty.
    """

    container: str
    prefix: str = ""
    account: str = ""
    endpoint: str = ""
    secret: str = ""
    anonymous: bool = False
    conditional: bool = True

    @property
    def is_azure(self) -> bool:
        """Is this Microsoft's own service, rather than something that speaks its protocol?"""
        return self.endpoint.endswith(PUBLIC_CLOUDS)


def parse(url: str, environ: Mapping[str, str] = os.environ) -> AzureOptions:
    """The options of a URL. Raises `ConfigError` for one that is wrong, or that names no account."""
    given = bucket_url.parse(
        url, PARAMETERS, what="container", credentials=f"set {CONNECTION}, or {KEY} for ?storage_account="
    )
    connection = _fields(given.shown, environ.get(CONNECTION, ""))
    account = given.query.get("storage_account") or environ.get("AZURE_STORAGE_ACCOUNT", "")
    explicit = given.server(given.query.get("endpoint", "")).rstrip("/")
    is_named_so = bool(connection) and account in ("", connection.get("accountname")) and not explicit
    account = account or connection.get("accountname", "")
    if not account and not explicit and not is_named_so:
        raise ConfigError(
            f"{given.shown} names no account", hint=f"add ?storage_account=…, or set {CONNECTION}"
        )
    anonymous = bool(given.flag("anonymous"))
    return AzureOptions(
        container=given.name,
        prefix=given.prefix,
        account=account,
        endpoint=explicit or (_stated(connection) if is_named_so else _derived(given, account, environ)),
        secret="" if anonymous else _secret(is_named_so, environ),
        anonymous=anonymous,
        conditional=given.flag("conditional") is not False,
    )


def _secret(is_named_so: bool, environ: Mapping[str, str]) -> str:
    """The variable to take: a connection string only for the account that it names."""
    if is_named_so:
        return CONNECTION
    return next((name for name in (KEY, SAS) if environ.get(name)), "")


def _fields(url: str, text: str) -> dict[str, str]:
    """The parts of a connection string, by their names in lower case."""
    pairs = [part.partition("=") for part in text.split(";") if part]
    if any(not separator for _, separator, _ in pairs):
        raise ConfigError(f"{url}: {CONNECTION} is not a connection string", hint="copy it from the portal")
    return {name.strip().lower(): value for name, _, value in pairs}


def _stated(connection: Mapping[str, str]) -> str:
    """The account's URL that a connection string stands for."""
    if connection.get("usedevelopmentstorage") == "true":
        return "http://127.0.0.1:10000/devstoreaccount1"
    protocol = connection.get("defaultendpointsprotocol", "https")
    suffix = connection.get("endpointsuffix", DOMAIN.partition(".")[2])
    derived = f"{protocol}://{connection.get('accountname', '')}.blob.{suffix}"
    return (connection.get("blobendpoint") or derived).rstrip("/")


def _derived(given: BucketUrl, account: str, environ: Mapping[str, str]) -> str:
    """The account's URL, as Go's blob URLs make it."""
    domain = given.query.get("domain") or environ.get("AZURE_STORAGE_DOMAIN", DOMAIN)
    protocol = given.query.get("protocol") or environ.get("AZURE_STORAGE_PROTOCOL", "https")
    if given.flag("localemu") or domain.startswith(("localhost", "127.0.0.1")):
        return given.server(f"{protocol}://{domain}/{account}")
    return given.server(f"{protocol}://{account}.{domain}")
