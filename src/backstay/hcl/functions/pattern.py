"""Regular expressions in RE2 syntax, compiled to the program that `machine.py` runs.

The syntax is that of https://github.com/google/re2/wiki/Syntax: what backtracking engines add
(back-references, look-around, possessive operators) is refused. Left out of RE2: scripts
(`\\p{Greek}`; general categories like `\\pL` and `\\p{Lu}` are known) and `\\C`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec

from backstay.hcl.functions.convert import FunctionError

MAX_PROGRAM = 10_000
MAX_REPEAT = 1_000
MAX_NESTING = 200

Range: TypeAlias = tuple[str, str]
Position: TypeAlias = Literal["text start", "text end", "line start", "line end", "boundary", "no boundary"]


class Class(msgspec.Struct, frozen=True):
    """A set of characters: ranges, general categories (by prefix), other classes; perhaps negated."""

    ranges: tuple[Range, ...] = ()
    categories: tuple[str, ...] = ()
    parts: tuple[Class, ...] = ()
    negated: bool = False
    fold: bool = False

    def matches(self, character: str) -> bool:
        forms = {character, character.lower(), character.upper()} if self.fold else {character}
        return any(self._has(form) for form in forms) != self.negated

    def _has(self, character: str) -> bool:
        return (
            any(low <= character <= high for low, high in self.ranges)
            or (bool(self.categories) and unicodedata.category(character).startswith(self.categories))
            or any(part.matches(character) for part in self.parts)
        )


class Split(msgspec.Struct, frozen=True):
    """Go on at both places, the first preferred; both relative to here. One place is a jump."""

    targets: tuple[int, ...]


class Save(msgspec.Struct, frozen=True):
    """Remember the position in this slot: group n has slots 2n and 2n+1."""

    slot: int


class Assert(msgspec.Struct, frozen=True):
    """Go on only at such a position."""

    position: Position


class Match(msgspec.Struct, frozen=True):
    """The pattern has matched."""


Instruction: TypeAlias = Class | Split | Save | Assert | Match
Code: TypeAlias = tuple[Instruction, ...]


class Program(msgspec.Struct, frozen=True):
    """A compiled pattern. `names` are the names of its groups, empty for numbered ones."""

    code: Code
    names: tuple[str, ...]


class Flags(msgspec.Struct, frozen=True):
    """`i` ignores case, `m` lets `^` and `$` match at lines, `s` lets `.` match newlines, `U` is lazy."""

    i: bool = False
    m: bool = False
    s: bool = False
    U: bool = False


DIGIT = Class((("0", "9"),))
SPACE = Class(tuple((c, c) for c in "\t\n\f\r "))
WORD = Class((("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z")))
PERL = {"d": DIGIT, "s": SPACE, "w": WORD}
POSIX: dict[str, tuple[Range, ...]] = {
    "alnum": (("0", "9"), ("A", "Z"), ("a", "z")),
    "alpha": (("A", "Z"), ("a", "z")),
    "ascii": (("\x00", "\x7f"),),
    "blank": (("\t", "\t"), (" ", " ")),
    "cntrl": (("\x00", "\x1f"), ("\x7f", "\x7f")),
    "digit": (("0", "9"),),
    "graph": (("!", "~"),),
    "lower": (("a", "z"),),
    "print": ((" ", "~"),),
    "punct": (("!", "/"), (":", "@"), ("[", "`"), ("{", "~")),
    "space": (("\t", "\r"), (" ", " ")),
    "upper": (("A", "Z"),),
    "word": WORD.ranges,
    "xdigit": (("0", "9"), ("A", "F"), ("a", "f")),
}
ASSERTIONS: dict[str, Position] = {"A": "text start", "z": "text end", "b": "boundary", "B": "no boundary"}
CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}

REPEAT = re.compile(r"(?:([*+?])|\{(\d{1,4})(?:(,)(\d{1,4})?)?\})(\??)")
GROUP = re.compile(r"\((?:\?(?:P?<(?P<name>\w+)>|(?P<on>[imsU]*)(?P<off>-[imsU]+)?(?P<end>[:)])))?")
NUMERIC_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]{1,8})\}|([1-7][0-7]{1,2}|0[0-7]{0,2}))")
CATEGORY = re.compile(r"\\([pP])(?:([A-Z])|\{(\^?)([A-Z][a-z]?)\})")
POSIX_CLASS = re.compile(r"\[:(\^?)(\w+):\]")
LITERAL_RUN = re.compile(r"\\Q(.*?)(?:\\E|\Z)", re.DOTALL)


@lru_cache(maxsize=64)
def compile_pattern(pattern: str) -> Program:
    """The program of a pattern. Raises `FunctionError` for what is not RE2 syntax, or too large."""
    parser = _Parser(pattern)
    code = parser.alternatives(Flags(), depth=0)
    if parser.at < len(pattern):
        raise parser.error("has a ) without a (")
    return Program((Save(0), *code, Save(1), Match()), tuple(parser.names))


class _Parser:
    """Recursive descent; `at` is the next character, each method returns the code of what it read."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.names: list[str] = []

    def error(self, what: str) -> FunctionError:
        return FunctionError(f"the regular expression {what} (at character {self.at + 1})")

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self, regex: re.Pattern[str]) -> re.Match[str] | None:
        found = regex.match(self.pattern, self.at)
        if found:
            self.at = found.end()
        return found

    def alternatives(self, flags: Flags, depth: int) -> Code:
        if depth > MAX_NESTING:
            raise self.error(f"has groups nested deeper than {MAX_NESTING}")
        branches: list[Code] = []
        while True:
            code, flags = self.sequence(flags, depth)
            branches.append(code)
            if self.peek() != "|":
                break
            self.at += 1
        joined = branches.pop()
        while branches:
            code = branches.pop()
            joined = (Split((1, len(code) + 2)), *code, Split((len(joined) + 1,)), *joined)
            self.check_size(len(joined))
        return joined

    def sequence(self, flags: Flags, depth: int) -> tuple[Code, Flags]:
        """One branch, and the flags that hold after it (`(?i)` lasts to the end of its group)."""
        code: list[Instruction] = []
        while self.peek() not in ("", "|", ")"):
            if literal := self.take(LITERAL_RUN):
                code += [_character(c, flags) for c in literal[1]]
                continue
            if self.peek() == "(":
                item, flags = self.group(flags, depth)
            else:
                item = self.atom(flags)
            code += self.repeated(item, flags)
            self.check_size(len(code))
        return tuple(code), flags

    def check_size(self, size: int) -> None:
        if size > MAX_PROGRAM:
            raise self.error("is too large")

    def group(self, flags: Flags, depth: int) -> tuple[Code, Flags]:
        opened = self.take(GROUP)
        assert opened
        if opened[0] == "(" and self.peek() == "?":
            raise self.error("has a group that RE2 does not know: look-around and the like")
        inner = flags
        if opened["end"]:
            inner = _switched(flags, opened["on"] or "", (opened["off"] or "")[1:])
            if opened["end"] == ")":
                return (), inner
        number = 0
        if not opened["end"]:
            if opened["name"] and opened["name"] in self.names:
                raise self.error("has two groups of one name")
            self.names.append(opened["name"] or "")
            number = len(self.names)
        code = self.alternatives(inner, depth + 1)
        if self.peek() != ")":
            raise self.error("has a ( without a )")
        self.at += 1
        return ((Save(2 * number), *code, Save(2 * number + 1)) if number else code), flags

    def repeated(self, code: Code, flags: Flags) -> Code:
        counts = self.take(REPEAT)
        if not counts:
            return code
        if REPEAT.match(self.pattern, self.at) or self.peek() == "+":
            raise self.error("repeats a repetition; put it into a group")
        symbol, least, comma, most, lazy = counts.groups()
        low = {"*": 0, "+": 1, "?": 0}.get(symbol) if symbol else int(least)
        high = {"*": None, "+": None, "?": 1}[symbol] if symbol else _upper(least, comma, most)
        assert low is not None
        if max(low, high or 0) > MAX_REPEAT or (high is not None and high < low):
            raise self.error(f"repeats more than {MAX_REPEAT} times, or less than nothing")
        self.check_size((len(code) + 2) * max(low, high or 0))
        return _repeat(code, low, high, greedy=bool(lazy) == flags.U)

    def atom(self, flags: Flags) -> Code:
        character = self.peek()
        if character in ("*", "+", "?"):
            raise self.error("repeats nothing")
        if character == "[":
            return (self.bracket(flags),)
        if character == "\\":
            name = self.pattern[self.at + 1 : self.at + 2]
            if name in ASSERTIONS:
                self.at += 2
                return (Assert(ASSERTIONS[name]),)
            found = self.escape()
            return (found if isinstance(found, Class) else _character(found, flags),)
        self.at += 1
        if character == ".":
            return (Class((("\n", "\n"),) if not flags.s else (), negated=True),)
        if character == "^":
            return (Assert("line start" if flags.m else "text start"),)
        if character == "$":
            return (Assert("line end" if flags.m else "text end"),)
        return (_character(character, flags),)

    def escape(self) -> Class | str:
        """One escape: a class (`\\d`, `\\pL`) or the character it stands for."""
        if found := self.take(NUMERIC_ESCAPE):
            point = int(found[3], 8) if found[3] else int(found[1] or found[2], 16)
            if point > 0x10FFFF:
                raise self.error("names a character that does not exist")
            return chr(point)
        if found := self.take(CATEGORY):
            negated = (found[1] == "P") != bool(found[3])
            return Class(categories=(found[2] or found[4],), negated=negated)
        name = self.pattern[self.at + 1 : self.at + 2]
        if name.lower() in PERL:
            self.at += 2
            known = PERL[name.lower()]
            return known if name in PERL else msgspec.structs.replace(known, negated=True)
        if name in CONTROLS or (name and not name.isalnum()):
            self.at += 2
            return CONTROLS.get(name, name)
        raise self.error("has an escape that RE2 does not know" if name else "ends in a backslash")

    def bracket(self, flags: Flags) -> Class:
        self.at += 1
        negated = self.peek() == "^"
        self.at += negated
        ranges: list[Range] = []
        parts: list[Class] = []
        first = True
        while first or self.peek() != "]":
            first = False
            low = self.member()
            if isinstance(low, Class):
                parts.append(low)
                continue
            high: Class | str = low
            if self.peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                high = self.member()
            if isinstance(high, Class) or high < low:
                raise self.error("has a bad range")
            ranges.append((low, high))
        self.at += 1
        return Class(tuple(ranges), parts=tuple(parts), negated=negated, fold=flags.i)

    def member(self) -> Class | str:
        if found := self.take(POSIX_CLASS):
            if found[2] not in POSIX:
                raise self.error("names an unknown class")
            return Class(POSIX[found[2]], negated=bool(found[1]))
        character = self.peek()
        if not character:
            raise self.error("has a [ without a ]")
        if character == "\\":
            return self.escape()
        self.at += 1
        return character


def _character(character: str, flags: Flags) -> Class:
    return Class(((character, character),), fold=flags.i and character.lower() != character.upper())


def _switched(flags: Flags, on: str, off: str) -> Flags:
    changes = {**dict.fromkeys(on, True), **dict.fromkeys(off, False)}
    return msgspec.structs.replace(flags, **changes)


def _upper(least: str, comma: str | None, most: str | None) -> int | None:
    return int(most) if most else None if comma else int(least)


def _repeat(code: Code, low: int, high: int | None, *, greedy: bool) -> Code:
    if high is None:
        more = (*code, _prefer(-len(code), 1, greedy))
        return (*(code * (low - 1)), *more) if low else (_prefer(1, len(more) + 1, greedy), *more)
    optional: Code = ()
    for _ in range(high - low):
        optional = (_prefer(1, len(code) + len(optional) + 1, greedy), *code, *optional)
    return (*(code * low), *optional)


def _prefer(into: int, past: int, greedy: bool) -> Split:
    return Split((into, past) if greedy else (past, into))


def group_names(program: Program) -> Iterable[str]:
    """The names of the named groups."""
    return (name for name in program.names if name)
