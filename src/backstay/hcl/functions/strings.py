"""Functions over text. Lengths and positions count Unicode code points."""

from __future__ import annotations

import re

from backstay.hcl.functions.convert import (
    FunctionError,
    Sequence,
    integer,
    limited_text,
    sequence,
    string,
    strings,
)
from backstay.hcl.functions.signature import Table
from backstay.hcl.values import List, Value

TABLE = Table()
LINE_END = re.compile(r"(?:\r?\n)+\Z")
WORD_START = re.compile(r"(?<![\w'’])[^\W\d_]")


def _simple(*forms: str) -> str:
    """The first form of one letter: Unicode's simple case mapping, which never changes a text's length."""
    return next(form for form in forms if len(form) == 1)


@TABLE.define(string)
def lower(text: str) -> Value:
    return "".join(letter.lower()[0] for letter in text)


@TABLE.define(string)
def upper(text: str) -> Value:
    return "".join(_simple(letter.upper(), letter.title(), letter) for letter in text)


@TABLE.define(string)
def title(text: str) -> Value:
    return WORD_START.sub(lambda match: _simple(match[0].title(), match[0]), text)


@TABLE.define(string)
def strrev(text: str) -> Value:
    return text[::-1]


@TABLE.define(string)
def chomp(text: str) -> Value:
    return LINE_END.sub("", text)


@TABLE.define(integer, string)
def indent(spaces: int, text: str) -> Value:
    if spaces < 0:
        raise FunctionError("the number of spaces must not be negative")
    limited_text(len(text) + spaces * text.count("\n"))
    return text.replace("\n", "\n" + " " * spaces)


@TABLE.define(string, sequence, rest=sequence)
def join(separator: str, *lists: Sequence) -> Value:
    parts = [part for items in lists for part in strings(items)]
    limited_text(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


@TABLE.define(string, string)
def split(separator: str, text: str) -> Value:
    return List(text.split(separator) if separator else text)


@TABLE.define(string, string, string)
def replace(text: str, search: str, replacement: str) -> Value:
    limited_text(len(text) + text.count(search) * len(replacement))
    return text.replace(search, replacement)


@TABLE.define(string, integer, integer)
def substr(text: str, offset: int, length: int) -> Value:
    start = max(len(text) + offset, 0) if offset < 0 else offset
    if length < -1:
        raise FunctionError("the length must be -1 (to the end) or more")
    return text[start:] if length == -1 else text[start : start + length]


@TABLE.define(string, string)
def startswith(text: str, prefix: str) -> Value:
    return text.startswith(prefix)


@TABLE.define(string, string)
def endswith(text: str, suffix: str) -> Value:
    return text.endswith(suffix)


@TABLE.define(string, string)
def trim(text: str, characters: str) -> Value:
    return text.strip(characters) if characters else text


@TABLE.define(string, string)
def trimprefix(text: str, prefix: str) -> Value:
    return text.removeprefix(prefix)


@TABLE.define(string, string)
def trimsuffix(text: str, suffix: str) -> Value:
    return text.removesuffix(suffix)


@TABLE.define(string)
def trimspace(text: str) -> Value:
    return text.strip()
