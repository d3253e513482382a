"""The functions that templates of `--format` have beyond Go's own (docs/templates.md)."""

from __future__ import annotations

import json as stdlib_json
from collections.abc import Callable, Mapping
from typing import Final

from backstay.report.documents.diff import SchemaDiff
from backstay.report.documents.inspect import SchemaInspect
from backstay.report.gojson import Ordered, encode
from backstay.report.template.errors import FunctionError, Unavailable
from backstay.report.template.printf import sprintf
from backstay.report.template.printing import go_type

_STYLES: Final = {"cyan": "36", "green": "32", "yellow": "33", "red": "31", "redBgWhiteFg": "41;37"}


def template_functions(*, colors: bool = False) -> Mapping[str, Callable[..., object]]:
    """All of them, by name. Without `colors` (no terminal, `NO_COLOR`) the colour helpers change nothing."""
    return _FUNCTIONS | {name: _style(code if colors else "") for name, code in _STYLES.items()}


def json(value: object, *layout: str) -> str:
    """`json x`, `json x indent`, `json x prefix indent`."""
    if len(layout) > 2:
        raise FunctionError("json takes a value, a prefix and an indentation")
    for part in layout:
        _text(part)
    prefix, indent = ("", *layout)[-2:] if layout else ("", "")
    try:
        return encode(value, prefix=prefix, indent=indent)
    except TypeError as error:
        raise FunctionError(str(error)) from None


def json_merge(*objects: str) -> str:
    """JSON objects, given as text, as one: of a member that several have, the last counts."""
    merged: dict[str, object] = {}
    for text in objects:
        try:
            value = stdlib_json.loads(_text(text), object_pairs_hook=Ordered)
        except ValueError as error:
            raise FunctionError(f"an argument is not JSON: {error}") from None
        if not isinstance(value, dict):
            raise FunctionError("an argument is not a JSON object")
        merged.update(value)
    return encode(merged)


def sql(value: object, *indent: str) -> str:
    """The SQL that makes an inspected state, or that leads from one state to the other."""
    if not isinstance(value, (SchemaInspect, SchemaDiff)):
        raise FunctionError("sql takes the data of schema inspect or schema diff")
    if len(indent) > 1:
        raise FunctionError("sql takes one indentation")
    return value.sql(*(_text(part) for part in indent))


def hcl(value: object) -> str:
    """An inspected state as HCL."""
    return _inspected("hcl", value).hcl()


def mermaid(value: object) -> str:
    """An inspected state as a Mermaid entity-relationship diagram."""
    from backstay.report.mermaid import mermaid as draw

    return draw(_inspected("mermaid", value).state)


def base64url(value: str) -> str:
    """Standard base64 in the alphabet of URLs, without padding."""
    return _text(value).replace("+", "-").replace("/", "_").replace("=", "")


def upper(value: str) -> str:
    """The text in upper case."""
    return _text(value).upper()


def add(left: int, right: int) -> int:
    """The sum of two whole numbers."""
    return _number(left) + _number(right)


def indent_ln(value: str, width: int) -> str:
    """The text with every line but the first indented by `width` blanks."""
    return _text(value).replace("\n", "\n" + " " * _number(width))


def _inspected(function: str, value: object) -> SchemaInspect:
    if not isinstance(value, SchemaInspect):
        raise FunctionError(f"{function} takes the data of schema inspect")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise FunctionError(f"a string is needed, not {go_type(value)}")
    return value


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
        raise FunctionError("a whole number is needed")
    return value


def _style(code: str) -> Callable[..., str]:
    def style(layout: str, *values: object) -> str:
        content = sprintf(_text(layout), *values) if values else _text(layout)
        return f"\x1b[{code}m{content}\x1b[0m" if code else content

    return style


_FUNCTIONS: Final[dict[str, Callable[..., object]]] = {
    "json": json,
    "json_merge": json_merge,
    "sql": sql,
    "hcl": hcl,
    "mermaid": mermaid,
    "base64url": base64url,
    "upper": upper,
    "add": add,
    "indent_ln": indent_ln,
    "split": Unavailable("redirect the output of {{ sql . }} or {{ hcl . }} to a file"),
    "write": Unavailable("redirect the output of {{ sql . }} or {{ hcl . }} to a file"),
}
