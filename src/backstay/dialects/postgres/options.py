"""Options of foreign data wrappers, servers, tables and their columns (CREATE SERVER, ALTER SERVER)."""

from __future__ import annotations

from collections.abc import Mapping

from backstay.dialects.postgres.names import quote_name, quote_text


def options(values: Mapping[str, str]) -> str:
    """` OPTIONS (…)` of an object that is made; nothing without options."""
    if not values:
        return ""
    return f" OPTIONS ({', '.join(f'{quote_name(name)} {quote_text(values[name])}' for name in values)})"


def changed_options(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """` OPTIONS (ADD … , SET …, DROP …)` of an ALTER; nothing where they are the same."""
    words = [f"DROP {quote_name(name)}" for name in before if name not in after]
    for name, value in after.items():
        if before.get(name) != value:
            words.append(f"{'SET' if name in before else 'ADD'} {quote_name(name)} {quote_text(value)}")
    return f" OPTIONS ({', '.join(words)})" if words else ""
