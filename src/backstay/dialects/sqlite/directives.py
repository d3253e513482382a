"""The tokens of SQLite as directives in SQL files need them (`backstay.dialects.directives`)."""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects import directives
from backstay.dialects.directives import Lexeme
from backstay.dialects.sqlite.split import split
from backstay.dialects.sqlite.tokens import scan
from backstay.schema.model import Rename


def renames(sql: str) -> tuple[Rename, ...]:
    """See `Dialect.renames`."""
    return directives.renames(split(sql), lex) if "renamed_from" in sql else ()


def lex(sql: str) -> Iterator[Lexeme]:
    """The tokens; names as they are written, which is how SQLite keeps them."""
    leads = True
    for token in scan(sql):
        if token.kind == "space" and token.text[0] not in "-/":
            leads = leads or "\n" in token.text
            continue
        if token.kind == "space":
            yield Lexeme("comment", token.text, leads=leads)
        elif token.kind in {"word", "quoted", "dquoted"}:
            yield Lexeme("name", token.name, token.text.lower() if token.kind == "word" else "")
        else:
            yield Lexeme("string" if token.kind == "string" else "sign", token.text)
        leads = False
