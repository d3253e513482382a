"""The dialects, by URL scheme and by family; loaded when they are first needed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING

from backstay import urls
from backstay.errors import ConfigError

if TYPE_CHECKING:
    from backstay.dialects.dialect import Dialect

FAMILIES: dict[str, tuple[str, str]] = {
    "postgres": ("backstay.dialects.postgres", "POSTGRES"),
    "sqlite": ("backstay.dialects.sqlite", "SQLITE"),
}
"""Family -> module and the name of its `Dialect` in it."""

SCHEMES: dict[str, str] = {
    "postgres": "postgres",
    "postgresql": "postgres",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
}
"""URL scheme -> family."""

ENDINGS: dict[str, str] = {".pg.hcl": "postgres", ".lt.hcl": "sqlite"}
"""Ending of a schema file that says what it is for -> family."""

EXAMPLES = ("docker://postgres/18/dev", "sqlite://dev?mode=memory")
"""URLs of dev databases, for messages."""

CONTAINER_ALIASES: dict[str, str] = {"postgresql": "postgres", "pgvector": "postgres", "postgis": "postgres"}
"""What people call a family in `docker://` URLs, beside its own name."""


def dialect_for(url: str) -> Dialect:
    """The dialect of a database URL, or of what a `docker://` URL runs.

    Raises `ConfigError` for a scheme that is no database's.
    """
    scheme = urls.scheme(url)
    container = re.match(r"docker(?:\+(?P<driver>[^:]+))?://(?P<image>[^/:?]*)", url, re.IGNORECASE)
    if container is not None:
        name = container["driver"] or container["image"]
        return dialect_named(CONTAINER_ALIASES.get(name, name))
    if scheme not in SCHEMES:
        raise ConfigError(f'unknown driver "{scheme}"', hint=f"supported: {', '.join(sorted(SCHEMES))}")
    return dialect_named(SCHEMES[scheme])


def dialect_named(family: str) -> Dialect:
    """The dialect of that family. Raises `ConfigError` for one there is not."""
    if family not in FAMILIES:
        raise ConfigError(f'unknown driver "{family}"', hint=f"supported: {', '.join(sorted(FAMILIES))}")
    module, name = FAMILIES[family]
    dialect: Dialect = getattr(import_module(module), name)
    return dialect


def dialect_of_files(names: Iterable[str]) -> Dialect | None:
    """The dialect that the ending of one of these schema files names, if one does."""
    families = (family for name in names for end, family in ENDINGS.items() if name.endswith(end))
    family = next(families, None)
    return dialect_named(family) if family else None


def is_database(url: str) -> bool:
    """Is this the URL of a database that can be connected to?"""
    return url.partition("://")[0].lower() in SCHEMES
