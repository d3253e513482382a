"""What patterns leave out of a table must survive when the table is made anew.

A rebuild makes what the state shows of a table. A column, index or trigger that is excluded from the state
would silently be gone, so a transaction that loses one is not committed.
"""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects.sqlite.inspect import Survey
from backstay.dialects.sqlite.tokens import fold
from backstay.schema.diff import PARTS, identity
from backstay.schema.model import Realm, Table

Part = tuple[str, str, object]
"""Table, kind, and what identifies the part."""


def hidden_parts(found: Survey, state: Realm) -> frozenset[Part]:
    """The parts of the state's tables that are there and that the state does not show."""
    tables = _tables(state)
    parts = set() if state == found.realm else set(_parts(found.realm)) - set(_parts(state))
    return frozenset(part for part in (*parts, *_triggers(found)) if part[0] in tables)


def lost_parts(hidden: frozenset[Part], found: Survey) -> list[str]:
    """What is gone of them, in words; a table that was dropped on purpose is not counted."""
    tables = set(map(fold, _tables(found.realm)))
    there = set(map(_folded, (*_parts(found.realm), *_triggers(found))))
    return sorted(
        f'{kind} "{name}" of table "{table}"'
        for table, kind, name in hidden
        if fold(table) in tables and _folded((table, kind, name)) not in there
    )


def _folded(part: Part) -> Part:
    """What identifies a part although a rebuild may spell it anew."""
    table, kind, name = part
    return fold(table), kind, fold(name) if isinstance(name, str) else name


def _tables(realm: Realm) -> dict[str, Table]:
    return {table.name: table for schema in realm.schemas for table in schema.tables}


def _parts(realm: Realm) -> Iterator[Part]:
    for name, table in _tables(realm).items():
        for kind, field in PARTS:
            value = getattr(table, field)
            for part in value if isinstance(value, tuple) else (value,) if value else ():
                yield name, kind.replace("_", " "), part.identifier or identity(part)


def _triggers(found: Survey) -> Iterator[Part]:
    for kind, name, table in found.objects:
        if kind == "trigger":
            yield table, kind, name
