"""Secrets never leave: every text that does goes through `scrub`.

A secret is hidden in each form in which programs may quote it: as it is, percent-encoded or -decoded,
base64, as part of a JSON string, quoted for a shell. A long one is replaced wherever it stands. A short
one (`pass`), or one that is a word (`password`, `postgres`), may also name somebody's table or column, and
a schema with that name must come out unharmed: it is replaced only where it is used as a password, in a
URL or behind a telling name.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from backstay.urls import HIDDEN, SECRET_PARAMETER

MIN_MASKED: Final = 4
"""Masking anything shorter would make a log unreadable."""

MIN_ANYWHERE: Final = 8
"""From this length on a secret is taken to be no name in anybody's schema, unless it is a plain word."""

WORD: Final = re.compile(r"([A-Z]?[a-z_]{1,15}|[A-Z_]{1,16})[0-9]{0,3}")
"""Passwords of databases for tests are words like `postgres` and `password123`, and so are names."""

SECRET_VARIABLE: Final = re.compile(
    r"(^|_)(TOKEN|SECRET|PASS|PASSWORD|PASSWD|PASSPHRASE|PGPASSWORD|CREDENTIALS?"
    r"|(ACCESS|PRIVATE|SIGNING|API|ENCRYPTION)_KEY)(_|$)",
    re.IGNORECASE,
)
NOT_THE_VALUE: Final = re.compile(r"_(FILE|PATH|DIR|ENV|URL|URI)$", re.IGNORECASE)
"""Variables that say where a secret is, and are none."""

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s\"']+")


class Secrets:
    """A growing set of secrets, and the filter that hides them."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        self._anywhere: re.Pattern[str] | None = None
        self._in_context: re.Pattern[str] | None = None
        self.add(*values)

    def add(self, *values: str) -> None:
        """Hide these from now on. Empty ones are ignored."""
        found = {form for value in values for form in forms_of(value)}
        if found <= self._forms:
            return
        self._forms |= found
        names = {form for form in self._forms if len(form) < MIN_ANYWHERE or WORD.fullmatch(form)}
        self._anywhere = _alternatives(self._forms - names)
        name = _alternatives(names)
        self._in_context = name and re.compile(
            rf"(://[^\s/:@]*:){name.pattern}(?=@)"
            rf"|((?:pass(?:word|wd)?|secret|token|key)(?:\s*[=:]\s*[\"']?|\\*\"?\s+')){name.pattern}\b",
            re.IGNORECASE,
        )

    def forms(self) -> tuple[str, ...]:
        """Every form worth masking in a log that masks by itself; the longest first."""
        return tuple(
            sorted((form for form in self._forms if len(form) >= MIN_MASKED), key=lambda f: (-len(f), f))
        )

    def scrub(self, text: str) -> str:
        """The text without any secret."""
        if self._anywhere:
            text = self._anywhere.sub(HIDDEN, text)
        if self._in_context:
            text = self._in_context.sub(lambda found: (found[1] or found[2]) + HIDDEN, text)
        return text


def forms_of(value: str) -> Iterator[str]:
    """The ways in which programs quote a secret. Those of a text of several lines include each line."""
    from backstay.report import gojson

    for secret in {value, value.strip(), *value.splitlines()} - {""}:
        for form in (secret, unquote(secret)):
            yield form
            yield quote(form, safe="")
            yield quote(form)
            yield quote_plus(form)
            yield base64.b64encode(form.encode("utf-8", "surrogateescape")).decode()
            yield json.dumps(form)[1:-1]
            yield json.dumps(form, ensure_ascii=False)[1:-1]
            yield gojson.quote(form)[1:-1]
            yield shlex.quote(form)
            yield form.replace("'", "''")


def secrets_of_url(url: str) -> Iterator[str]:
    """The password and the secret parameters of a URL, as written and decoded.

    A password that is also the user, host or database of the URL hides nothing.
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


def find_secrets(environ: Mapping[str, str], words: Iterable[str] = ()) -> frozenset[str]:
    """The secrets of an environment and of command-line words: by a variable's name, and in URLs."""
    named = (
        value.strip()
        for name, value in environ.items()
        if SECRET_VARIABLE.search(name) and not NOT_THE_VALUE.search(name)
    )
    in_urls = (
        secret
        for text in (*environ.values(), *words)
        for url in _URL.findall(text)
        for secret in secrets_of_url(url)
    )
    return frozenset(filter(None, (*named, *in_urls)))


_process: Secrets | None = None


def process_secrets() -> Secrets:
    """The secrets of this process: those of its environment and command line, and those learned since."""
    global _process  # noqa: PLW0603 (one process has one set of secrets)
    if _process is None:
        _process = Secrets(find_secrets(os.environ, sys.argv))
    return _process


def learn_url(url: str) -> str:
    """Hide what is secret in this URL, which came from somewhere else; returns the URL as it is."""
    process_secrets().add(*secrets_of_url(url))
    return url


def scrub(text: str) -> str:
    """The text without the secrets of this process."""
    return process_secrets().scrub(text)


def _alternatives(forms: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern that finds any of the forms, the longest of several."""
    ordered = sorted(forms, key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(map(re.escape, ordered))})") if ordered else None
