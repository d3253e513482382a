"""Access tokens for Azure Blob Storage, for jobs and machines that hold no key of the account.

In this order, as the provider's own libraries do it: a workload identity, which the CI system or Kubernetes
vouches for, or a service principal
(https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow); the identity of an
app (https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference); that of
the machine (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token).
The client asks for a new token before one ends.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
import requests
from azure.core.credentials import AccessToken

from backstay.decoding import decode
from backstay.errors import AuthError, BackstayError, ConfigError, CorruptError, NetworkError
from backstay.storage import http, remote

RESOURCE: Final = "https://storage.azure.com"
AUTHORITY: Final = "https://login.microsoftonline.com"
MACHINE: Final = "http://169.254.169.254/metadata/identity/oauth2/token"
"""A link-local address, which is nobody's outside of Azure."""
MACHINE_SECONDS: Final = 1
"""For a connection: on a machine of somebody else nobody answers."""
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""RFC 7523, 2.2."""
FEDERATED, SECRET = "AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_SECRET"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """How to ask for a token. `who` is whose it is, in words; `direct`: never through a proxy."""

    who: str
    method: Literal["GET", "POST"]
    url: str
    query: Mapping[str, str] = {}
    form: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    direct: bool = False
    seconds: float = remote.CONNECT_SECONDS


class _Answer(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int | str = 0
    expires_on: int | str = 0


def request_for(environ: Mapping[str, str] = os.environ) -> Request:
    """Whom the environment says we are. Raises `ConfigError` for a token file that cannot be read."""
    client, tenant = environ.get("AZURE_CLIENT_ID", ""), environ.get("AZURE_TENANT_ID", "")
    if client and tenant and environ.get(FEDERATED):
        assertion = {"client_assertion_type": ASSERTION, "client_assertion": _read(environ[FEDERATED])}
        return _entra(f"the workload identity of {FEDERATED}", assertion, environ)
    if client and tenant and environ.get(SECRET):
        return _entra(f"the service principal of {SECRET}", {"client_secret": environ[SECRET]}, environ)
    chosen = {"client_id": client} if client else {}
    if environ.get("IDENTITY_ENDPOINT") and environ.get("IDENTITY_HEADER"):
        return Request(
            who="the identity of this app",
            method="GET",
            url=environ["IDENTITY_ENDPOINT"],
            query={"api-version": "2019-08-01", "resource": RESOURCE, **chosen},
            headers={"X-IDENTITY-HEADER": environ["IDENTITY_HEADER"]},
            direct=True,
        )
    return Request(
        who="the identity of this machine",
        method="GET",
        url=MACHINE,
        query={"api-version": "2018-02-01", "resource": RESOURCE, **chosen},
        headers={"Metadata": "true"},
        direct=True,
        seconds=MACHINE_SECONDS,
    )


class Identity:
    """What the provider's client takes for a credential. `place` is what it is for, in words."""

    def __init__(self, place: str) -> None:
        self._place = place

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """A new token. Raises `AuthError` where there is none to be had, `NetworkError` for an outage."""
        asked = request_for()
        answer = self._ask(asked)
        if answer.status_code >= 500 or answer.status_code == 429:
            raise NetworkError(f"{self._place}: {asked.who} gets no answer (HTTP {answer.status_code})")
        if answer.status_code != 200:
            raise AuthError(
                f"{self._place}: {asked.who} is refused (HTTP {answer.status_code}{_code(answer)})",
                hint=HINT if asked.url == MACHINE else "check AZURE_CLIENT_ID and AZURE_TENANT_ID",
            )
        try:
            given = decode(answer.content, _Answer)
            return AccessToken(
                given.access_token, int(given.expires_on or time.time() + int(given.expires_in))
            )
        except ValueError:  # Those of msgspec are, too.
            raise CorruptError(f"{self._place}: {asked.who} got no token, but something else") from None

    def _ask(self, asked: Request) -> requests.Response:
        with requests.Session() as session:
            http.bound(session, self._place)
            session.trust_env = not asked.direct
            try:
                return session.request(
                    asked.method,
                    asked.url,
                    params=asked.query,
                    data=asked.form or None,
                    headers=asked.headers,
                    timeout=(asked.seconds, remote.READ_SECONDS),
                    allow_redirects=False,
                )
            except BackstayError:
                raise
            except Exception as error:
                failure = http.failure(error)
                if failure is None:
                    raise
                if asked.url == MACHINE:
                    raise AuthError(f"{self._place}: there are no credentials", hint=HINT) from None
                raise failure.error(place=f"{self._place}: {asked.who}", key="", credentials="") from None


HINT: Final = (
    "set AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN; "
    "or run where Azure knows the machine or job"
)


def _entra(who: str, proof: Mapping[str, str], environ: Mapping[str, str]) -> Request:
    authority = environ.get("AZURE_AUTHORITY_HOST", AUTHORITY).rstrip("/")
    if not authority.startswith("https://"):
        raise ConfigError("AZURE_AUTHORITY_HOST is no https:// URL", hint="a secret would cross the network")
    return Request(
        who=who,
        method="POST",
        url=f"{authority}/{environ['AZURE_TENANT_ID']}/oauth2/v2.0/token",
        form={
            "grant_type": "client_credentials",
            "client_id": environ["AZURE_CLIENT_ID"],
            "scope": f"{RESOURCE}/.default",
            **proof,
        },
    )


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{FEDERATED} names a file that cannot be read", hint="correct its path") from None


def _code(answer: requests.Response) -> str:
    """The word that says why (RFC 6749, 5.2); its description may quote what was sent."""
    try:
        code = decode(answer.content, dict[str, Any]).get("error", "")
    except msgspec.DecodeError:
        return ""
    return f" {code}" if isinstance(code, str) and code.isidentifier() else ""
