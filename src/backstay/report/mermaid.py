"""Entity-relationship diagrams for Mermaid (https://mermaid.js.org/syntax/entityRelationshipDiagram.html)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from backstay.report.visible import hides
from backstay.schema.model import ForeignKey, Realm, Table

_ENTITY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NOT_IN_WORDS: Final = re.compile(r"[^A-Za-z0-9_()\[\]\u00C0-\uFFFF-]")

_ENTITIES: Final = {
    "#": "#35;",
    '"': "#quot;",
    "%": "#37;",
    "\\": "#92;",
}

Key = tuple[str, str]
"""Schema and table."""


def mermaid(realm: Realm) -> str:
    """All tables with their columns, then all foreign keys.

    With several schemas a table is shown as `schema.table` and referred to as `schema_table`. A table that
    is only referred to appears as a box without columns.
    """
    tables = {(schema.name, table.name): table for schema in realm.schemas for table in schema.tables}
    names = _Names(qualified=len(realm.schemas) > 1)
    lines = ["erDiagram"]
    for key, table in tables.items():
        lines += _entity(names.introduce(key), table)
    for key, table in tables.items():
        for foreign in table.foreign_keys:
            parent = (foreign.ref_schema or key[0], foreign.ref_table)
            lines.append(_relation(names.of, key, table, parent, tables.get(parent), foreign))
    return "\n".join(lines) + "\n"


class _Names:
    """Identifiers of tables: words of the language, no two alike."""

    def __init__(self, *, qualified: bool) -> None:
        self.qualified = qualified
        self.taken: dict[str, Key] = {}
        self.known: dict[Key, str] = {}

    def of(self, key: Key) -> str:
        if key not in self.known:
            plain = re.sub(r"[^A-Za-z0-9_-]", "_", "_".join(key) if self.qualified else key[1]) or "_"
            base = plain if _ENTITY.fullmatch(plain) else f"_{plain}"
            name, number = base, 1
            while name in self.taken:
                number += 1
                name = f"{base}_{number}"
            self.taken[name] = key
            self.known[key] = name
        return self.known[key]

    def introduce(self, key: Key) -> str:
        """The identifier, with the table's own name where that says more."""
        title = (".".join(key) if self.qualified else key[1]).replace(" ", "_")
        name = self.of(key)
        return name if name == title else f'{name}["{label(title)}"]'


def _entity(introduced: str, table: Table) -> Iterator[str]:
    primary = set(table.primary_key.columns) if table.primary_key else set()
    foreign = {column for key in table.foreign_keys for column in key.columns}
    yield f"    {introduced} {{"
    for column in table.columns:
        marks = ",".join(
            mark for mark, members in (("PK", primary), ("FK", foreign)) if column.name in members
        )
        yield f"      {word(column.type)} {word(column.name)} {marks}".rstrip()
    yield "    }"


def _relation(
    name: Callable[[Key], str],
    child: Key,
    table: Table,
    parent: Key,
    parent_table: Table | None,
    foreign: ForeignKey,
) -> str:
    left = "|" if unique(table, foreign.columns) else "}"
    right = "|" if parent_table and unique(parent_table, foreign.ref_columns) else "{"
    title = foreign.name.replace(" ", "_")
    title = title if _ENTITY.fullmatch(title) else f'"{label(title)}"'
    return f"    {name(child)} {left}o--o{right} {name(parent)} : {title}"


def unique(table: Table, columns: tuple[str, ...]) -> bool:
    """Can these columns hold each combination of values only once?"""
    if table.primary_key and set(table.primary_key.columns) == set(columns):
        return True
    return any(
        index.unique and not index.where and {part.column for part in index.parts} == set(columns)
        for index in table.indexes
    )


def word(text: str) -> str:
    """A type or column. Mermaid's words hold no blanks, commas or quotes: `numeric(10,2)` would not parse."""
    plain = _NOT_IN_WORDS.sub("_", _shown(text, "_"))
    return plain if plain[:1].isalpha() or plain.startswith("_") else f"_{plain}"


def label(text: str) -> str:
    """Text between quotes, on one line; what Mermaid reads otherwise becomes one of its entities."""
    return "".join(_ENTITIES.get(char, char) for char in _shown(text, " "))


def _shown(text: str, instead: str) -> str:
    """The text with something in place of what does not show: no name needs it, and no parser expects it."""
    return "".join(char if char.isprintable() and not hides(char) else instead for char in text)
