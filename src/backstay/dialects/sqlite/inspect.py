"""Session -> realm, in five queries whatever the size of the schema.

The table-valued pragma functions (sqlite.org/pragma.html) are joined with `sqlite_schema`, so that one query
tells all columns, one all indexes, one all foreign keys. What they do not tell is read out of the CREATE
statements, and only of those that have something to tell.

Notes on the normal form:

- A constraint's name is kept for unique, check, foreign key and primary key constraints. On NOT NULL, DEFAULT
  and the like it has no meaning to SQLite, as have MATCH and `DEFERRABLE INITIALLY IMMEDIATE`.
- An unnamed unique constraint is called `<table>_<columns>`; an unnamed foreign key or check has no name.
- The columns of a foreign key that names none are those of the primary key it refers to.
"""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from backstay.dialects.sqlite import normal
from backstay.dialects.sqlite.parse import DefinitionError, TableText, Tokens, parse_index, parse_table
from backstay.dialects.sqlite.tokens import fold
from backstay.errors import UnsupportedError
from backstay.schema.model import (
    Check,
    Column,
    ForeignKey,
    Generated,
    Index,
    IndexPart,
    PrimaryKey,
    Realm,
    Schema,
    Table,
)
from backstay.schema.patterns import Patterns

Row = tuple[Any, ...]
SCHEMA = "main"
NO_ACTION = ForeignKey(name="", columns=(), ref_table="", ref_columns=()).on_update
"""The default itself: msgspec leaves out a default by identity, and the state hash digests what is left."""
INTERNAL = ("sqlite_", "libsql_")

OBJECTS = "SELECT type, name, tbl_name, sql FROM main.sqlite_schema ORDER BY name"
TABLES = "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main'"
COLUMNS = """
    SELECT t.name, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
    FROM main.sqlite_schema AS t JOIN pragma_table_xinfo(t.name, 'main') AS c
    WHERE t.type = 'table' AND t.rootpage <> 0 ORDER BY t.name, c.cid"""
INDEXES = """
    SELECT t.name, i.name, i."unique", i.origin, p.cid, p.name, p.desc, p.coll
    FROM main.sqlite_schema AS t
    JOIN pragma_index_list(t.name, 'main') AS i JOIN pragma_index_xinfo(i.name, 'main') AS p
    WHERE t.type = 'table' AND t.rootpage <> 0 AND i.origin <> 'pk' AND p.key
    ORDER BY t.name, i.seq DESC, p.seqno"""
FOREIGN_KEYS = """
    SELECT t.name, f.id, f."table", f."from", f."to", f.on_update, f.on_delete
    FROM main.sqlite_schema AS t JOIN pragma_foreign_key_list(t.name, 'main') AS f
    WHERE t.type = 'table' AND t.rootpage <> 0 ORDER BY t.name, f.id DESC, f.seq"""

_TELLS = re.compile(
    r"\b(?:constraint|check|collate|as|autoincrement|deferrable|conflict|desc)\b", re.IGNORECASE
)


class Catalogue(msgspec.Struct, frozen=True):
    """The rows of the five queries, by table; `objects` is (type, name, table, sql) of everything."""

    objects: Sequence[Row]
    kinds: dict[str, Row]
    columns: dict[str, list[Row]]
    indexes: dict[str, list[Row]]
    foreign_keys: dict[str, list[Row]]

    @staticmethod
    def read(connection: sqlite3.Connection) -> Catalogue:
        """Ask for everything, in one snapshot."""
        own = not connection.in_transaction
        if own:
            connection.execute("BEGIN")
        try:
            rows = [
                connection.execute(query).fetchall()
                for query in (OBJECTS, TABLES, COLUMNS, INDEXES, FOREIGN_KEYS)
            ]
        finally:
            if own:
                connection.execute("COMMIT")
        objects, tables, *parts = rows
        kinds = {name: tuple(rest) for name, *rest in tables}
        columns, indexes, foreign_keys = map(_by_table, parts)
        return Catalogue(objects, kinds, columns, indexes, foreign_keys)

    def tables(self) -> Iterator[tuple[str, str]]:
        """Name and CREATE statement of the user's tables; shadow tables belong to their virtual table."""
        for kind, name, _, sql in self.objects:
            if kind == "table" and self.kinds[name][0] == "table" and not name.startswith(INTERNAL):
                yield name, sql

    def others(self) -> Iterator[tuple[str, str, str]]:
        """Kind, name and table of the user's views, triggers and virtual tables."""
        for kind, name, table, _ in self.objects:
            if kind in ("view", "trigger"):
                yield kind, name, table
            elif kind == "table" and self.kinds[name][0] == "virtual":
                yield "virtual table", name, table


