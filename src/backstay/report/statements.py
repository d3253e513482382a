"""SQL statements as readers meet them: with a terminator, under a comment that says what they do."""

from __future__ import annotations

from collections.abc import Iterable

from backstay.dialects.dialect import Statement
from backstay.engine.migration import capitalised


def terminated(sql: str) -> str:
    """The statement with the semicolon that ends it in a file."""
    return sql if sql.rstrip().endswith(";") else f"{sql};"


def script(statements: Iterable[Statement]) -> str:
    """The statements as an SQL script, each below its comment; empty without statements."""
    return "".join(
        f"-- {capitalised(statement.comment)}\n{terminated(statement.sql)}\n" for statement in statements
    )
