"""Template text to tokens: literal text, and the words inside `{{ … }}`."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Generator, Iterator
from typing import Literal, NamedTuple

from backstay.report.template.errors import TemplateError

Kind = Literal[
    "text", "open", "close", "string", "char", "number", "field", "dot", "variable", "word", "symbol", "end"
]


class Token(NamedTuple):
    """A token: `spaced` says that white space is in front of it, which separates arguments."""

    kind: Kind
    text: str
    position: str
    spaced: bool = False


_SPACE = " \t\r\n"
_COMMENT = re.compile(r"\{\{(-\s+)?/\*(?:[^*]|\*(?!/))*\*/(\s+-)?\}\}")
_OPEN = re.compile(r"\{\{(-(?=\s))?")
_CLOSE = re.compile(r"\s-\}\}|\}\}")
_TOKEN = re.compile(
    r"""
      (?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)
    | (?P<char>'(?:[^'\\\n]|\\.[^'\n]*)')
    | (?P<number>[+-]?(?:
          0[xXbBoO][0-9a-fA-F_]+
        | (?:[0-9][0-9_]*(?:\.[0-9_]*)? | \.[0-9][0-9_]*) (?:[eE][+-]?[0-9]+)?
      ))
    | (?P<field>\.[^\W\d]\w*)
    | (?P<dot>\.)
    | (?P<variable>\$\w*)
    | (?P<word>[^\W\d]\w*)
    | (?P<symbol>:=|[=|(),])
    """,
    re.VERBOSE,
)
_ENDS_OPERAND = re.compile(r"[\s.,|()=:}]|$")


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a template, an `end` token last. Raises `TemplateError`. Linear in the text."""
    return _Lexer(text).run()


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.trim_next = False
        self.line_ends = [found.start() for found in re.finditer("\n", text)]

    def run(self) -> Iterator[Token]:
        start = 0
        while (opening := self.text.find("{{", start)) >= 0:
            comment = _COMMENT.match(self.text, opening)
            delimiter = comment or _OPEN.match(self.text, opening)
            assert delimiter is not None
            yield from self.literal(start, opening, trim=bool(delimiter[1]))
            if comment:
                start, self.trim_next = comment.end(), bool(comment[2])
                continue
            if self.text.startswith("/*", delimiter.end()):
                raise self.error(opening, "the comment is not closed, or not alone in its braces")
            yield Token("open", "{{", self.position(opening))
            start = yield from self.action(opening, delimiter.end())
        yield from self.literal(start, len(self.text), trim=False)
        yield Token("end", "", self.position(len(self.text)))

    def literal(self, start: int, end: int, *, trim: bool) -> Iterator[Token]:
        """The text between two actions, without the white space that `-` next to it removes."""
        text = self.text[start:end]
        text = text.lstrip(_SPACE) if self.trim_next else text
        text = text.rstrip(_SPACE) if trim else text
        self.trim_next = False
        if text:
            yield Token("text", text, self.position(start))

    def action(self, opening: int, start: int) -> Generator[Token, None, int]:
        """The tokens up to `}}`; returns where the text goes on."""
        spaced = False
        while True:
            closing = _CLOSE.match(self.text, start)
            if closing:
                self.trim_next = closing[0].endswith("-}}")
                yield Token("close", "}}", self.position(start))
                return closing.end()
            if start >= len(self.text):
                raise self.error(opening, "the action is not closed: }} is missing")
            if self.text[start] in _SPACE:
                spaced, start = True, start + 1
                continue
            token = self.token(start, spaced)
            yield token
            spaced, start = False, start + len(token.text)

    def token(self, start: int, spaced: bool) -> Token:
        found = _TOKEN.match(self.text, start)
        if found is None:
            raise self.error(start, self.complaint(start))
        kind: Kind = found.lastgroup  # type: ignore[assignment]
        if kind in ("number", "word", "variable", "field") and not _ENDS_OPERAND.match(
            self.text, found.end()
        ):
            raise self.error(start, f'"{found[0]}{self.text[found.end()]}" is not a number, name or field')
        return Token(kind, found[0], self.position(start), spaced)

    def complaint(self, start: int) -> str:
        if self.text[start] in "\"'`":
            return "the quoted text is not closed"
        return f"unexpected character {self.text[start]!r}"

    def position(self, offset: int) -> str:
        line = bisect_left(self.line_ends, offset)
        before = self.line_ends[line - 1] if line else -1
        return f"{line + 1}:{offset - before}"

    def error(self, offset: int, message: str) -> TemplateError:
        return TemplateError(self.position(offset), message)
