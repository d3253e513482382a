"""Functions over regular expressions: RE2 itself, whose syntax HCL means, and which works in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from backstay.hcl.functions.convert import FunctionError, limited, limited_text, string
from backstay.hcl.functions.signature import Table
from backstay.hcl.values import List, Value

TABLE = Table()
SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
EXPANSION = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})", re.ASCII)

Pattern: TypeAlias = Any
Match: TypeAlias = Any
"""What `re2` makes has no types of its own; the interface is that of `re`."""


@TABLE.define(string, string)
def regex(pattern: str, text: str) -> Value:
    """The first match: its text, or its groups as a list or (named ones) as an object."""
    compiled = _compiled(pattern)
    match = compiled.search(text)
    if match is None:
        raise FunctionError("the pattern does not match the text")
    return _result(compiled, match)


@TABLE.define(string, string)
def regexall(pattern: str, text: str) -> Value:
    compiled = _compiled(pattern)
    return List(limited(_result(compiled, match) for match in _matches(compiled, text)))


@TABLE.define(string, string)
def regexmatch(pattern: str, text: str) -> Value:
    return _compiled(pattern).search(text) is not None


@TABLE.define(string)
def regexpescape(text: str) -> Value:
    return SPECIAL.sub(r"\\\g<0>", text)


@TABLE.define(string, string, string)
def regexreplace(text: str, pattern: str, replacement: str) -> Value:
    """Every match replaced; `$1`, `${name}` stand for groups, `$$` for a dollar."""
    compiled = _compiled(pattern)
    parts: list[str] = []
    at = length = 0
    for match in _matches(compiled, text):
        parts += [text[at : match.start()], _expanded(replacement, compiled, match)]
        at = match.end()
        length += len(parts[-1])
        limited_text(length)
    return "".join([*parts, text[at:]])


def _compiled(pattern: str) -> Pattern:
    """The pattern, or a `FunctionError` in RE2's words."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0]
        words = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise FunctionError(f"bad pattern: {words.partition(':')[0]}") from None


def _matches(compiled: Pattern, text: str) -> Iterator[Match]:
    """All matches as Go finds them: an empty one that touches the match before it does not count."""
    end = -1
    for match in compiled.finditer(text):
        if match.end() > match.start() or match.start() != end:
            yield match
        end = match.end()


def _result(compiled: Pattern, match: Match) -> Value:
    named = len(compiled.groupindex)
    if named and named < compiled.groups:
        raise FunctionError("the pattern mixes named and numbered groups")
    if named:
        return {name: match.group(number) for name, number in _in_order(compiled)}
    return tuple(match.groups()) or str(match.group())


def _in_order(compiled: Pattern) -> list[tuple[str, int]]:
    return sorted(compiled.groupindex.items(), key=lambda item: item[1])


def _expanded(replacement: str, compiled: Pattern, match: Match) -> str:
    def group(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if not name:
            return "$"
        number = int(name) if name.isdigit() and len(name) < 5 else compiled.groupindex.get(name, -1)
        return (match.group(number) or "") if 0 <= number <= compiled.groups else ""

    return EXPANSION.sub(group, replacement)