class Survey(msgspec.Struct, frozen=True):
    """Everything that is there: what the model carries, and what it does not.

    `features` are the unsupported features of tables (table, feature), `objects` the rows of views,
    triggers and the like (type, name, table).
    """

    realm: Realm
    features: tuple[tuple[str, str], ...] = ()
    objects: tuple[tuple[str, str, str], ...] = ()

    def unsupported(self, patterns: Patterns) -> list[str]:
        """The names of all that the patterns keep and the model cannot carry."""
        features = (
            f'{feature} in table "{table}"'
            for table, feature in self.features
            if patterns.keeps("table", SCHEMA, table)
        )
        objects = (
            f'{kind} "{name}"' for kind, name, table in self.objects if _keeps(patterns, kind, name, table)
        )
        return sorted({*features, *objects})


def inspect(connection: sqlite3.Connection, patterns: Patterns) -> tuple[Realm, Survey]:
    """The normalised state, and all that is there.

    Raises `UnsupportedError` naming everything that the patterns keep and the model cannot carry.
    """
    found = survey(connection)
    unsupported = found.unsupported(patterns)
    if unsupported:
        raise UnsupportedError(
            f"not supported by this version: {', '.join(unsupported)}",
            hint="leave them out with --exclude, or remove them from the database",
        )
    return patterns.apply(found.realm), found


def survey(connection: sqlite3.Connection) -> Survey:
    """Read the whole database."""
    catalogue = Catalogue.read(connection)
    index_texts = {name: sql for kind, name, _, sql in catalogue.objects if kind == "index" and sql}
    builders: dict[str, TableBuilder] = {}
    features: list[tuple[str, str]] = []
    for name, sql in catalogue.tables():
        builder = builders[fold(name)] = TableBuilder(name, catalogue, index_texts)
        features += ((name, feature) for feature in builder.read(sql))
    tables = tuple(builder.build(builders) for builder in builders.values())
    return Survey(
        realm=Realm(schemas=(Schema(name=SCHEMA, tables=tables),)),
        features=tuple(features),
        objects=tuple(catalogue.others()),
    )


def _keeps(patterns: Patterns, kind: str, name: str, table: str) -> bool:
    """A trigger is left out by a pattern for the objects of the schema, or for the parts of its table."""
    if kind == "trigger":
        return patterns.keeps(kind, SCHEMA, name) and patterns.keeps(kind, SCHEMA, table, name)
    return patterns.keeps("table" if kind == "virtual table" else kind, SCHEMA, name)


