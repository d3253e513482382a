"""SQLite's SQL as tokens: the alphabet under the parser, the normal form of expressions and the splitter.

The rules are those of sqlite.org/lang_keywords.html (four ways to quote) and of its tokenizer: every
character beyond ASCII belongs to words, comments do not nest, and a comment may end with the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, cast

Kind = Literal["space", "string", "quoted", "dquoted", "blob", "number", "word", "operator", "broken"]

_TOKEN = re.compile(
    r"""(?P<space>[ \t\n\f\r]+|--[^\n]*|/\*(?:.*?\*/|.*))
      | (?P<string>'(?>[^']*(?:''[^']*)*)')
      | (?P<quoted>`(?>[^`]*(?:``[^`]*)*)`|\[[^\]]*\])
      | (?P<dquoted>"(?>[^"]*(?:""[^"]*)*)")
      | (?P<blob>[xX]'[0-9A-Fa-f]*')
      | (?P<number>0[xX][0-9A-Fa-f]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)
      | (?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*)
      | (?P<operator>\|\||->>|->|<<|>>|<=|>=|<>|!=|==|[^'"`\[])
      | (?P<broken>.)""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def fold(name: str) -> str:
    """A name as SQLite compares it: upper and lower case are equal in ASCII only."""
    return name.translate(_ASCII_LOWER)


def words(text: str) -> frozenset[str]:
    """A set of words, as readable as they come."""
    return frozenset(text.split())


KEYWORDS = words(
    """
    ABORT ACTION ADD AFTER ALL ALTER ALWAYS ANALYZE AND AS ASC ATTACH AUTOINCREMENT BEFORE BEGIN BETWEEN
    BY CASCADE CASE CAST CHECK COLLATE COLUMN COMMIT CONFLICT CONSTRAINT CREATE CROSS CURRENT
    CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DATABASE DEFAULT DEFERRABLE DEFERRED DELETE DESC DETACH
    DISTINCT DO DROP EACH ELSE END ESCAPE EXCEPT EXCLUDE EXCLUSIVE EXISTS EXPLAIN FAIL FILTER FIRST
    FOLLOWING FOR FOREIGN FROM FULL GENERATED GLOB GROUP GROUPS HAVING IF IGNORE IMMEDIATE IN INDEX
    INDEXED INITIALLY INNER INSERT INSTEAD INTERSECT INTO IS ISNULL JOIN KEY LAST LEFT LIKE LIMIT MATCH
    MATERIALIZED NATURAL NO NOT NOTHING NOTNULL NULL NULLS OF OFFSET ON OR ORDER OTHERS OUTER OVER
    PARTITION PLAN PRAGMA PRECEDING PRIMARY QUERY RAISE RANGE RECURSIVE REFERENCES REGEXP REINDEX
    RELEASE RENAME REPLACE RESTRICT RETURNING RIGHT ROLLBACK ROW ROWS SAVEPOINT SELECT SET TABLE TEMP
    TEMPORARY THEN TIES TO TRANSACTION TRIGGER UNBOUNDED UNION UNIQUE UPDATE USING VACUUM VALUES VIEW
    VIRTUAL WHEN WHERE WINDOW WITH WITHOUT
    """
)
"""sqlite.org/lang_keywords.html. A name that is one of them is always written quoted."""


class Token(NamedTuple):
    """A piece of SQL text. `broken` is a quote that is never closed."""

    kind: Kind
    text: str
    start: int

    @property
    def word(self) -> str:
        """What a parser compares: a bare word in upper case, an operator, or nothing for a quoted text."""
        if self.kind == "word":
            return self.text.upper()
        return self.text if self.kind == "operator" else ""

    @property
    def name(self) -> str:
        """The identifier (or string) behind the quotes."""
        if self.kind in ("quoted", "dquoted", "string"):
            quote = self.text[-1]
            return self.text[1:-1].replace(quote * 2, quote) if quote != "]" else self.text[1:-1]
        return self.text


def scan(sql: str) -> Iterator[Token]:
    """All tokens, with white space and comments, in linear time."""
    for match in _TOKEN.finditer(sql):
        yield Token(cast(Kind, match.lastgroup), match.group(), match.start())


def tokens(sql: str) -> tuple[Token, ...]:
    """The tokens that mean something."""
    return tuple(
        Token(cast(Kind, match.lastgroup), match.group(), match.start())
        for match in _TOKEN.finditer(sql)
        if match.lastgroup != "space"
    )


def quote(name: str) -> str:
    """An identifier in backquotes."""
    return f"`{name.replace('`', '``')}`"


def identifier(name: str) -> str:
    """An identifier, quoted where it must be."""
    plain = _PLAIN.fullmatch(name) and name.upper() not in KEYWORDS
    return name if plain else quote(name)


def literal(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"
