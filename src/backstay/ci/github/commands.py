"""Workflow commands: lines of the log that the runner obeys, and how to print a line that it must not.

The forms are those of "Workflow commands for GitHub Actions" in GitHub's documentation.
"""

from __future__ import annotations

import re
from secrets import token_hex

MESSAGE_LIMIT = 4096
"""Characters of an annotation's message that the runner keeps."""

_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}
_SURROGATE = re.compile("[\ud800-\udfff]")
_OUTPUT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def command(name: str, message: str = "", **properties: str | int) -> str:
    """`::name key=value,…::message`, escaped. Properties that are empty or 0 are left out."""
    given = [f"{key}={_escape(str(value), _PROPERTY)}" for key, value in properties.items() if value]
    head = f"{name} {','.join(given)}" if given else name
    return f"::{head}::{_escape(message, _DATA)}"


def inert(text: str) -> str:
    """The text, framed so that the runner takes no line of it as a command.

    Text without a command's marks needs no frame: `::` begins one at the start of a line, `##[` begins
    one of the older form anywhere.
    """
    if "::" not in text and "##[" not in text:
        return text
    token = token_hex(16)
    return f"::stop-commands::{token}\n{text}\n::{token}::"


def legible(text: str) -> str:
    """The text with a mark in place of bytes that were no UTF-8, which Python carries as surrogates."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def block(name: str, value: str) -> str:
    """`name<<delimiter`, the value, the delimiter: the form of the file commands that holds any value."""
    if not _OUTPUT_NAME.fullmatch(name):
        raise ValueError(f"not a name for an output: {name!r}")
    delimiter = f"backstay_{token_hex(16)}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _escape(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(char, char) for char in text)
