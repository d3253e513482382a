"""An SQL text -> its statements. The body of a trigger (`BEGIN … END`) is part of its statement."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.dialects.dialect import Fragment
from backstay.dialects.sqlite.tokens import Token, scan
from backstay.errors import ConfigError

TRIGGER = (("CREATE", "TRIGGER"), ("CREATE", "TEMP", "TRIGGER"), ("CREATE", "TEMPORARY", "TRIGGER"))


def split(sql: str) -> tuple[Fragment, ...]:
    """The statements, in linear time. Raises `ConfigError` for a quote that is never closed."""
    fragments: list[Fragment] = []
    statement: list[Token] = []
    position, line, counted = 0, 1, 0
    before: list[Token] = []

    def finish() -> None:
        nonlocal position, line, counted
        if not any(token.text != ";" for token in statement if token.kind != "space"):
            return
        start = statement[0].start
        position += len(sql[counted:start].encode())
        line += sql.count("\n", counted, start)
        counted = start
        text = sql[start : statement[-1].start + len(statement[-1].text)].rstrip()
        fragments.append(Fragment(position=position, line=line, text=text, comments=_comments(before)))

    for token in scan(sql):
        if token.kind == "broken":
            raise ConfigError(
                f"line {sql.count(chr(10), 0, token.start) + 1}: {token.text} is never closed",
                hint="close the quote, or double it inside of a quoted text",
            )
        if not statement and token.kind == "space":
            before.append(token)
            continue
        statement.append(token)
        if token.text == ";" and _is_complete(statement):
            finish()
            statement, before = [], []
    finish()
    return tuple(fragments)


def _is_complete(statement: Sequence[Token]) -> bool:
    """Does this `;` end the statement? In a trigger only the one behind END does (`CASE … END` has none)."""
    head = tuple(token.word for token in statement[:12] if token.kind != "space")
    if head[:2] not in TRIGGER and head[:3] not in TRIGGER:
        return True
    last = [token.word for token in statement[-8:] if token.kind != "space"]
    return last[-3:-1] == [";", "END"]


def _comments(before: Sequence[Token]) -> tuple[str, ...]:
    """The comments above a statement, down to the last empty line."""
    comments: list[str] = []
    for token in before:
        if token.text[0] in "-/":
            comments.append(token.text)
        elif token.text.count("\n") > 1:
            comments = []
    return tuple(comments)
