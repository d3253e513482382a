"""The SQL text of tables, columns and indexes (sqlite.org/lang_createtable.html, lang_createindex.html)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

from backstay.dialects.sqlite import normal
from backstay.dialects.sqlite.inspect import unique_name
from backstay.dialects.sqlite.tokens import KEYWORDS, identifier, quote, tokens, words
from backstay.errors import UnsupportedError
from backstay.schema.model import (
    Check,
    Column,
    ForeignKey,
    Index,
    IndexPart,
    Model,
    PrimaryKey,
    Table,
)

_TYPE = re.compile(r"([a-z_][a-z0-9_]*(?: [a-z_][a-z0-9_]*)*)(?:\([+-]?[0-9.]+(?:,[+-]?[0-9.]+)?\))?")

CARRIED: dict[type[Model], frozenset[str]] = {
    Table: words("name columns primary_key foreign_keys indexes checks strict without_rowid"),
    Column: words("name type null default generated collation autoincrement"),
    PrimaryKey: frozenset({"columns", "name"}),
    ForeignKey: words("name columns ref_table ref_columns on_update on_delete match_full deferrable"),
    Index: words("name parts unique constraint where"),
    IndexPart: words("column expr desc collation"),
    Check: frozenset({"name", "expr"}),
}
"""The fields of the model that mean something in SQLite; a value in any other one is refused."""

PARTS: dict[type[Model], tuple[str, ...]] = {
    Table: ("columns", "primary_key", "foreign_keys", "indexes", "checks"),
    Index: ("parts",),
}
"""The fields that hold other values of the model."""


def create_table(table: Table, name: str = "", indent: str = "") -> str:
    """CREATE TABLE without its indexes, under `name` where one is given; broken into lines by `indent`.

    Raises `UnsupportedError` for what SQLite has no words for.
    """
    refuse_unknown(table)
    items = list(_items(table))
    body = f"\n{indent}" + f",\n{indent}".join(items) + "\n" if indent else ", ".join(items)
    options = [
        *(["WITHOUT ROWID"] if table.without_rowid else []),
        *(["STRICT"] if table.strict else []),
    ]
    return f"CREATE TABLE {quote(name or table.name)} ({body})" + (
        " " + ", ".join(options) if options else ""
    )


def column(item: Column, key: PrimaryKey | None = None) -> str:
    """A column definition; `key` is the primary key that an AUTOINCREMENT column declares itself."""
    pieces = [quote(item.name), type_name(item.type), "NULL" if item.null else "NOT NULL"]
    if item.default is not None:
        pieces.append(f"DEFAULT {default(item.default)}")
    if item.autoincrement:
        pieces.append(f"{_constraint(key.name if key else '')}PRIMARY KEY AUTOINCREMENT")
    if item.collation:
        pieces.append(f"COLLATE {identifier(item.collation)}")
    if item.generated:
        pieces.append(f"AS ({item.generated.expr}) {'STORED' if item.generated.stored else 'VIRTUAL'}")
    return " ".join(pieces)


def create_index(index: Index, table: str) -> str:
    """CREATE INDEX."""
    unique = "UNIQUE " if index.unique else ""
    where = f" WHERE {index.where}" if index.where else ""
    return f"CREATE {unique}INDEX {quote(index.name)} ON {quote(table)} ({_parts(index)}){where}"


def default(text: str) -> str:
    """A default value: literals and CURRENT_… as they are, any other expression in parentheses."""
    source = normal.unwrap(tokens(text))
    signed = source[1:] if source and source[0].text in ("-", "+") else source
    single = len(signed) == 1 and (
        signed[0].kind in ("number", "string", "blob") or signed[0].word in normal.CONSTANTS | {"NULL"}
    )
    return text if single and text[0] != "(" else f"({text})"


def type_name(text: str) -> str:
    """A type; what the grammar of type names does not allow is quoted, which changes nothing."""
    text = normal.type_name(text)
    match = _TYPE.fullmatch(text)
    plain = match is not None and KEYWORDS.isdisjoint(match[1].upper().split())
    return text if plain else '"' + text.replace('"', '""') + '"'


def refuse_unknown(table: Table) -> None:
    """Raise `UnsupportedError` naming every value that this dialect cannot carry."""
    found = sorted(set(_unknown(table, f'table "{table.name}"')))
    if found:
        raise UnsupportedError(
            f"SQLite has no {', '.join(found)}", hint="take it out of the desired state of an SQLite database"
        )


def _unknown(value: Model, where: str) -> Iterator[str]:
    for name, usual in _foreign_fields(type(value)):
        if getattr(value, name) != usual:
            yield f"{name.replace('_', ' ')} ({where})"
    for kind in PARTS.get(type(value), ()):
        parts = getattr(value, kind)
        for part in parts if isinstance(parts, tuple) else (parts,):
            if part is not None:
                name = getattr(part, "name", "") or getattr(part, "column", "")
                yield from _unknown(part, f'{kind.rstrip("s")} "{name}" of {where}')


@cache
def _foreign_fields(kind: type[Model]) -> tuple[tuple[str, object], ...]:
    """The fields that SQLite does not carry, with the value that says nothing."""
    return tuple(
        (field.name, field.default_factory() if callable(field.default_factory) else field.default)
        for field in msgspec.structs.fields(kind)
        if field.name not in CARRIED[kind]
    )


def _items(table: Table) -> Iterator[str]:
    """Columns, then constraints, as they stand between the parentheses."""
    key = table.primary_key
    for item in table.columns:
        yield column(item, key)
    if key is not None and not any(c.autoincrement and key.columns == (c.name,) for c in table.columns):
        yield f"{_constraint(key.name)}PRIMARY KEY ({_names(key.columns)})"
    for index in table.indexes:
        if index.constraint:
            own = index.name != unique_name(table.name, [part.column for part in index.parts])
            yield f"{_constraint(index.name if own else '')}UNIQUE ({_parts(index)})"
    for foreign_key in table.foreign_keys:
        yield _foreign_key(foreign_key)
    for check in table.checks:
        yield f"{_constraint(check.name)}CHECK ({check.expr})"


def _foreign_key(key: ForeignKey) -> str:
    columns = f" ({_names(key.ref_columns)})" if key.ref_columns else ""
    pieces = [
        f"{_constraint(key.name)}FOREIGN KEY ({_names(key.columns)})",
        f"REFERENCES {quote(key.ref_table)}{columns}",
    ]
    if key.on_update != "NO ACTION":
        pieces.append(f"ON UPDATE {key.on_update}")
    if key.on_delete != "NO ACTION":
        pieces.append(f"ON DELETE {key.on_delete}")
    if key.match_full:
        pieces.append("MATCH FULL")
    if key.deferrable:
        pieces.append(f"DEFERRABLE {key.deferrable}")
    return " ".join(pieces)


def _parts(index: Index) -> str:
    return ", ".join(_part(part) for part in index.parts)


def _part(part: IndexPart) -> str:
    pieces = [quote(part.column) if part.column else f"({part.expr})"]
    if part.collation:
        pieces.append(f"COLLATE {identifier(part.collation)}")
    if part.desc:
        pieces.append("DESC")
    return " ".join(pieces)


def _constraint(name: str) -> str:
    return f"CONSTRAINT {quote(name)} " if name else ""


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(quote, names))
