"""Settings of routines and roles (SET)."""

from __future__ import annotations

import re

from backstay.dialects.postgres.names import quote_name, quote_text

LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)
"""Parameters whose value is a list of names (`variable_is_guc_list_quote` in the sources of pg_dump)."""

_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(?:,|$)')


def setting(name: str, value: str) -> str:
    """`SET name TO value`; a list of names is one string for each of them."""
    items = (_items(value) or ("",)) if name.lower() in LISTS else (value,)
    return f"SET {quote_name(name)} TO {', '.join(map(quote_text, items))}"


def _items(value: str) -> list[str]:
    """The names of a list as the catalogue keeps it: quoted where they have to be."""
    found = []
    position = 0
    while position < len(value) and (match := _ITEM.match(value, position)):
        quoted, plain = match.groups()
        found.append(plain.strip() if quoted is None else quoted.replace('""', '"'))
        position = match.end()
    return found
