"""Identifiers and literals in SQL text."""

from __future__ import annotations

import re

STRING = r"""(?<![\w$])[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'"""
"""A string constant: a backslash is special only where it is marked (4.1.2.2); the catalogue marks none."""

QUOTED_NAME = r'"(?:[^"]|"")*"'

_PART = rf"{QUOTED_NAME}|[^\W\d][\w$]*"
_PATH = re.compile(rf"(?:({_PART})\.)?({_PART})")


def quote_name(name: str) -> str:
    """An identifier in double quotes (PostgreSQL documentation, 4.1.1)."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """A string constant; an escape string where it holds a backslash (4.1.2), safe under any setting."""
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted


def qualified(schema: str, name: str) -> str:
    """A name behind that of its schema, where there is one."""
    return f"{quote_name(schema)}.{quote_name(name)}" if schema else quote_name(name)


def collation(name: str) -> str:
    """A collation as SQL names it. The model keeps the system's by bare name, others in SQL's words."""
    return name if name.startswith('"') else quote_name(name)


def parse_name(text: str) -> tuple[str, str] | None:
    """`schema.name` or `name` as SQL words it -> (schema or empty, name); nothing for any other text."""
    match = _PATH.fullmatch(text.strip())
    if match is None:
        return None
    return _unquoted(match[1] or ""), _unquoted(match[2])


def _unquoted(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part.lower()


def mentions(text: str, name: str) -> bool:
    """May the expression speak of this name? True too often rather than too seldom."""
    return name in text and (
        quote_name(name) in text or re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text) is not None
    )


def unwrapped(text: str) -> str:
    """The expression without its outer parentheses, if one pair encloses all of it."""
    return text[1:-1] if encloses(text) else text


def wrapped(text: str) -> str:
    """The expression in parentheses, unless one pair encloses all of it: a query needs that for itself."""
    return text if encloses(text) and not SUBQUERY.match(text) else f"({text})"


SUBQUERY = re.compile(r"\(+\s*(?:SELECT|WITH|VALUES)\b", re.IGNORECASE)
_SIGNIFICANT = re.compile(rf"{STRING}|{QUOTED_NAME}|[()]", re.DOTALL)


def encloses(text: str) -> bool:
    """Does the first parenthesis close with the last character? Quotes are respected."""
    if not (text.startswith("(") and text.endswith(")")):
        return False
    depth = 0
    for match in _SIGNIFICANT.finditer(text):
        if match[0] == "(":
            depth += 1
        elif match[0] == ")":
            depth -= 1
            if depth == 0:
                return match.end() == len(text)
    return False
