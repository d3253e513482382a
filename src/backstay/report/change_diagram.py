"""What a migration changes, as an entity-relationship diagram: touched tables and their neighbours.

    erDiagram
        t1["🟡 users"] {
          integer id PK
          text email "created"
        }
        t2["🟢 carts"] { … }
        t2 }o--|| t1 : "user (created)"

Tables have identifiers of ours, since Mermaid has words of its own that may be a table's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from backstay.report.mermaid import Key, label, unique, word
from backstay.schema.changes import Change, ChangeAction
from backstay.schema.model import ForeignKey, Realm, Table

MAX_TABLES: Final = 25
MAX_COLUMNS: Final = 12
MAX_CHARACTERS: Final = 45_000
"""GitHub renders no diagram of more than 50,000 characters, or 500 lines between tables."""

MAX_RELATIONS: Final = 200

MARKS: Final = {"add": "🟢 ", "modify": "🟡 ", "rename": "🔁 ", "drop": "🔴 ", "": ""}
WORDS: Final = {"add": "created", "modify": "altered", "rename": "renamed", "drop": "dropped"}

Tables = Mapping[Key, Table]


class _Touched(msgspec.Struct, frozen=True):
    """What happens to tables, to their parts by kind and name, and which name a table had before."""

    tables: dict[Key, ChangeAction]
    parts: dict[tuple[Key, str, str], ChangeAction]
    old: dict[Key, Key]


def change_diagram(before: Realm, after: Realm, changes: Iterable[Change]) -> str:
    """The diagram; empty where no table is touched, or more than can be shown."""
    tables = _tables(before), _tables(after)
    touched = _touched(changes, *tables)
    if not 0 < len(touched.tables) <= MAX_TABLES:
        return ""
    shown = {**touched.tables, **dict.fromkeys(_neighbours(touched, *tables), "")}
    keys = list(shown)[:MAX_TABLES]
    names = {key: f"t{number}" for number, key in enumerate(keys, 1)}
    qualified = len({key[0] for key in keys}) > 1
    lines = ["erDiagram"]
    for key, name in names.items():
        title = _text(".".join(key) if qualified else key[1])
        lines += _entity(f'{name}["{MARKS[shown[key]]}{title}"]', key, touched, *tables)
    lines += list(_relations(names, touched, *tables))[:MAX_RELATIONS]
    text = "\n".join(lines) + "\n"
    return text if len(text) <= MAX_CHARACTERS else ""


def _tables(realm: Realm) -> Tables:
    return {(schema.name, table.name): table for schema in realm.schemas for table in schema.tables}


def _touched(changes: Iterable[Change], before: Tables, after: Tables) -> _Touched:
    touched = _Touched({}, {}, {})
    for change in changes:
        key = (change.schema, change.name if change.kind == "table" else change.table)
        if key not in before and key not in after:
            continue
        if change.kind != "table":
            touched.tables.setdefault(key, "modify")
            touched.parts[key, change.kind, change.name] = change.action
            continue
        touched.tables[key] = change.action
        if change.action == "rename" and isinstance(change.before, Table):
            touched.old[key] = (key[0], change.before.name)
        for part in change.changes:
            touched.parts[key, part.kind, part.name] = part.action
    return touched


def _references(key: Key, table: Table | None) -> Iterator[tuple[Key, ForeignKey]]:
    for foreign in table.foreign_keys if table else ():
        yield (foreign.ref_schema or key[0], foreign.ref_table), foreign


def _neighbours(touched: _Touched, before: Tables, after: Tables) -> list[Key]:
    """Tables that touched ones refer to, now or before, and tables that refer to them."""
    found: dict[Key, None] = {}
    for key in touched.tables:
        for side in (after, before):
            found |= dict.fromkeys(parent for parent, _ in _references(key, side.get(key)))
    for key, table in after.items():
        if any(parent in touched.tables for parent, _ in _references(key, table)):
            found[key] = None
    gone = set(touched.old.values())
    return [key for key in found if key not in touched.tables and key not in gone]


def _entity(introduced: str, key: Key, touched: _Touched, before: Tables, after: Tables) -> Iterator[str]:
    """A table with its columns: of a large one those that matter, of a neighbour its keys."""
    old = before.get(touched.old.get(key, key))
    table = after.get(key) or old
    if table is None:
        yield f"    {introduced}"
        return
    marks = {part: act for (of, kind, part), act in touched.parts.items() if (of, kind) == (key, "column")}
    columns = {column.name: column.type for column in table.columns}
    dropped = {c.name: c.type for c in (old.columns if old else ()) if marks.get(c.name) == "drop"}
    keys = _keys(table)
    few = MAX_COLUMNS if key in touched.tables else MAX_COLUMNS // 2
    everything = len(columns) + len(dropped) <= few
    shown = [name for name in (*columns, *dropped) if everything or name in keys or name in marks]
    yield f"    {introduced} {{"
    for name in shown[: 2 * MAX_COLUMNS]:
        note = f' "{WORDS[marks[name]]}"' if name in marks else ""
        kind = (columns | dropped)[name]
        yield f"      {_attribute(kind)} {_attribute(name)} {keys.get(name, '')}".rstrip() + note
    hidden = len(columns) + len(dropped) - len(shown[: 2 * MAX_COLUMNS])
    if hidden:
        yield f'      _ _ "{hidden} more columns"'
    yield "    }"


def _keys(table: Table) -> dict[str, str]:
    primary = table.primary_key.columns if table.primary_key else ()
    foreign = {column for key in table.foreign_keys for column in key.columns}
    return {
        name: ",".join(mark for mark, members in (("PK", primary), ("FK", foreign)) if name in members)
        for name in (*primary, *foreign)
    }


def _relations(names: Mapping[Key, str], touched: _Touched, before: Tables, after: Tables) -> Iterator[str]:
    for child in names:
        for parent, foreign in _references(child, after.get(child)):
            if parent in names and (child in touched.tables or parent in touched.tables):
                action = touched.parts.get((child, "foreign_key", foreign.name))
                action = "add" if touched.tables.get(child) == "add" else action
                yield _relation(names, child, parent, foreign, after, WORDS.get(action or "", ""))
        for parent, foreign in _references(child, before.get(child)):
            gone = touched.parts.get((child, "foreign_key", foreign.name)) == "drop"
            if parent in names and (gone or touched.tables.get(child) == "drop"):
                yield _relation(names, child, parent, foreign, before, "dropped")


def _relation(
    names: Mapping[Key, str], child: Key, parent: Key, foreign: ForeignKey, tables: Tables, note: str
) -> str:
    """`child }o--|| parent : name`; dotted where it is dropped."""
    table, referred = tables[child], tables.get(parent)
    many = "|o" if unique(table, foreign.columns) else "}o"
    nullable = {column.name for column in table.columns if column.null}
    one = "o|" if nullable.intersection(foreign.columns) or referred is None else "||"
    line = ".." if note == "dropped" else "--"
    title = _text(", ".join(foreign.columns)) + (f" ({note})" if note else "")
    return f'    {names[child]} {many}{line}{one} {names[parent]} : "{title}"'


def _text(text: str) -> str:
    """A label in which nothing is a tag: Mermaid takes tags out."""
    return label(text).replace("<", "#lt;").replace(">", "#gt;")


def _attribute(text: str) -> str:
    """A word that is no word of Mermaid."""
    plain = word(text)
    return f"_{plain}" if re.match(r"(?:pk|fk|uk)\b", plain, re.IGNORECASE) else plain
