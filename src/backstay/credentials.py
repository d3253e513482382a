"""Secrets that the environment gives: in a variable, or in a file that a variable names.

`NAME` holds the secret itself, `NAME_FILE` the path of a file with it, as containers mount them. White
space around it is not part of it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from backstay.errors import ConfigError
from backstay.files import MIB, UnreadableError, read_bytes

LARGEST = MIB
"""Bytes of a file with a secret."""


class Credential(msgspec.Struct, frozen=True):
    """A secret, and where it came from: the source may be shown, the text never."""

    text: str
    source: str

    def __repr__(self) -> str:
        return f"Credential(source={self.source!r})"


NOBODY = Credential("", "")
"""No credential at all."""


def from_environment(names: Sequence[str], environ: Mapping[str, str] = os.environ) -> Credential:
    """The first of these variables that is set, itself or as `…_FILE`; `NOBODY` where none is.

    Raises `ConfigError` for a file that cannot be read, and for a variable that is set in both ways.
    """
    for name in names:
        file = f"{name}_FILE"
        if environ.get(name) and environ.get(file):
            raise ConfigError(f"both {name} and {file} are set", hint="set one of them")
        if environ.get(name):
            return Credential(environ[name].strip(), name)
        if environ.get(file):
            return Credential(_read(file, environ[file]), file)
    return NOBODY


def _read(name: str, path: str) -> str:
    try:
        text = read_bytes(Path(path), LARGEST).decode().strip()
    except FileNotFoundError:
        raise ConfigError(f"{name} names a file that is not there", hint="correct its path") from None
    except UnreadableError as error:
        raise ConfigError(f"{name} names a file that cannot be read: {error}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the file that {name} names is not text") from None
    if not text:
        raise ConfigError(f"the file that {name} names is empty", hint="write the secret into it")
    return text
