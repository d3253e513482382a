"""What only the CREATE statement tells: constraint names, checks, generated columns, collations, …

A recursive-descent parser for the two statements SQLite keeps in `sqlite_schema` for tables and indexes
(sqlite.org/lang_createtable.html, lang_createindex.html). It collects what no pragma reports and walks over
the rest. Expressions stay token slices; `normal.expression` words them once the columns are known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from backstay.dialects.sqlite.tokens import Token, fold, tokens, words

Tokens = Sequence[Token]
CACHED = 10_000
"""Statements whose reading is remembered: one run inspects the same database several times."""

COLUMN_CONSTRAINTS = words(
    "CONSTRAINT PRIMARY NOT NULL UNIQUE CHECK DEFAULT COLLATE REFERENCES DEFERRABLE GENERATED AS"
)
TABLE_CONSTRAINTS = words("CONSTRAINT PRIMARY UNIQUE CHECK FOREIGN")


class DefinitionError(ValueError):
    """The text is not a CREATE statement as SQLite writes it."""


class ColumnText(msgspec.Struct):
    """A column's collation, generated expression and AUTOINCREMENT."""

    name: str
    collation: str = ""
    generated: Tokens | None = None
    stored: bool = False
    autoincrement: bool = False


class TableText(msgspec.Struct):
    """What the CREATE TABLE statement tells. Foreign keys and checks are in the order of the text.

    `uniques` are (constraint name, columns in lower case); `foreign_keys` (name, initially deferred);
    `checks` (name, expression); `unsupported` names the features that the model cannot carry.
    """

    columns: dict[str, ColumnText] = {}
    primary_key: str = ""
    uniques: list[tuple[str, tuple[str, ...]]] = []
    foreign_keys: list[tuple[str, bool]] = []
    checks: list[tuple[str, Tokens]] = []
    unsupported: list[str] = []

    def column(self, name: str) -> ColumnText:
        return self.columns.get(fold(name)) or ColumnText(name)


class Cursor:
    """A place in a list of tokens; `words` are what a parser compares (see `Token.word`)."""

    def __init__(self, source: Tokens) -> None:
        self.source = source
        self.words = [token.word for token in source]
        self.at = 0

    @property
    def word(self) -> str:
        """The word that comes next; empty for a quoted text, and at the end."""
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self) -> Token:
        if self.at == len(self.source):
            raise DefinitionError("unexpected end")
        self.at += 1
        return self.source[self.at - 1]

    def accept(self, *words: str) -> bool:
        """Take these tokens if they come next."""
        end = self.at + len(words)
        if self.words[self.at : end] != list(words):
            return False
        self.at = end
        return True

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise DefinitionError(f"expected {' '.join(words)}, found {self.word!r}")

    def name(self) -> str:
        return self.take().name

    def group(self) -> Tokens:
        """The tokens of a parenthesised group, without its parentheses."""
        self.expect("(")
        start, depth = self.at, 1
        while depth:
            token = self.take()
            if token.kind == "operator":
                depth += (token.text == "(") - (token.text == ")")
        return self.source[start : self.at - 1]


@lru_cache(maxsize=CACHED)
def parse_table(sql: str) -> TableText:
    """Read a CREATE TABLE statement. Raises `DefinitionError`."""
    return _TableParser(Cursor(tokens(sql))).parse()


@lru_cache(maxsize=CACHED)
def parse_index(sql: str) -> tuple[tuple[Tokens, ...], Tokens]:
    """The key parts of a CREATE INDEX statement, each without its direction, and the predicate."""
    cursor = Cursor(tokens(sql))
    while cursor.word != "(":
        cursor.take()
    parts = tuple(_without_direction(part) for part in split(cursor.group()))
    where = cursor.source[cursor.at :] if cursor.accept("WHERE") else ()
    return parts, where


def split(source: Tokens) -> list[Tokens]:
    """The comma-separated items of a list."""
    items: list[Tokens] = []
    depth, start = 0, 0
    for position, token in enumerate(source):
        if token.kind != "operator":
            continue
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "," and not depth:
            items.append(source[start:position])
            start = position + 1
    return [*items, source[start:]]


def _without_direction(part: Tokens) -> Tokens:
    return part[:-1] if part[-1].word in ("ASC", "DESC") else part


