"""`--var` values: from the command line to inputs of the project file and of schema files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from backstay.errors import ConfigError
from backstay.hcl.values import Value


def parse_vars(tokens: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The pairs of `--var` flags, in order.

    Each is one CSV record: `a=1,b=2` sets two variables, and `"a=1,2"` (with the quotes) one.
    Raises `ConfigError` for a part without `=`.
    """
    return tuple(_pair(part) for token in tokens for part in _record(token))


def inputs_of(pairs: Sequence[tuple[str, str]]) -> dict[str, Value]:
    """Values by name; a name that is given several times has the list of its values."""
    values: dict[str, Value] = {}
    for name, value in pairs:
        if name not in values:
            values[name] = value
        else:
            before = values[name]
            values[name] = (*(before if isinstance(before, tuple) else (before,)), value)
    return values


def _record(token: str) -> list[str]:
    try:
        records = [record for record in csv.reader(StringIO(token, newline="")) if record]
    except csv.Error:
        records = []
    if len(records) > 1 or (token and not records):
        raise ConfigError(
            "a --var value has several lines",
            hint="wrap the whole of it in double quotes, and double those inside: --var '\"name=…\"'",
        )
    return records[0] if records else []


def _pair(part: str) -> tuple[str, str]:
    name, separator, value = part.partition("=")
    if not separator or not name.strip():
        raise ConfigError(
            f'variables must be given as name=value, not "{part}"',
            hint="a value that contains commas needs double quotes around name and value",
        )
    return name.strip(), value
