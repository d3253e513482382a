"""Two realms -> the changes between them: one list-diff by name for every kind of object.

Both sides are in normal form, so two objects differ exactly when their structs do. What a dialect
counts as equal although the texts differ is taken out beforehand (`Dialect.reconcile`). The order of
columns in a table is not a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from backstay.schema.changes import Change, ChangeAction, Kind
from backstay.schema.kinds import OF_REALM, OF_SCHEMA, ObjectKind
from backstay.schema.model import Check, ForeignKey, Index, Model, Realm, Schema, Table

T = TypeVar("T", bound=Model)

PARTS: tuple[tuple[Kind, str], ...] = (
    ("check", "checks"),
    ("column", "columns"),
    ("primary_key", "primary_key"),
    ("index", "indexes"),
    ("exclusion", "exclusions"),
    ("foreign_key", "foreign_keys"),
)
"""Kinds of parts of a table, in the order in which a change of a table tells them."""


def diff(before: Realm, after: Realm, skip: frozenset[str] = frozenset()) -> tuple[Change, ...]:
    """The changes that lead from one realm to the other.

    `skip` holds the keys (`drop_table`, …) that the project's diff policy leaves out.
    """
    changes = list(_objects_changes(OF_REALM, "", before, after, skip))
    for old, new in _pairs(before.schemas, after.schemas):
        changes.extend(_schema_changes(old, new, skip))
    return tuple(change for change in changes if change.key not in skip)


def _schema_changes(old: Schema | None, new: Schema | None, skip: frozenset[str]) -> Iterator[Change]:
    if old == new:
        return
    if new is None:
        assert old is not None
        yield Change(action="drop", kind="schema", schema=old.name, name=old.name, before=old)
        return
    if old is None:
        if "add_schema" in skip:
            return
        yield Change(action="add", kind="schema", schema=new.name, name=new.name, after=new)
    elif old.comment != new.comment:
        yield Change(action="modify", kind="schema", schema=new.name, name=new.name, before=old, after=new)
    yield from _objects_changes(OF_SCHEMA, new.name, old, new, skip)


def _objects_changes(
    kinds: tuple[ObjectKind, ...], schema: str, old: Model | None, new: Model, skip: frozenset[str]
) -> Iterator[Change]:
    """The changes of all objects of a schema, or of those of a realm that are in no schema."""
    for kind in kinds:
        for left, right in _pairs(getattr(old, kind.field, ()), getattr(new, kind.field)):
            yield from _object_changes(kind, schema, left, right, skip)


def _object_changes(
    kind: ObjectKind, schema: str, old: Model | None, new: Model | None, skip: frozenset[str]
) -> Iterator[Change]:
    table = getattr(new if new is not None else old, "table", "") if kind.of_table else ""
    change = _change(kind.name, schema, table, old, new)
    if change is None:
        return
    if isinstance(old, Table) and isinstance(new, Table):
        changes = tuple(c for c in _table_changes(schema, old, new) if c.key not in skip)
        if not changes and _attributes(old) == _attributes(new):
            return
        change = Change(
            action="modify",
            kind="table",
            schema=schema,
            name=new.name,
            before=old,
            after=new,
            changes=changes,
        )
    yield change


def _table_changes(schema: str, old: Table, new: Table) -> Iterator[Change]:
    for kind, field in PARTS:
        left, right = getattr(old, field), getattr(new, field)
        if left == right:
            continue
        pairs = [(left, right)] if kind == "primary_key" else _pairs(left, right)
        for before, after in pairs:
            change = _change(kind, schema, new.name, before, after)
            if change is not None:
                yield change


def _change(kind: Kind, schema: str, table: str, old: Model | None, new: Model | None) -> Change | None:
    if old == new:
        return None
    named = new if new is not None else old
    action: ChangeAction = "add" if old is None else "drop" if new is None else "modify"
    return Change(
        action=action,
        kind=kind,
        schema=schema,
        table=table,
        name=named.identifier if named is not None else "",
        before=old,
        after=new,
    )


def _pairs(before: Sequence[T], after: Sequence[T]) -> Iterator[tuple[T | None, T | None]]:
    """Match by identity: drops and matches in the old order, then additions in the new one."""
    left = {identity(item): item for item in before}
    right = {identity(item): item for item in after}
    for key, item in left.items():
        yield item, right.get(key)
    for key, item in right.items():
        if key not in left:
            yield None, item


def identity(item: Model) -> object:
    """What makes two objects of one kind the same one: the name, or the shape of an unnamed constraint."""
    name = item.identifier
    if name:
        return getattr(item, "table", ""), name
    shape = UNNAMED.get(type(item))
    return shape(item) if shape else name


UNNAMED: dict[type[Model], Callable[..., object]] = {
    ForeignKey: lambda key: ("foreign_key", key.columns, key.ref_schema, key.ref_table, key.ref_columns),
    Check: lambda check: ("check", check.expr),
    Index: lambda index: ("index", index.parts),
}


ATTRIBUTES = tuple(name for name in Table.__struct_fields__ if name not in dict(PARTS).values())


def _attributes(table: Table) -> tuple[object, ...]:
    """What is the table's own, beside its parts."""
    return tuple(getattr(table, field) for field in ATTRIBUTES)