class _TableParser:
    """One table while it is read. The order of the methods is that of SQLite's grammar."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.table = TableText()
        self.constraint = ""

    def parse(self) -> TableText:
        cursor = self.cursor
        cursor.expect("CREATE")
        while not cursor.accept("TABLE"):
            cursor.take()
        cursor.accept("IF", "NOT", "EXISTS")
        cursor.name()
        if cursor.accept("."):
            cursor.name()
        cursor.expect("(")
        while not cursor.accept(")"):
            self.constraint = ""
            if cursor.word in TABLE_CONSTRAINTS:
                self._table_constraint()
            else:
                self._column()
            cursor.accept(",")  # between table constraints it may be left out
        return self.table

    def _column(self) -> None:
        column = ColumnText(self.cursor.name())
        self.table.columns[fold(column.name)] = column
        self._type()
        while self.cursor.word in COLUMN_CONSTRAINTS:
            self._column_constraint(column)

    def _type(self) -> None:
        """The pragma tells the type; here it is only in the way."""
        cursor = self.cursor
        while cursor.word not in COLUMN_CONSTRAINTS and cursor.word not in (",", ")"):
            if cursor.word == "(":
                cursor.group()
            else:
                cursor.take()

    def _column_constraint(self, column: ColumnText) -> None:
        word = self.cursor.take().word
        if word == "CONSTRAINT":
            self.constraint = self.cursor.name()
            return
        rules: dict[str, Callable[[ColumnText], None]] = {
            "PRIMARY": self._column_primary_key,
            "NOT": self._not,
            "NULL": lambda _: self._conflict("NULL"),
            "UNIQUE": self._column_unique,
            "CHECK": lambda _: self._check(),
            "DEFAULT": lambda _: self._default(),
            "COLLATE": self._collate,
            "REFERENCES": lambda _: self._references(),
            "DEFERRABLE": lambda _: self._deferrable(negated=False),
            "GENERATED": self._generated,
            "AS": self._as,
        }
        rules[word](column)
        self.constraint = ""

    def _column_primary_key(self, column: ColumnText) -> None:
        self.cursor.expect("KEY")
        self.table.primary_key = self.constraint
        if self.cursor.accept("DESC"):  # of an INTEGER column: not the row id, unlike in a table constraint
            self.table.unsupported.append("descending primary key")
        self.cursor.accept("ASC")
        self._conflict("PRIMARY KEY")
        column.autoincrement = self.cursor.accept("AUTOINCREMENT")

    def _not(self, _: ColumnText) -> None:
        if self.cursor.accept("DEFERRABLE"):
            self._deferrable(negated=True)
        else:
            self.cursor.expect("NULL")
            self._conflict("NOT NULL")

    def _column_unique(self, column: ColumnText) -> None:
        self.table.uniques.append((self.constraint, (fold(column.name),)))
        self._conflict("UNIQUE")

    def _check(self) -> None:
        self.table.checks.append((self.constraint, self.cursor.group()))
        self._conflict("CHECK")

    def _default(self) -> None:
        cursor = self.cursor
        if cursor.word == "(":
            cursor.group()
        else:
            _ = cursor.accept("-") or cursor.accept("+")
            cursor.take()

    def _collate(self, column: ColumnText) -> None:
        column.collation = self.cursor.name().upper()

    def _generated(self, column: ColumnText) -> None:
        self.cursor.expect("ALWAYS", "AS")
        self._as(column)

    def _as(self, column: ColumnText) -> None:
        column.generated = self.cursor.group()
        column.stored = self.cursor.accept("STORED")
        self.cursor.accept("VIRTUAL")

    def _references(self) -> None:
        self.table.foreign_keys.append((self.constraint, False))
        self.cursor.name()
        if self.cursor.word == "(":
            self.cursor.group()
        while self._reference_action():
            pass

    def _reference_action(self) -> bool:
        """`ON DELETE …` is reported by the pragma; `MATCH …` is parsed and not enforced by SQLite."""
        cursor = self.cursor
        if cursor.accept("MATCH"):
            cursor.take()
            return True
        if not cursor.accept("ON"):
            return False
        cursor.take()
        if cursor.word in ("SET", "NO"):
            cursor.take()
        cursor.take()
        return True

    def _deferrable(self, *, negated: bool) -> None:
        deferred = self.cursor.accept("INITIALLY", "DEFERRED") and not negated
        self.cursor.accept("INITIALLY", "IMMEDIATE")
        self.cursor.accept("INITIALLY", "DEFERRED")
        name, _ = self.table.foreign_keys[-1]
        self.table.foreign_keys[-1] = (name, deferred)

    def _table_constraint(self) -> None:
        cursor = self.cursor
        if cursor.accept("CONSTRAINT"):
            self.constraint = cursor.name()
        if cursor.accept("PRIMARY", "KEY"):
            self._table_primary_key()
        elif cursor.accept("UNIQUE"):
            columns = tuple(fold(part[0].name) for part in split(cursor.group()))
            self.table.uniques.append((self.constraint, columns))
            self._conflict("UNIQUE")
        elif cursor.accept("CHECK"):
            self._check()
        elif cursor.accept("FOREIGN", "KEY"):
            cursor.group()
            cursor.expect("REFERENCES")
            self._references()
            self._table_deferrable()

    def _table_deferrable(self) -> None:
        if self.cursor.accept("NOT", "DEFERRABLE"):
            self._deferrable(negated=True)
        elif self.cursor.accept("DEFERRABLE"):
            self._deferrable(negated=False)

    def _table_primary_key(self) -> None:
        self.table.primary_key = self.constraint
        parts = split(self.cursor.group())
        if parts[-1][-1].word == "AUTOINCREMENT":
            self.table.column(parts[-1][0].name).autoincrement = True
            parts[-1] = parts[-1][:-1]
        if any(part[-1].word == "DESC" for part in parts):
            self.table.unsupported.append("descending primary key")
        if any(len(_without_direction(part)) > 1 for part in parts):
            self.table.unsupported.append("collation of a primary key")
        self._conflict("PRIMARY KEY")

    def _conflict(self, constraint: str) -> None:
        """`ON CONFLICT …`; ABORT is what happens without it."""
        if not self.cursor.accept("ON", "CONFLICT"):
            return
        if self.cursor.take().word != "ABORT":
            self.table.unsupported.append(f"ON CONFLICT clause of a {constraint} constraint")
