"""The labels blocks are written with: the name, after that of the schema where the name is not enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from backstay.schema.kinds import OF_REALM, OF_SCHEMA
from backstay.schema.model import Realm

Name = tuple[str, str]
"""Schema and name."""


class Labels(msgspec.Struct, frozen=True):
    """The labels of the tables, enums and sequences of one realm, by (schema, name).

    `foreign` are the tables that have a block of another type, `foreign_table`. `objects` are the labels of
    all other kinds, by kind; what is in no schema has an empty one.
    """

    tables: Mapping[Name, tuple[str, ...]]
    foreign: frozenset[Name]
    enums: Mapping[Name, tuple[str, ...]]
    sequences: Mapping[Name, tuple[str, ...]]
    objects: Mapping[str, Mapping[Name, tuple[str, ...]]]


def of_realm(realm: Realm) -> Labels:
    """The labels of everything in a realm. Each kind of block has names of its own."""
    schemas = realm.schemas
    return Labels(
        tables=unambiguous((s.name, table.name) for s in schemas for table in s.tables),
        foreign=frozenset((s.name, table.name) for s in schemas for table in s.tables if table.foreign),
        enums=unambiguous((s.name, enum.name) for s in schemas for enum in s.enums),
        sequences=unambiguous((s.name, sequence.name) for s in schemas for sequence in s.sequences),
        objects={
            kind.name: unambiguous(
                {(s.name, str(getattr(o, "name", ""))) for s in schemas for o in getattr(s, kind.field)}
            )
            for kind in OF_SCHEMA
        }
        | {
            kind.name: {("", o.identifier): (o.identifier,) for o in getattr(realm, kind.field)}
            for kind in OF_REALM
        },
    )


def unambiguous(names: Iterable[Name]) -> dict[Name, tuple[str, ...]]:
    """One label where that is enough, else two.

    Two are needed for a name that several schemas have, and for one that is also the first label of
    another block: `table.crm` must not mean both a table and the tables of the schema `crm`.
    """
    found = sorted(names)
    counts = Counter(name for _, name in found)
    twice = {key for key in found if counts[key[1]] > 1}
    while True:
        qualifiers = {schema for schema, _ in twice}
        more = {key for key in found if key[1] in qualifiers} - twice
        if not more:
            return {key: key if key in twice else key[1:] for key in found}
        twice |= more
