"""ALTER … RENAME: an object under a new name, which the server then follows in all that uses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from backstay.dialects import hazards
from backstay.dialects.dialect import Hazard, Statement
from backstay.dialects.postgres.ddl import Namer
from backstay.dialects.postgres.locks import EXCLUSIVE, SHARE_UPDATE
from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.errors import PlanError
from backstay.schema import renames
from backstay.schema.changes import Change
from backstay.schema.model import Column, ColumnRef, Model, Realm, Sequence, Table
from backstay.schema.names import default_name

OBJECTS: Mapping[str, str] = {
    "schema": "SCHEMA",
    "table": "TABLE",
    "view": "VIEW",
    "materialized": "MATERIALIZED VIEW",
    "sequence": "SEQUENCE",
    "index": "INDEX",
    "enum": "TYPE",
    "composite": "TYPE",
    "range": "TYPE",
    "domain": "DOMAIN",
    "collation": "COLLATION",
    "function": "FUNCTION",
    "procedure": "PROCEDURE",
    "aggregate": "ROUTINE",
    "statistics": "STATISTICS",
}
"""Kinds with a name in a schema: ALTER <word> <name> RENAME TO <name>."""

ON_TABLE: Mapping[str, str] = {"trigger": "TRIGGER", "policy": "POLICY", "rule": "RULE"}
"""Kinds with a name on a table: ALTER <word> <name> ON <table> RENAME TO <name>."""

PARTS: Mapping[str, str] = {
    "column": "TABLE {} RENAME COLUMN",
    "primary_key": "TABLE {} RENAME CONSTRAINT",
    "foreign_key": "TABLE {} RENAME CONSTRAINT",
    "check": "TABLE {} RENAME CONSTRAINT",
    "exclusion": "TABLE {} RENAME CONSTRAINT",
    "domain_check": "DOMAIN {} RENAME CONSTRAINT",
    "field": "TYPE {} RENAME ATTRIBUTE",
    "enum_value": "TYPE {} RENAME VALUE",
}
"""Kinds of parts: ALTER <words with the owner> <name> TO <name>."""

ROUTINES = ("function", "procedure", "aggregate")
RELATIONS = ("table", "view", "materialized")
TYPES = ("domain", "domain_check", "enum", "enum_value", "composite", "field", "range")
LOCKS = {"index": SHARE_UPDATE} | {
    kind: EXCLUSIVE for kind in (*RELATIONS, *ON_TABLE, *PARTS) if kind not in TYPES
}
UNSEEN = frozenset({"index", "sequence", "statistics", "domain_check", *ON_TABLE, *PARTS}) - {
    "column",
    "field",
    "enum_value",
}
"""Kinds whose names clients do not write in their statements."""


def statements(changes: Iterable[Change], namer: Namer) -> Iterator[Statement]:
    """The statements that rename, in the order of the changes (`backstay.schema.renames`)."""
    for change in changes:
        before, after = change.before, change.after
        assert before is not None
        assert after is not None
        old, new = _name(before), _name(after)
        on = f" of {quote_name(change.table)}" if change.table else ""
        yield Statement(
            sql=_sql(change, before, new, namer),
            comment=f"rename {change.kind.replace('_', ' ')} {quote_name(old)}{on} to {quote_name(new)}",
            changes=(change,),
            hazards=_hazards(change.kind, old, new),
            lock=LOCKS.get(change.kind, ""),
            reverse=(_sql(change, after, old, namer),),
        )


def _name(item: Model) -> str:
    return str(getattr(item, "name", ""))


def _sql(change: Change, item: Model, name: str, namer: Namer) -> str:
    """The statement that gives the item its new name."""
    kind, schema = change.kind, change.schema
    quote = quote_text if kind == "enum_value" else quote_name
    old, new = quote(_name(item)), quote(name)
    if kind == "index" and getattr(item, "constraint", False):
        kind = "check"
    if kind in PARTS:
        return f"ALTER {PARTS[kind].format(namer(schema, change.table))} {old} TO {new}"
    if kind in ON_TABLE:
        return f"ALTER {ON_TABLE[kind]} {old} ON {namer(schema, change.table)} RENAME TO {new}"
    if kind not in OBJECTS:
        raise PlanError(f"a {kind.replace('_', ' ')} cannot be renamed: {new}", hint="take renamed_from out")
    target = old if kind == "schema" else namer(schema, _name(item))
    if kind in ROUTINES:
        target += item.identifier.removeprefix(_name(item))
    exists = "IF EXISTS " if isinstance(item, Sequence) and item.owner else ""
    return f"ALTER {OBJECTS[kind]} {exists}{target} RENAME TO {new}"


def _hazards(kind: str, old: str, new: str) -> tuple[Hazard, ...]:
    if kind in UNSEEN:
        return ()
    return hazards.of_renamed("table" if kind in RELATIONS else kind.replace("_", " "), old, new)


def following(before: Realm, after: Realm, made: Iterable[Change]) -> tuple[Change, ...]:
    """What is renamed along (`Dialect.following`): the indexes, constraints and sequences of tables."""
    changes = tuple(made)
    return (*renames.following(before, after, changes), *_sequences(before, after, changes))


def _sequences(before: Realm, after: Realm, made: Iterable[Change]) -> Iterator[Change]:
    """The sequences of serial and identity columns have the names of table and column in theirs."""
    tables = {(schema.name, table.name): table for schema in before.schemas for table in schema.tables}
    desired = {(schema.name, table.name): table for schema in after.schemas for table in schema.tables}
    former = _Former(made)
    for schema, name in sorted(former.touched & tables.keys() & desired.keys()):
        kept = {column.name for column in tables[schema, name].columns}
        for column in desired[schema, name].columns:
            if column.name in kept and (column.type in INTEGER_OF or column.identity):
                old = default_name(*former.name(schema, name, column.name), "seq")
                new = default_name(name, column.name, "seq")
                if old != new:
                    yield _sequence(schema, old, new, ColumnRef(table=name, column=column.name))


def _sequence(schema: str, old: str, new: str, owner: ColumnRef) -> Change:
    return Change(
        action="rename",
        kind="sequence",
        schema=schema,
        name=new,
        before=Sequence(name=old, owner=owner),
        after=Sequence(name=new, owner=owner),
    )


class _Former:
    """The names that tables and columns had before they were renamed."""

    def __init__(self, made: Iterable[Change]) -> None:
        self._names: dict[tuple[str, ...], str] = {}
        for change in made:
            match change.kind, change.before:
                case "table", Table(name=was):
                    was = self._names.pop((change.schema, was), was)
                    self._names[change.schema, change.name] = was
                case "column", Column(name=was):
                    was = self._names.pop((change.schema, change.table, was), was)
                    self._names[change.schema, change.table, change.name] = was
        self.touched = {(path[0], path[1]) for path in self._names}

    def name(self, schema: str, table: str, column: str) -> tuple[str, str]:
        """The former names of a table and of its column."""
        return (
            self._names.get((schema, table), table),
            self._names.get((schema, table, column), column),
        )
