"""Functions over regular expressions, in RE2 syntax and linear time (see `pattern.py`)."""

from __future__ import annotations

import re

from backstay.hcl.functions.convert import FunctionError, limited, limited_text, string
from backstay.hcl.functions.machine import Machine, Slots
from backstay.hcl.functions.pattern import Program, compile_pattern, group_names
from backstay.hcl.functions.signature import Table
from backstay.hcl.values import List, Value

TABLE = Table()
SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
EXPANSION = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})", re.ASCII)


@TABLE.define(string, string)
def regex(pattern: str, text: str) -> Value:
    """The first match: its text, or its groups as a list or (named ones) as an object."""
    program = compile_pattern(pattern)
    slots = Machine(program, text).search()
    if slots is None:
        raise FunctionError("the pattern does not match the text")
    return _result(program, text, slots)


@TABLE.define(string, string)
def regexall(pattern: str, text: str) -> Value:
    program = compile_pattern(pattern)
    return List(limited(_result(program, text, slots) for slots in Machine(program, text).all()))


@TABLE.define(string, string)
def regexmatch(pattern: str, text: str) -> Value:
    return Machine(compile_pattern(pattern), text).search() is not None


@TABLE.define(string)
def regexpescape(text: str) -> Value:
    return SPECIAL.sub(r"\\\g<0>", text)


@TABLE.define(string, string, string)
def regexreplace(text: str, pattern: str, replacement: str) -> Value:
    """Every match replaced; `$1`, `${name}` stand for groups, `$$` for a dollar."""
    program = compile_pattern(pattern)
    parts: list[str] = []
    at = length = 0
    for slots in Machine(program, text).all():
        parts += [text[at : slots[0]], _expanded(replacement, program, text, slots)]
        at = slots[1]
        length += len(parts[-1])
        limited_text(length)
    return "".join([*parts, text[at:]])


def _result(program: Program, text: str, slots: Slots) -> Value:
    named = list(group_names(program))
    if named and len(named) < len(program.names):
        raise FunctionError("the pattern mixes named and numbered groups")
    groups = [_group(text, slots, number) for number in range(1, len(program.names) + 1)]
    if named:
        return dict(zip(program.names, groups, strict=True))
    return tuple(groups) if groups else _group(text, slots, 0)


def _group(text: str, slots: Slots, number: int) -> str | None:
    start, end = slots[2 * number : 2 * number + 2]
    return None if start < 0 else text[start:end]


def _expanded(replacement: str, program: Program, text: str, slots: Slots) -> str:
    def group(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if not name:
            return "$"
        if name in program.names:
            return _group(text, slots, program.names.index(name) + 1) or ""
        number = int(name) if name.isdigit() and len(name) < 5 else -1
        return (_group(text, slots, number) or "") if 0 <= number <= len(program.names) else ""

    return EXPANSION.sub(group, replacement)
