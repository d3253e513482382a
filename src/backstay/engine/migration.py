"""The text of a migration: planned statements as an SQL file, and back."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from backstay.dialects.dialect import Fragment, Statement
from backstay.errors import ConfigError

DIRECTIVE = re.compile(r"^\s*(?:--|#|/\*)\s*(?:atlas|backstay):(\w+)\s*(.*?)\s*(?:\*/)?\s*$")


def render(statements: Sequence[Statement], directives: Sequence[str] = ()) -> str:
    """Header directives and an empty line, then a comment line and `SQL;` per statement."""
    lines = [f"-- {directive}" for directive in _directives(statements, directives)]
    if lines:
        lines.append("")
    for statement in statements:
        lines.append(f"-- {capitalised(statement.comment)}")
        lines.append(f"{statement.sql};")
    return "\n".join(lines) + "\n"


def transaction_mode(migration: str) -> str:
    """The mode that the header's `txmode` directive asks for; empty where it asks for none."""
    for line in migration.splitlines():
        if not line.strip():
            continue
        match = DIRECTIVE.match(line)
        if match and match[1] == "txmode":
            return match[2]
        if not line.lstrip().startswith(("--", "#", "/*")):
            break
    return ""


def capitalised(comment: str) -> str:
    """The comment with its first letter in upper case, as files show it."""
    return comment[:1].upper() + comment[1:]


def adopt(fragments: Sequence[Fragment], planned: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statements of a migration that a person may have edited.

    One that was planned keeps what the planner knows of it, beside its comment. The hazards of planned
    statements that are no longer there word for word stay: the first edited statement carries them. What
    comes behind a statement that was written by hand asks no rows: it may be there to correct them.
    """
    known = {statement.sql: statement for statement in planned}
    texts = [fragment.text.rstrip().removesuffix(";").rstrip() for fragment in fragments]
    kept = set(texts) & known.keys()
    orphans = [hazard for sql, statement in known.items() if sql not in kept for hazard in statement.hazards]
    adopted: list[Statement] = []
    is_planned = True
    for fragment, sql in zip(fragments, texts, strict=True):
        comment = _comment(fragment)
        statement = known.get(sql)
        if statement is None:
            statement = Statement(sql=sql, comment=comment, hazards=tuple(orphans))
            orphans, is_planned = [], False
        elif not is_planned:
            statement = msgspec.structs.replace(statement, probes=())
        adopted.append(msgspec.structs.replace(statement, comment=comment or statement.comment))
    return tuple(adopted)


def _comment(fragment: Fragment) -> str:
    text = " ".join(_comment_text(line) for line in fragment.comments).strip()
    return text[:1].lower() + text[1:]


def _comment_text(comment: str) -> str:
    return "" if DIRECTIVE.match(comment) else comment.strip().lstrip("-#/* ").removesuffix("*/").strip()


def _directives(statements: Sequence[Statement], directives: Sequence[str]) -> list[str]:
    wanted = [directive.strip().strip('"') for directive in directives]
    for directive in wanted:
        if len(directive.splitlines()) > 1:
            raise ConfigError(f"a directive is one line: {directive!r}", hint='e.g. "atlas:txmode none"')
    needs_none = any(not statement.transactional for statement in statements)
    if needs_none and not any(directive.startswith("atlas:txmode") for directive in wanted):
        wanted.append("atlas:txmode none")
    return wanted
