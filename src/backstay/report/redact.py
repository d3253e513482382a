"""Secrets never leave: every text that does goes through `scrub`.

A secret is hidden in each form in which programs may quote it: as it is, percent-encoded or -decoded, base64
also within a longer text, as part of a JSON string, in HTML, quoted for a shell. A long one is replaced
wherever it stands. A short one (`pass`), or one that is a word (`password`, `postgres`), may also name
somebody's table or column, and a schema with that name must come out unharmed: it is replaced only where it
is used as a password, in a URL or behind a telling name.
"""

from __future__ import annotations

import base64
import html
import json
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus, unquote

import markupsafe

from backstay.report.secrets import find_secrets
from backstay.urls import HIDDEN, secrets_of_url

MIN_MASKED: Final = 4
"""Masking anything shorter would make a log unreadable."""

MIN_ANYWHERE: Final = 8
"""From this length on a secret is taken to be no name in anybody's schema, unless it is a plain word."""

_HEX: Final = re.compile(r"%[0-9A-F]{2}")
_URL_SAFE: Final = str.maketrans("+/", "-_")

WORD: Final = re.compile(r"([A-Z]?[a-z_]{1,15}|[A-Z_]{1,16})[0-9]{0,3}")
"""Passwords of databases for tests are words like `postgres` and `password123`, and so are names."""


class Secrets:
    """A growing set of secrets, and the filter that hides them."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        self._anywhere: re.Pattern[str] | None = None
        self._in_context: re.Pattern[str] | None = None
        self.add(*values)

    def add(self, *values: str) -> tuple[str, ...]:
        """Hide these from now on; the forms that were not known. Empty ones are ignored."""
        found = {form for value in values for form in forms_of(value)} - self._forms
        if not found:
            return ()
        self._forms |= found
        names = {form for form in self._forms if len(form) < MIN_ANYWHERE or WORD.fullmatch(form)}
        self._anywhere = _alternatives(self._forms - names)
        name = _alternatives(names)
        self._in_context = name and re.compile(
            rf"(://[^\s/:@]*:){name.pattern}(?=@)"
            rf"|((?:pass(?:word|wd)?|secret|token|key)(?:\s*[=:]\s*[\"']?|\\*\"?\s+')){name.pattern}\b",
            re.IGNORECASE,
        )
        return masks(found)

    def forms(self) -> tuple[str, ...]:
        """Every form worth masking in a log that masks by itself; the longest first."""
        return masks(self._forms)

    def scrub(self, text: str) -> str:
        """The text without any secret."""
        if self._anywhere:
            text = self._anywhere.sub(HIDDEN, text)
        if self._in_context:
            text = self._in_context.sub(lambda found: (found[1] or found[2]) + HIDDEN, text)
        return text


def masks(forms: Iterable[str]) -> tuple[str, ...]:
    """Those that are long enough for it, the longest first."""
    return tuple(sorted((form for form in forms if len(form) >= MIN_MASKED), key=lambda f: (-len(f), f)))


def forms_of(value: str) -> Iterator[str]:
    """The ways in which programs quote a secret. Those of a text of several lines include each line."""
    from backstay.report import gojson

    for secret in {value, value.strip(), *value.splitlines()} - {""}:
        for form in (secret, unquote(secret)):
            yield form
            for encoded in (quote(form, safe=""), quote(form), quote_plus(form)):
                yield encoded
                yield _HEX.sub(lambda found: found[0].lower(), encoded)
            yield from _base64(form.encode("utf-8", "surrogateescape"))
            yield json.dumps(form)[1:-1]
            yield json.dumps(form, ensure_ascii=False)[1:-1]
            yield gojson.quote(form)[1:-1]
            yield html.escape(form)
            yield html.escape(form, quote=False)
            yield str(markupsafe.escape(form))
            yield shlex.quote(form)
            yield form.replace("'", "''")


def _base64(data: bytes) -> Iterator[str]:
    """As a whole; and what of it stays the same within something longer (`user:password` of HTTP).

    Three bytes are four characters: in front of a text that begins at the second or third byte, and behind
    one that ends there, stands a character which also depends on the neighbour, and is left out.
    """
    yield base64.b64encode(data).decode()
    if len(data) < MIN_ANYWHERE:
        return
    for before, first in ((0, 0), (1, 2), (2, 3)):
        bits = 8 * (before + len(data))
        inner = base64.b64encode(b"\0" * before + data)[first : bits // 6].decode()
        yield inner
        yield inner.translate(_URL_SAFE)


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
