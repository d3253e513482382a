"""Defaults: HCL values to SQL literals and back.

`to_sql` is how a literal is read; `from_sql` offers a literal only where reading it gives back exactly
the same SQL, and the raw expression everywhere else.
"""

from __future__ import annotations

import re
from decimal import Decimal

from backstay.hcl.values import RawSQL, Value

NUMERIC = frozenset({"integer", "float", "decimal"})
"""Kinds whose literals stand without quotes."""

TEXTUAL = frozenset(
    {"string", "enum", "array", "binary", "json", "network", "spatial", "time", "uuid", "xml"}
)
"""Kinds whose literals are strings, whatever they look like."""

NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
QUOTED = re.compile(r"'(?:[^']|'')*'")


def quote(text: str) -> str:
    """A string literal of standard SQL."""
    return "'" + text.replace("'", "''") + "'"


def unquote(literal: str) -> str:
    """The text of a string literal of standard SQL."""
    return literal[1:-1].replace("''", "'")


def to_sql(value: str | int | Decimal, kind: str) -> str:
    """The SQL literal of a value for a column of this kind of type.

    A string that already is a complete literal stays one; one in double quotes becomes one.
    """
    if isinstance(value, str):
        return _string(value, kind)
    text = ("true" if value else "false") if isinstance(value, bool) else number_text(value)
    return quote(text) if kind in TEXTUAL else text


def from_sql(sql: str, kind: str) -> Value:
    """The HCL value that `to_sql` turns into this SQL, else the SQL itself as `RawSQL`."""
    value = _value(sql, kind)
    if isinstance(value, RawSQL) or to_sql(value, kind) != sql:
        return RawSQL(sql)
    return value


def number_text(value: int | Decimal) -> str:
    """Digits without exponent."""
    return str(value) if isinstance(value, int) else format(value, "f")


def _string(value: str, kind: str) -> str:
    if QUOTED.fullmatch(value):
        return value
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return quote(value[1:-1].replace('\\"', '"'))
    bare = (kind in NUMERIC and NUMBER.fullmatch(value)) or (kind == "bool" and value in ("true", "false"))
    return value if bare else quote(value)


def _value(sql: str, kind: str) -> str | int | Decimal | RawSQL:
    if kind == "bool" and sql in ("true", "false"):
        return sql == "true"
    if kind not in TEXTUAL and NUMBER.fullmatch(sql):
        return _number(sql)
    return unquote(sql) if QUOTED.fullmatch(sql) else RawSQL(sql)


def _number(sql: str) -> int | Decimal | RawSQL:
    """A number, unless HCL would forget how it was written (`1.50`, `-0`)."""
    value = Decimal(sql) if "." in sql else int(sql)
    shortest = number_text(value.normalize() if isinstance(value, Decimal) else value)
    return value if shortest == sql else RawSQL(sql)
