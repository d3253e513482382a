"""An SQL text -> its statements, by PostgreSQL's lexical rules (documentation, 4.1).

Known are quotes of all kinds, dollar quotes, nested comments, parentheses (rules hold statements in them),
and the bodies of SQL-standard routines (`BEGIN ATOMIC … END`), as psql knows them. One pass, linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from backstay.dialects.dialect import Fragment
from backstay.errors import ConfigError

TOKEN = re.compile(
    r"""
    (?P<space>\s++)
  | (?P<comment>--[^\n]*+)
  | (?P<block>/\*)
  | (?P<quoted>[eE]'(?:[^'\\]|''|\\.)*+(?P<end_escape>'?)
      | '(?:[^']|'')*+(?P<end>'?)
      | "(?:[^"]|"")*+(?P<end_name>"?))
  | (?P<dollar>\$(?:[^\W\d]\w*+)?\$)
  | (?P<word>[^\W\d][\w$]*+)
  | (?P<number>\d[\w$]*+)
  | (?P<meta>\\[^\n]*+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
COPY = re.compile(r"copy\b(?=.*\bfrom\s+stdin\b)", re.IGNORECASE | re.DOTALL)
END_OF_DATA = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
"""The line behind the rows of a COPY (psql)."""

COMMAND = re.compile(r"\\(?:\w+|.?)")
NESTING = re.compile(r"/\*|\*/")
ROUTINE = re.compile(r"create (or replace )?(function|procedure)\b")
IGNORED_COMMANDS = (r"\restrict", r"\unrestrict")
"""Commands for psql that guard a dump against injection; without psql there is nothing to guard."""


class Token(NamedTuple):
    kind: str
    start: int
    end: int
    text: str


def split(sql: str) -> tuple[Fragment, ...]:
    """The statements with their terminators and the comments above them.

    Raises `ConfigError` for a quote or comment that is never closed, and for commands of psql.
    """
    fragments: list[Fragment] = []
    place = _Place(sql)
    before: list[Token] = []
    statement = _Statement()
    tokens = scan(sql)
    while (token := next(tokens, None)) is not None:
        if statement.is_empty and token.kind in {"space", "comment"}:
            before.append(token)
            continue
        if token.kind == "meta" and statement.is_empty:
            continue
        statement.add(token)
        if token.text == ";" and statement.is_complete:
            if statement.has_content:
                found = place.fragment(statement, before)
                if COPY.match(found.text):
                    found = replace(found, rows=True)
                    tokens = scan(sql, _data_end(sql, token.end))
                fragments.append(found)
            before, statement = [], _Statement()
    if statement.has_content:
        fragments.append(place.fragment(statement, before))
    return tuple(fragments)


def _data_end(sql: str, start: int) -> int:
    """Where the rows of a COPY end, which begin in the line behind the statement."""
    end = END_OF_DATA.search(sql, start)
    if end is None:
        raise ConfigError(
            f"line {_line(sql, start)}: the rows behind this COPY have no end",
            hint=r"they end with a line of \.; take the statement and its rows out of the file",
        )
    return end.end()


def scan(sql: str, start: int = 0) -> Iterator[Token]:
    """The tokens of the text, white space and comments too."""
    position = start
    while match := TOKEN.match(sql, position):
        kind, start, end = match.lastgroup or "", match.start(), match.end()
        kind = "quoted" if kind.startswith("end") else kind
        if kind == "quoted" and not (match["end"] or match["end_escape"] or match["end_name"]):
            raise _unclosed(sql, start, "quoted name" if sql[start] == '"' else "string")
        if kind == "block":
            kind, end = "comment", _comment_end(sql, start)
        elif kind == "dollar":
            end = sql.find(match[0], end) + len(match[0])
            if end < match.end():
                raise _unclosed(sql, start, "dollar-quoted string")
        elif kind == "meta" and not match[0].startswith(IGNORED_COMMANDS):
            raise ConfigError(
                f"line {_line(sql, start)}: {COMMAND.findall(match[0])[0]} is a command of psql, not SQL",
                hint="take psql commands and COPY data out of the file",
            )
        yield Token(kind, start, end, sql[start:end])
        position = end


def _comment_end(sql: str, start: int) -> int:
    depth = 0
    for match in NESTING.finditer(sql, start):
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return match.end()
    raise _unclosed(sql, start, "comment")


def _unclosed(sql: str, start: int, what: str) -> ConfigError:
    return ConfigError(
        f"line {_line(sql, start)}: a {what} that begins here is never closed",
        hint="close it, or double the quote inside of it",
    )


def _line(sql: str, position: int) -> int:
    return sql.count("\n", 0, position) + 1


class _Statement:
    """A statement while it is read: how deep in parentheses and in routine bodies it is."""

    def __init__(self) -> None:
        self.start = self.end = -1
        self.has_content = False
        self._head = ""
        self._is_routine = False
        self._parentheses = 0
        self._blocks = 0

    @property
    def is_empty(self) -> bool:
        return self.start < 0

    @property
    def is_complete(self) -> bool:
        """Would a `;` end it here?"""
        return self._parentheses <= 0 and self._blocks <= 0

    def add(self, token: Token) -> None:
        if self.is_empty:
            self.start = token.start
        self.end = token.end
        if token.kind in {"space", "comment"}:
            return
        self.has_content = self.has_content or token.text != ";"
        if token.text == "(":
            self._parentheses += 1
        elif token.text == ")":
            self._parentheses -= 1
        elif token.kind == "word" and self._parentheses <= 0:
            self._word(token.text.lower())

    def _word(self, word: str) -> None:
        if len(self._head) < 40:
            self._head += word + " "
            self._is_routine = ROUTINE.match(self._head) is not None
        if self._is_routine:
            if word == "begin" or (word == "case" and self._blocks):
                self._blocks += 1
            elif word == "end" and self._blocks:
                self._blocks -= 1


class _Place:
    """Counts bytes and lines on the way through the text, each character once."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.index, self.bytes, self.line = 0, 0, 1

    def fragment(self, statement: _Statement, before: list[Token]) -> Fragment:
        passed = self.sql[self.index : statement.start]
        self.bytes += len(passed.encode())
        self.line += passed.count("\n")
        self.index = statement.start
        return Fragment(
            position=self.bytes,
            line=self.line,
            text=self.sql[statement.start : statement.end].rstrip(),
            comments=_comments(before),
        )


def _comments(before: list[Token]) -> tuple[str, ...]:
    """The comments above a statement, down to the last empty line."""
    comments: list[str] = []
    for token in before:
        if token.kind == "comment":
            comments.append(token.text)
        elif token.text.count("\n") > 1:
            comments = []
    return tuple(comments)