def _by_table(rows: Sequence[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for table, *rest in rows:
        grouped[table].append(tuple(rest))
    return grouped


class TableBuilder:
    """One table between its catalogue rows and its model."""

    def __init__(self, name: str, catalogue: Catalogue, index_texts: dict[str, str]) -> None:
        self.name = name
        self.kind = catalogue.kinds[name]
        self.rows = catalogue.columns[name]
        self.index_rows = catalogue.indexes.get(name, ())
        self.foreign_key_rows = catalogue.foreign_keys.get(name, ())
        self.index_texts = index_texts
        self.names = {fold(row[0]): row[0] for row in self.rows}
        self.text = TableText()

    def read(self, sql: str) -> Iterator[str]:
        """Read the CREATE statement; what of it the model cannot carry."""
        if not _TELLS.search(sql):
            return
        try:
            self.text = parse_table(sql)
        except DefinitionError:
            self.text = TableText()
            yield "unreadable definition"
        yield from self.text.unsupported
        for named in (self.text.checks, self.text.foreign_keys, self.text.uniques):
            names = [name for name, _ in named if name]
            yield from (f'several constraints "{name}"' for name in names if names.count(name) > 1)

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns of the primary key in the order of the key."""
        flagged = sorted((row[4], row[0]) for row in self.rows if row[4])
        return tuple(name for _, name in flagged)

    def build(self, tables: dict[str, TableBuilder]) -> Table:
        _, without_rowid, strict = self.kind
        key = self.key_columns
        return Table(
            name=self.name,
            columns=tuple(self._column(row) for row in self.rows),
            primary_key=PrimaryKey(columns=key, name=self.text.primary_key) if key else None,
            foreign_keys=self._foreign_keys(tables),
            indexes=self._indexes(),
            checks=self._checks(),
            strict=bool(strict),
            without_rowid=bool(without_rowid),
        )

    def _column(self, row: Row) -> Column:
        name, declared, not_null, default, _, _ = row
        text = self.text.column(name)
        return Column(
            name=name,
            type=normal.type_name(declared),
            null=not not_null,
            default=None if default is None else normal.default(default),
            generated=None
            if text.generated is None
            else Generated(expr=self._expression(text.generated), stored=text.stored),
            collation="" if text.collation == "BINARY" else text.collation,
            autoincrement=text.autoincrement,
        )

    def _checks(self) -> tuple[Check, ...]:
        checks = {Check(name=name, expr=self._expression(source)) for name, source in self.text.checks}
        return tuple(sorted(checks, key=lambda check: (check.name, check.expr)))

    def _foreign_keys(self, tables: dict[str, TableBuilder]) -> tuple[ForeignKey, ...]:
        grouped: dict[int, list[Row]] = defaultdict(list)
        for number, *rest in self.foreign_key_rows:
            grouped[number].append(tuple(rest))
        texts = self.text.foreign_keys or [("", False)] * len(grouped)
        keys = [
            _foreign_key(rows, name, deferred, tables, self.names)
            for rows, (name, deferred) in zip(grouped.values(), texts, strict=True)
        ]
        return tuple(sorted(keys, key=lambda key: (key.name, key.columns, key.ref_table, key.ref_columns)))

    def _indexes(self) -> tuple[Index, ...]:
        grouped: dict[tuple[str, bool, str], list[Row]] = defaultdict(list)
        for name, unique, origin, *part in self.index_rows:
            grouped[name, bool(unique), origin].append(tuple(part))
        explicit = [self._index(*key, rows) for key, rows in grouped.items() if key[2] == "c"]
        taken = {index.name for index in explicit}
        for (_, _, origin), rows in grouped.items():
            if origin == "u":
                explicit.append(self._unique_constraint(rows, taken))
                taken.add(explicit[-1].name)
        return tuple(sorted(explicit, key=lambda index: index.name))

    def _index(self, name: str, unique: bool, _: str, rows: Sequence[Row]) -> Index:
        sources, where = parse_index(self.index_texts[name])
        parts = tuple(self._part(row, source) for row, source in zip(rows, sources, strict=True))
        return Index(name=name, parts=parts, unique=unique, where=self._expression(where) if where else "")

    def _unique_constraint(self, rows: Sequence[Row], taken: set[str]) -> Index:
        parts = tuple(self._part(row, ()) for row in rows)
        columns = tuple(part.column for part in parts)
        folded = tuple(map(fold, columns))
        named = (name for name, over in self.text.uniques if name and over == folded and name not in taken)
        name = next(named, unique_name(self.name, columns))
        number = 2
        while name in taken:
            name, number = f"{unique_name(self.name, columns)}_{number}", number + 1
        return Index(name=name, parts=parts, unique=True, constraint=True)

    def _part(self, row: Row, source: Tokens) -> IndexPart:
        number, column, desc, collation = row
        collation = collation.upper()
        if number >= 0:
            own = self.text.column(column).collation or "BINARY"
            return IndexPart(column=column, desc=bool(desc), collation="" if collation == own else collation)
        if collation == "BINARY":
            return IndexPart(expr=self._expression(source), desc=bool(desc))
        source = normal.unwrap(source)[:-2]  # the collation is the outermost operator of the expression
        return IndexPart(expr=self._expression(source), desc=bool(desc), collation=collation)

    def _expression(self, source: Tokens) -> str:
        return normal.expression(source, self.name, self.names)


def unique_name(table: str, columns: Sequence[str]) -> str:
    """The name of a unique constraint that has none of its own."""
    return "_".join((table, *columns))


def _spelled(name: str, names: dict[str, str]) -> str:
    """The column's name as it was declared."""
    return names.get(fold(name), name)


def _foreign_key(
    rows: Sequence[Row],
    name: str,
    deferred: bool,
    tables: dict[str, TableBuilder],
    names: dict[str, str],
) -> ForeignKey:
    table, _, _, on_update, on_delete = rows[0]
    target = tables.get(fold(table))
    referred: tuple[str, ...] = tuple(row[2] for row in rows if row[2] is not None)
    if not referred:
        referred = target.key_columns if target else ()
    elif target:
        referred = tuple(_spelled(column, target.names) for column in referred)
    return ForeignKey(
        name=name,
        columns=tuple(_spelled(row[1], names) for row in rows),
        ref_table=target.name if target else table,
        ref_columns=referred,
        on_update=NO_ACTION if on_update == NO_ACTION else on_update,
        on_delete=NO_ACTION if on_delete == NO_ACTION else on_delete,
        deferrable="INITIALLY DEFERRED" if deferred else "",
    )
