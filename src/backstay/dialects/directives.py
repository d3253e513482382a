"""`-- atlas:renamed_from old` in SQL files: above a statement, or above a line inside of one.

Above a statement it speaks of the object that this creates; above a column, a constraint, the value of an
enum or the field of a type, of that. The name is written as in SQL: bare, or in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from backstay.dialects.dialect import Fragment
from backstay.errors import ConfigError
from backstay.schema.model import Address, Rename

DIRECTIVE = re.compile(r"(?:--|/\*)\s*(?:atlas|backstay):renamed_from\b\s*(.*?)\s*(?:\*/)?\s*", re.DOTALL)

FAMILIES = {
    "schema": "schema",
    "table": "table",
    "view": "view",
    "index": "index",
    "sequence": "sequence",
    "function": "function",
    "procedure": "function",
    "aggregate": "function",
    "type": "type",
    "domain": "type",
    "collation": "collation",
    "statistics": "statistics",
    "trigger": "trigger",
    "policy": "policy",
    "rule": "rule",
}
"""The word behind CREATE, and the kind of the object's address."""

TABLE_WORD = {"index": "on", "trigger": "on", "policy": "on", "rule": "to"}
"""The word in front of the table, for what is named with one."""

UNNAMED = frozenset({"primary", "unique", "check", "foreign", "exclude", "like"})


class Lexeme(NamedTuple):
    """One token. `value` is the name or text that it stands for, `word` what it is as a keyword.

    `leads` says that a comment is the first thing on its line.
    """

    kind: Literal["name", "string", "sign", "comment"]
    value: str
    word: str = ""
    leads: bool = True


Lex = Callable[[str], Iterable[Lexeme]]


def renames(fragments: Iterable[Fragment], lex: Lex) -> tuple[Rename, ...]:
    """What the directives of these statements tell. Raises `ConfigError` for one that tells nothing."""
    return tuple(rename for fragment in fragments for rename in _Statement(fragment, lex).renames())


class _Statement:
    """One statement with the directives above and in it."""

    def __init__(self, fragment: Fragment, lex: Lex) -> None:
        self.line = fragment.line
        self.lex = lex
        self.above = [was for comment in fragment.comments if (was := _directive(comment)) is not None]
        self.has_inner = "renamed_from" in fragment.text
        self.lexemes = list(lex(fragment.text)) if self.above or self.has_inner else []
        self.plain = [lexeme for lexeme in self.lexemes if lexeme.kind != "comment"]

    def renames(self) -> Iterator[Rename]:
        if not self.lexemes:
            return
        target = self._target()
        if self.above:
            if target is None:
                raise self._error("it stands above a statement that creates nothing with a name")
            yield Rename(target, self._name(self.above[-1]))
        if self.has_inner:
            yield from self._inner(target)

    def _target(self) -> Address | None:
        """What the statement makes: `CREATE …`, or `ALTER TABLE … ADD …`."""
        words = [lexeme.word for lexeme in self.plain]
        if words[:2] == ["alter", "table"]:
            return self._added(words)
        if words[:1] != ["create"]:
            return None
        at = next((number for number, word in enumerate(words[:6]) if word in FAMILIES), 0)
        if not at or "event" in words[:at]:
            return None
        family = "materialized" if "materialized" in words[:at] else FAMILIES[words[at]]
        schema, name, end = self._path(self._skip(at + 1, "concurrently", "if", "not", "exists"))
        if words[at] not in TABLE_WORD:
            return Address("schema", "", name) if family == "schema" else Address(family, schema, name)
        on = next((n for n in range(end, len(words)) if words[n] == TABLE_WORD[words[at]]), 0)
        if not on:
            return None
        schema, table, _ = self._path(self._skip(on + 1, "only"))
        return Address(family, schema, table, name)

    def _added(self, words: Sequence[str]) -> Address | None:
        schema, table, end = self._path(self._skip(2, "if", "exists", "only"))
        if words[end : end + 1] != ["add"]:
            return Address("table", schema, table) if self.has_inner and not self.above else None
        start = self._skip(end + 1, "column", "if", "not", "exists")
        family, child = self._part(self.plain[start:])
        return Address(family, schema, table, child)

    def _inner(self, target: Address | None) -> Iterator[Rename]:
        """The directives above columns, constraints, values and fields."""
        for number, lexeme in enumerate(self.lexemes):
            was = _directive(lexeme.value) if lexeme.kind == "comment" else None
            if was is None:
                continue
            if not lexeme.leads:
                raise self._error("write it on a line of its own, above what it speaks of")
            rest = [later for later in self.lexemes[number + 1 :] if later.kind != "comment"]
            if target is None or not rest or target.kind not in {"table", "type", "column", "constraint"}:
                raise self._error("it stands above nothing that can be renamed")
            family, child = self._part(rest)
            if target.kind == "type" and family == "column":
                family = "field"
            owner = Address(family, target.schema, target.name, child)
            yield Rename(owner, was if family == "value" and was[:1] not in "'\"" else self._name(was))

    def _part(self, rest: Sequence[Lexeme]) -> tuple[str, str]:
        """Kind and name of the part of a table or type that begins here."""
        if rest and rest[0].word == "add":
            rest = [lexeme for lexeme in rest[1:] if lexeme.word not in {"column", "if", "not", "exists"}]
        if rest and rest[0].kind == "string":
            return "value", rest[0].value
        if len(rest) > 1 and rest[0].word == "constraint":
            return "constraint", rest[1].value
        if not rest or rest[0].kind != "name" or rest[0].word in UNNAMED:
            raise self._error("it stands above nothing that has a name")
        return "column", rest[0].value

    def _path(self, start: int) -> tuple[str, str, int]:
        """Schema (may be empty) and name that begin here, and where they end."""
        names = self.plain[start : start + 3]
        if len(names) == 3 and names[1].value == "." and names[2].kind == "name":
            return names[0].value, names[2].value, start + 3
        if not names or names[0].kind != "name":
            raise self._error("it stands above a statement that creates nothing with a name")
        return "", names[0].value, start + 1

    def _skip(self, start: int, *words: str) -> int:
        while start < len(self.plain) and self.plain[start].word in words:
            start += 1
        return start

    def _name(self, was: str) -> str:
        lexemes = [lexeme for lexeme in self.lex(was) if lexeme.kind in {"name", "string"}]
        if len(lexemes) != 1:
            raise self._error(f'"{was}" is not a name')
        return lexemes[0].value

    def _error(self, problem: str) -> ConfigError:
        return ConfigError(
            f"line {self.line}: the directive renamed_from has no effect: {problem}",
            hint="write -- atlas:renamed_from old_name directly above a statement, column or constraint",
        )


def _directive(comment: str) -> str | None:
    """The old name that a comment tells, if it is such a directive."""
    match = DIRECTIVE.fullmatch(comment)
    return match[1] if match else None
