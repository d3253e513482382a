"""The normal form of types, defaults and expressions.

SQLite keeps the text of a CREATE statement as it was written, so that two spellings of one table would
always differ. Here one spelling is chosen: single blanks, no comments, keywords in upper case, functions,
types and other words in lower case, columns as declared and quoted only where they must be, no outer
parentheses, no qualification with the table's own name. Normalising twice changes nothing.

A double-quoted word that names no column is a string to SQLite (sqlite.org/quirks.html, 8), and becomes one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from backstay.dialects.sqlite.tokens import Token, fold, identifier, literal, tokens, words

WORDS = words(
    """
    AND OR NOT IN IS ISNULL NOTNULL NULL LIKE GLOB REGEXP MATCH ESCAPE BETWEEN CASE WHEN THEN ELSE END
    COLLATE AS DISTINCT FROM EXISTS SELECT FILTER WHERE OVER CURRENT_TIME CURRENT_DATE CURRENT_TIMESTAMP
    """
)
"""Words that are part of the grammar of expressions."""

OPERANDS = words("END NULL ISNULL NOTNULL CURRENT_TIME CURRENT_DATE CURRENT_TIMESTAMP")
"""Those of them that end an operand: a sign behind one is not unary."""

SYNONYMS = {"==": "=", "!=": "<>"}
CONSTANTS = frozenset({"TRUE", "FALSE", "CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP"})
NO_COLUMNS: Mapping[str, str] = {}

_SIMPLE_TYPE = re.compile(r"[a-z_][a-z0-9_]*")


def expression(source: Sequence[Token], table: str = "", columns: Mapping[str, str] = NO_COLUMNS) -> str:
    """The normal form of an expression over the columns of `table` (lower-case name -> declared name)."""
    pieces = _without_own_table(unwrap(source), table)
    text, before, unary = "", None, False
    for position, token in enumerate(pieces):
        after = pieces[position + 1] if position + 1 < len(pieces) else None
        written = _write(token, before, after, columns)
        text += written if before is None or _touches(before, token, written, unary) else f" {written}"
        unary = token.text in ("-", "+", "~") and _starts_operand(before)
        before = token
    return text


def default(text: str) -> str | None:
    """The normal form of a default value; `None` for NULL, which is the same as no default.

    A bare or double-quoted word is a string there (grammar rule `DEFAULT id`).
    """
    source = unwrap(tokens(text))
    if len(source) == 1 and source[0].kind in ("word", "dquoted", "quoted"):
        (token,) = source
        if token.word == "NULL":
            return None
        if token.word not in CONSTANTS:
            return literal(token.name)
    if len(source) == 2 and source[0].text == "+" and source[1].kind == "number":
        source = source[1:]
    return expression(source)


@lru_cache(maxsize=4096)
def type_name(text: str) -> str:
    """The normal form of a declared type; a column without one is a `blob` (the same affinity)."""
    text = fold(text)
    if _SIMPLE_TYPE.fullmatch(text):
        return text
    source = tokens(text)
    if any(token.kind not in ("word", "number") and token.text not in "(),+-" for token in source):
        return " ".join(text.split())
    return re.sub(r" ?([(),+-]) ?", r"\1", " ".join(token.text for token in source)) or "blob"


def unwrap(source: Sequence[Token]) -> Sequence[Token]:
    """The tokens without the parentheses around all of them."""
    while len(source) > 2 and source[0].text == "(" and _closing(source) == len(source) - 1:
        source = source[1:-1]
    return source


def _closing(source: Sequence[Token]) -> int:
    """Where the parenthesis that opens first is closed."""
    depth = 0
    for position, token in enumerate(source):
        if token.kind == "operator":
            depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            return position
    return len(source)


def _without_own_table(source: Sequence[Token], table: str) -> Sequence[Token]:
    """Drop `table.` in front of columns: it would be wrong while the table is rebuilt under another name."""
    own = [
        position
        for position, token in enumerate(source[:-1])
        if source[position + 1].text == "." and fold(token.name) == fold(table)
    ]
    gone = {index for position in own for index in (position, position + 1)}
    return [token for position, token in enumerate(source) if position not in gone] if gone else source


def _write(token: Token, before: Token | None, after: Token | None, columns: Mapping[str, str]) -> str:
    match token.kind:
        case "number":
            return token.text.lower()
        case "blob":
            return f"x{token.text[1:].upper()}"
        case "operator":
            return SYNONYMS.get(token.text, token.text)
        case "word" if token.word in WORDS:
            return token.word
        case "word" | "quoted" | "dquoted":
            return _write_name(token, before, after, columns)
        case _:
            return token.text


def _write_name(token: Token, before: Token | None, after: Token | None, columns: Mapping[str, str]) -> str:
    name, folded = token.name, fold(token.name)
    if before is not None and before.word == "COLLATE":
        return identifier(name.upper())
    if after is not None and after.text == "(":
        return identifier(folded) if token.kind != "word" else folded
    if folded in columns:
        return identifier(columns[folded])
    qualified = "." in (before.word if before else "", after.word if after else "")
    if token.kind == "dquoted" and not qualified:
        return literal(name)
    return folded if token.kind == "word" else identifier(name)


def _touches(before: Token, token: Token, written: str, unary: bool) -> bool:
    """Is there no blank between the two?"""
    if before.text in ("(", ".") or token.text in (")", ",", "."):
        return True
    if token.text == "(":
        return before.kind in ("word", "quoted", "dquoted") and before.word not in WORDS
    return unary and not written.startswith(before.text)  # `--` would be a comment


def _starts_operand(before: Token | None) -> bool:
    """Does an operand begin behind this token, so that a sign there is unary?"""
    if before is None:
        return True
    if before.kind == "operator":
        return before.text != ")"
    return before.word in WORDS - OPERANDS
