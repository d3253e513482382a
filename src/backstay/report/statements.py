"""SQL statements as readers meet them: with a terminator."""

from __future__ import annotations


def terminated(sql: str) -> str:
    """The statement with the semicolon that ends it in a file."""
    return sql if sql.rstrip().endswith(";") else f"{sql};"
