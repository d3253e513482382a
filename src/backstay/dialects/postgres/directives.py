"""The tokens of PostgreSQL as directives in SQL files need them (`backstay.dialects.directives`)."""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects import directives
from backstay.dialects.directives import Lexeme
from backstay.dialects.postgres.split import scan, split
from backstay.schema.model import Rename


def renames(sql: str) -> tuple[Rename, ...]:
    """See `Dialect.renames`."""
    return directives.renames(split(sql), lex) if "renamed_from" in sql else ()


def lex(sql: str) -> Iterator[Lexeme]:
    """The tokens; names as the catalogue has them (4.1.1: what is not quoted is in lower case)."""
    leads = True
    for token in scan(sql):
        text = token.text
        if token.kind == "space":
            leads = leads or "\n" in text
            continue
        match token.kind:
            case "comment":
                yield Lexeme("comment", text, leads=leads)
            case "word":
                yield Lexeme("name", text.lower(), text.lower())
            case "quoted" if text.startswith('"'):
                yield Lexeme("name", text[1:-1].replace('""', '"'))
            case "quoted":
                yield Lexeme("string", text[1:-1].replace("''", "'"))
            case _:
                yield Lexeme("sign", text)
        leads = False
