"""The two functions that are not over plain data: `sql` marks an expression, `print` talks to people."""

from __future__ import annotations

import sys

from backstay.hcl.functions.convert import FunctionError, anything, string
from backstay.hcl.functions.encoding import json_text
from backstay.hcl.functions.signature import Table
from backstay.hcl.values import RawSQL, Value

TABLE = Table()


@TABLE.define(string)
def sql(text: str) -> Value:
    if not text:
        raise FunctionError("empty expression")
    return RawSQL(text)


@TABLE.define(anything)
def print_(value: Value) -> Value:
    """To standard error: standard output is data, also while somebody debugs."""
    sys.stderr.write(f"{value if isinstance(value, str) else json_text(value)}\n")
    return value
