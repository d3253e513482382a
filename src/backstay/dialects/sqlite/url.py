"""SQLite URLs: `sqlite://path?parameters`, where everything before the `?` is a file name.

`sqlite://app.db` is relative to the working directory, `sqlite:///var/app.db` absolute; `sqlite://dev?mode=memory`
is a named database in memory, shared within the process, and `sqlite://:memory:` one without a name.
"""

from __future__ import annotations

import os
from urllib.parse import quote, unquote, urlencode

import msgspec

from backstay.dialects.sqlite.tokens import words
from backstay.errors import ConfigError
from backstay.urls import query, redact

PRAGMAS = {
    "_busy_timeout": "busy_timeout",
    "_timeout": "busy_timeout",
    "_fk": "foreign_keys",
    "_foreign_keys": "foreign_keys",
    "_journal": "journal_mode",
    "_journal_mode": "journal_mode",
    "_locking": "locking_mode",
    "_locking_mode": "locking_mode",
    "_sync": "synchronous",
    "_synchronous": "synchronous",
}
"""Parameters that set a pragma of the connection."""

URI = frozenset({"mode", "cache", "vfs", "immutable", "nolock", "psow"})
"""Parameters that SQLite's own file URIs know (sqlite.org/uri.html)."""

IGNORED = frozenset({"_txlock", "_loc"})
"""Parameters of other drivers that say nothing here: transactions are always immediate, dates are text."""

PRAGMA_VALUES = words(
    "0 1 on off true false yes no delete truncate persist memory wal normal full extra exclusive"
)


class Location(msgspec.Struct, frozen=True):
    """Where a database lives. `path` is absolute, and empty in memory, where `name` may be empty too."""

    path: str = ""
    name: str = ""
    parameters: dict[str, str] = {}
    pragmas: tuple[tuple[str, str], ...] = ()

    @property
    def uri(self) -> str:
        """The file URI that SQLite opens."""
        if self.path:
            parameters = f"?{urlencode(self.parameters)}" if self.parameters else ""
            return f"file:{quote(self.path)}{parameters}"
        return f"file:/{quote(self.name, safe='')}?vfs=memdb" if self.name else "file::memory:"

    @property
    def read_only(self) -> bool:
        return self.parameters.get("mode") == "ro" or "immutable" in self.parameters


def parse(url: str) -> Location:
    """Take a URL apart. Raises `ConfigError`."""
    parameters = query(url)
    name = unquote(url.partition("://")[2].partition("?")[0]).removeprefix("file:")
    pragmas = tuple(_pragma(url, key, value) for key, value in parameters.items() if key in PRAGMAS)
    for key in parameters:
        if key not in PRAGMAS and key not in URI and key not in IGNORED:
            raise ConfigError(
                f'unknown parameter "{key}" in URL "{redact(url)}"',
                hint=f"known are {', '.join(sorted(URI | set(PRAGMAS)))}",
            )
    if name == ":memory:" or parameters.get("mode") == "memory":
        return Location(name=name.replace(":memory:", "").strip("/"), pragmas=pragmas)
    if not name or "\0" in name:
        raise ConfigError(
            f'missing file name in URL "{redact(url)}"',
            hint="write sqlite://path/to/file.db, or sqlite://dev?mode=memory for a database in memory",
        )
    kept = {key: value for key, value in parameters.items() if key in URI}
    return Location(path=os.path.abspath(name), parameters=kept, pragmas=pragmas)


def _pragma(url: str, key: str, value: str) -> tuple[str, str]:
    if value.lower() not in PRAGMA_VALUES and not value.isdecimal():
        raise ConfigError(
            f'wrong value "{value}" of parameter "{key}" in URL "{redact(url)}"',
            hint="pragmas take a number or a word such as on, off, wal, normal",
        )
    return PRAGMAS[key], value
