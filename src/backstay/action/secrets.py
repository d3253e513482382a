"""Which values of the environment are secret: found before anything is printed, so that all can be masked.

These are tokens and passwords by the name of their variable, the passwords and secret parameters of all
URLs in variables and inputs, and members of the input `vars` with a telling name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from backstay.urls import SECRET_PARAMETER

SECRET_VARIABLE = re.compile(
    r"(^|_)(TOKEN|SECRET|PASS|PASSWORD|PASSWD|PASSPHRASE|PGPASSWORD|CREDENTIALS?"
    r"|(ACCESS|PRIVATE|SIGNING|API|ENCRYPTION)_KEY)(_|$)",
    re.IGNORECASE,
)
NO_VALUE = re.compile(r"_(FILE|PATH|DIR|ENV|URL|URI)$", re.IGNORECASE)
"""Variables that say where a secret is, and are none."""

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"']+")


def find_secrets(environ: Mapping[str, str]) -> frozenset[str]:
    """Every secret of the environment, as it stands there and, out of URLs, also decoded."""
    return frozenset(filter(None, _found(environ)))


def _found(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        if SECRET_VARIABLE.search(name) and not NO_VALUE.search(name):
            yield value.strip()
        for url in URL.findall(value):
            yield from secrets_of_url(url)
    yield from _of_variables(environ.get("INPUT_VARS", "") or environ.get("BACKSTAY_INPUT_VARS", ""))


def secrets_of_url(url: str) -> Iterator[str]:
    """The password and the secret parameters of a URL, as written and decoded.

    A password that is also the URL's scheme, user, host or database hides nothing: masking such a word
    would blot it out wherever it stands.
    """
    try:
        parts = urlsplit(url)
        password, host = parts.password or "", parts.hostname or ""
    except ValueError:
        return
    visible = {parts.scheme, parts.username or "", host, parts.path.strip("/")}
    if password not in visible:
        yield from (password, unquote(password))
    for pair in parts.query.split("&"):
        name, _, value = pair.partition("=")
        if value and SECRET_PARAMETER.search(name):
            yield from (value, *(decoded for _, decoded in parse_qsl(pair)))


def _of_variables(text: str) -> Iterator[str]:
    """Values of the input `vars` whose names look secret. What is no JSON is refused later, unseen."""
    try:
        given = msgspec.json.decode(text, type=dict[str, object]) if text.strip() else {}
    except msgspec.MsgspecError:
        return
    for name, value in given.items():
        if SECRET_PARAMETER.search(name):
            yield from (str(item) for item in (value if isinstance(value, list) else [value]))
