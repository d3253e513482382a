"""TLS as the environment sets it up: which certificates to trust, and our own for servers that ask for one.

`BACKSTAY_CLIENT_CERT` names a PEM file with our certificate, and those that lead to its authority;
`BACKSTAY_CLIENT_KEY` one with its private key, if that is not in the same file. Both go to whichever registry
server or store asks for them in the handshake (RFC 8446, 4.3.2). What is wrong with them is said before
anything is sent.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from backstay.errors import ConfigError

if TYPE_CHECKING:
    import requests

AUTHORITIES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
CERTIFICATE, KEY = "BACKSTAY_CLIENT_CERT", "BACKSTAY_CLIENT_KEY"


def authorities(environ: Mapping[str, str] = os.environ) -> str:
    """The file or directory of certificates to trust; empty for those that come with the library.

    Raises `ConfigError` for one that is not there.
    """
    name = next((name for name in AUTHORITIES if environ.get(name)), "")
    if name and not os.path.exists(environ[name]):
        raise ConfigError(
            f"the file of trusted certificates is not there: {environ[name]}", hint=f"check {name}"
        )
    return environ.get(name, "")


def doubt(causes: Iterable[BaseException]) -> str:
    """What is wrong with a server's certificate, as OpenSSL or urllib3 says it; empty where none was seen."""
    from urllib3.util.ssl_match_hostname import CertificateError

    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if isinstance(cause, CertificateError):
            return str(cause)
    return ""


def client_certificate(environ: Mapping[str, str] = os.environ) -> tuple[str, str] | None:
    """The files of our certificate and of its key. Raises `ConfigError` where they are no pair."""
    certificate, key = environ.get(CERTIFICATE, ""), environ.get(KEY, "")
    if not certificate and not key:
        return None
    if not certificate:
        raise ConfigError(f"{KEY} is set, and {CERTIFICATE} is not", hint="set both, or neither")
    hint = f"check {CERTIFICATE} and {KEY}"
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_cert_chain(certificate, key or None, password=_no_password)
    except ssl.SSLError:
        raise ConfigError(
            "the client certificate and its key are not a pair, or one of them is not PEM", hint=hint
        ) from None
    except OSError as error:
        raise ConfigError(f"the client certificate cannot be read: {error.strerror}", hint=hint) from None
    except _Encrypted:
        raise ConfigError("the key of the client certificate is encrypted", hint="decrypt it") from None
    return certificate, key or certificate


def prepare(session: requests.Session) -> None:
    """Let a session trust and identify itself as the environment says."""
    session.verify = authorities() or True
    session.cert = client_certificate()


class _Encrypted(Exception):
    """A key asks for its password, which nobody is there to type."""


def _no_password() -> str:
    raise _Encrypted
