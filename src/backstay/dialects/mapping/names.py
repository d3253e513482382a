"""Names as SQL writes them: quoted, and taken apart again."""

from __future__ import annotations

import re

import msgspec

IDENTIFIER = r'"(?:[^"]|"")+"|[\w$]+'
USER_TYPE = re.compile(rf"(?:({IDENTIFIER})\s*\.\s*)?({IDENTIFIER})((?:\s*\[\d*\])*)")


class TypeName(msgspec.Struct, frozen=True):
    """A type by name: its schema (empty if not written), its name, and the brackets of an array."""

    schema: str
    name: str
    array: str


def quote_identifier(name: str) -> str:
    """A delimited identifier of standard SQL, which all dialects here read."""
    return '"' + name.replace('"', '""') + '"'


def type_name(text: str) -> TypeName | None:
    """The parts of `public."my status"[]`; `None` for a type that is more than a name."""
    match = USER_TYPE.fullmatch(text)
    if match is None:
        return None
    schema, name, array = match.groups()
    return TypeName(_fold(schema or ""), _fold(name), array.replace(" ", ""))


def _fold(identifier: str) -> str:
    """An identifier as the catalogue stores it: unquoted ones in lower case."""
    if identifier.startswith('"'):
        return identifier[1:-1].replace('""', '"')
    return identifier.lower()
