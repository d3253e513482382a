"""Where secrets stand: in variables and the files they name, in URLs, in arguments, in what libpq reads."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from backstay.decoding import decode
from backstay.files import UnreadableError, read_bytes
from backstay.urls import SECRET_PARAMETER, secrets_of_url

SECRET_VARIABLE: Final = re.compile(
    r"(^|_)(TOKEN|SECRET|PASS|PASSWORD|PASSWD|PASSPHRASE|PGPASSWORD|CREDENTIALS?"
    r"|(ACCESS|PRIVATE|SIGNING|API|ENCRYPTION)_KEY)(_|$)",
    re.IGNORECASE,
)
NOT_THE_VALUE: Final = re.compile(r"_(FILE|PATH|DIR|ENV|URL|URI)$", re.IGNORECASE)
"""Variables that say where a secret is, and are none."""

OUR_FILE: Final = re.compile(r"(BACKSTAY|ATLAS)_.+_FILE", re.IGNORECASE)
"""Variables that name a file with what a variable of ours may hold, which may be a URL with a password."""

LARGEST: Final = 64 * 1024
"""Bytes of a file with secrets."""

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s\"']+")
_KEYWORD: Final = re.compile(
    r"\b(?:ssl)?(?:password|passwd)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s'\"&;]+))", re.IGNORECASE
)
"""A password of a connection string: libpq's keywords and values, and their like of other drivers."""

_PASSFILE_LINE: Final = re.compile(r"(?:(?:[^:\\]|\\.)*:){4}(.+)")
"""`host:port:database:user:password` (PostgreSQL documentation, "The Password File")."""

_NAME: Final = re.compile(r"(--)?[\w.]+")
_ESCAPED: Final = re.compile(r"\\(.)")


def find_secrets(environ: Mapping[str, str], words: Sequence[str] = ()) -> frozenset[str]:
    """The secrets of an environment, of the files that it names, and of the words of a command line."""
    texts = (*environ.values(), *words, *_files(environ))
    found = (*_named(environ), *_arguments(words), *_passwords_of_libpq(environ), *_in_texts(texts))
    return frozenset(filter(None, found))


def _named(environ: Mapping[str, str]) -> Iterator[str]:
    """Variables whose names say so, or the files they name; of a JSON object also such members."""
    for name, value in environ.items():
        if not SECRET_VARIABLE.search(name):
            continue
        if name.upper().endswith("_FILE"):
            text = _read(value)
        else:
            text = "" if NOT_THE_VALUE.search(name) else value.strip()
        yield text
        yield from _members(text)


def _members(text: str) -> Iterator[str]:
    """The secret strings within a JSON object. A runner that masks the whole of it would show them."""
    try:
        document = decode(text, object) if text.startswith("{") else None
    except msgspec.MsgspecError:
        return
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            for name, member in value.items():
                if isinstance(member, str) and SECRET_PARAMETER.search(name) and "://" not in member:
                    yield member


def _arguments(words: Sequence[str]) -> Iterator[str]:
    """Values of `--token X`, `--token=X`, `--var db_password=X`."""
    for before, word in zip(("", *words), words, strict=False):
        name, equals, value = word.partition("=")
        if equals and _NAME.fullmatch(name) and _is_telling(name):
            yield value
        elif before == "--token":
            yield word


def _is_telling(name: str) -> bool:
    return bool(SECRET_VARIABLE.search(name.strip("-"))) or "password" in name.lower()


def _in_texts(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for url in _URL.findall(text):
            yield from secrets_of_url(url)
        for quoted, plain in _KEYWORD.findall(text):
            yield _ESCAPED.sub(r"\1", quoted) or plain


def _files(environ: Mapping[str, str]) -> Iterator[str]:
    """The texts of files in which passwords stand among other things."""
    yield from (_read(path) for name, path in environ.items() if OUR_FILE.fullmatch(name))
    yield _read(environ.get("PGSERVICEFILE") or _at_home(environ, ".pg_service.conf"))


def _passwords_of_libpq(environ: Mapping[str, str]) -> Iterator[str]:
    for line in _read(environ.get("PGPASSFILE") or _at_home(environ, ".pgpass")).splitlines():
        found = None if line.startswith("#") else _PASSFILE_LINE.fullmatch(line)
        if found:
            yield _ESCAPED.sub(r"\1", found[1])


def _at_home(environ: Mapping[str, str], name: str) -> str:
    home = environ.get("HOME")
    return os.path.join(home, name) if home else ""


def _read(path: str) -> str:
    """The text of a file; nothing where it cannot be had: who needs it says so."""
    if not path:
        return ""
    try:
        return read_bytes(Path(path), LARGEST).decode("utf-8", "replace").strip()
    except (FileNotFoundError, UnreadableError):
        return ""
