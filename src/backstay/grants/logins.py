"""The token that `backstay login` leaves on a machine, for its owner only.

It lies in `BACKSTAY_CONFIG_DIR`; else `XDG_CONFIG_HOME/backstay`; else `HOME/.config/backstay`. That is not
the cache directory: what is there may be carried from machine to machine, and a token must not.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from backstay import cache
from backstay.credentials import LARGEST
from backstay.decoding import decode
from backstay.errors import ConfigError
from backstay.files import UnreadableError, read_bytes


class Login(msgspec.Struct, frozen=True):
    """A token, and the one server that it is sent to."""

    server: str
    token: str

    def __repr__(self) -> str:
        return f"Login(server={self.server!r})"


def path() -> Path | None:
    """The file; nothing where nobody is at home: a directory for all is no place for a token."""
    given, settings, home = map(os.environ.get, ("BACKSTAY_CONFIG_DIR", "XDG_CONFIG_HOME", "HOME"))
    if given:
        return Path(given) / "login.json"
    if settings:
        return Path(settings) / "backstay" / "login.json"
    return Path(home) / ".config" / "backstay" / "login.json" if home else None


def load() -> Login | None:
    """The login there is. A file that is damaged is none."""
    file = path()
    try:
        return decode(read_bytes(file, LARGEST), Login) if file else None
    except (OSError, UnreadableError, msgspec.DecodeError):
        return None


def store(login: Login) -> None:
    """Raises `ConfigError` where it cannot be written."""
    file = path()
    if not file or not cache.replace(file, msgspec.json.encode(login), durable=True):
        raise ConfigError(
            f"the login cannot be kept{f' in {file}' if file else ': there is no HOME'}",
            hint="name a directory in BACKSTAY_CONFIG_DIR; or give the token in BACKSTAY_TOKEN",
        )


def remove() -> None:
    if file := path():
        with contextlib.suppress(OSError):
            file.unlink()
