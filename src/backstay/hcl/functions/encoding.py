"""JSON and CSV. What is decoded is data: caps on size and depth, no constants that JSON does not have."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from io import StringIO

from backstay.hcl.functions.convert import (
    FunctionError,
    anything,
    kind,
    limited,
    limited_text,
    number_text,
    parse_number,
    string,
)
from backstay.hcl.functions.signature import Table
from backstay.hcl.values import List, Value

TABLE = Table()
HTML_SAFE = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"})
TOO_DEEP = "the value is nested too deeply"


@TABLE.define(anything)
def jsonencode(value: Value) -> Value:
    try:
        return json_text(value).translate(HTML_SAFE)
    except RecursionError:
        raise FunctionError(TOO_DEEP) from None


def json_text(value: Value) -> str:
    """Compact JSON with sorted keys and exact numbers."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return number_text(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case tuple():
            return f"[{','.join(json_text(item) for item in value)}]"
        case dict():
            members = (f"{json_text(key)}:{json_text(value[key])}" for key in sorted(value))
            return f"{{{','.join(members)}}}"
    raise FunctionError(f"{kind(value)} has no JSON form")


@TABLE.define(string)
def jsondecode(text: str) -> Value:
    limited_text(len(text))
    try:
        decoded = json.loads(
            text, parse_int=parse_number, parse_float=parse_number, parse_constant=_no_constant
        )
        return _from_json(decoded)
    except json.JSONDecodeError as error:
        raise FunctionError(
            f"invalid JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise FunctionError(TOO_DEEP) from None


def _no_constant(name: str) -> Value:
    raise FunctionError(f"invalid JSON: {name} is not a number")


def _from_json(value: object) -> Value:
    match value:
        case list():
            return tuple(_from_json(item) for item in value)
        case dict():
            return {_well_formed(key): _from_json(item) for key, item in value.items()}
        case str():
            return _well_formed(value)
        case None | bool() | int() | Decimal():
            return value
    raise AssertionError(type(value))


def _well_formed(text: str) -> str:
    """JSON can spell half a surrogate pair, which no encoding can write: U+FFFD takes its place."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@TABLE.define(string)
def csvdecode(text: str) -> Value:
    limited_text(len(text))
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, None)
        rows = limited(tuple(row) for row in reader if row)
    except csv.Error as error:
        raise FunctionError(f"invalid CSV in line {reader.line_num}: {error}") from None
    if not header:
        raise FunctionError("invalid CSV: there is no header line")
    if len(set(header)) != len(header):
        raise FunctionError("invalid CSV: two columns have the same name")
    return List(_record(header, row) for row in rows)


def _record(header: list[str], row: Value) -> Value:
    assert isinstance(row, tuple)
    if len(row) != len(header):
        raise FunctionError(f"invalid CSV: a row has {len(row)} fields where the header has {len(header)}")
    return dict(zip(header, row, strict=True))
