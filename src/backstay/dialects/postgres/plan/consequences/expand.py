"""What follows from the changes: parts that must be made anew because of what they stand on.

1. A serial type is notation. Where a column becomes serial or stops being it, its sequence is a change of
   its own.
2. A type that cannot change where it is is rebuilt (see `aside`): every column of it changes its type.
3. A generated column is made anew when it changes, or when the type of a column changes that it is made
   from. Nothing is lost: its values are derived.
4. What uses a column that is made anew is made anew: keys, indexes, checks. So are checks and indexes with
   expressions over a column whose type is rebuilt: they hold values of the old one.
   An index that is attached to one of a partitioned table goes and comes with that (see `attached`).
5. Whatever depends on something that is made anew, or on a column whose type changes where the server does
   not follow by itself, is made anew (see `closure`).
6. A foreign key is made anew when the key it refers to is, or when a column on either side changes to
   another family of types. It is dropped before, and made after everything else. One that goes is dropped
   before, too, where the columns that it refers to change so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from backstay.dialects.postgres.names import default_name, quote_text
from backstay.dialects.postgres.plan import aside
from backstay.dialects.postgres.plan.consequences import attached
from backstay.dialects.postgres.plan.consequences.closure import Closure, closure
from backstay.dialects.postgres.plan.context import Context, TableName, TableStates, constraint_resource
from backstay.dialects.postgres.plan.graph import OF_TABLE
from backstay.dialects.postgres.plan.steps import Resource
from backstay.dialects.postgres.plan.tables import parts as of
from backstay.dialects.postgres.plan.tables.casts import family
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.schema.changes import Change
from backstay.schema.kinds import BY_NAME, address
from backstay.schema.model import (
    Address,
    Column,
    ColumnRef,
    Exclusion,
    ForeignKey,
    Index,
    Model,
    Realm,
    Table,
)
from backstay.schema.model import Sequence as Seq

INDEXES = (("index", "indexes"),)
CONSTRAINTS = (
    ("check", "checks"),
    ("exclusion", "exclusions"),
    ("foreign_key", "foreign_keys"),
    ("primary_key", "primary_key"),
    ("index", "indexes"),
)
"""Kinds of parts that a constraint of a table may be, and the fields that hold them."""


class Expanded(msgspec.Struct, frozen=True):
    """All changes, those included that follow from others; and what planners must know beside them."""

    changes: tuple[Change, ...]
    context: Context


def expand(changes: Sequence[Change], context: Context, realm: Realm) -> Expanded:
    """Add the changes that follow. `realm` is the state before, for what did not change itself."""
    states = _states(changes, realm)
    found = closure(changes, context.before, context)
    retyped = aside.columns_over(found, states, context)
    rebuilt = aside.under_columns(found, retyped, states, context)
    context = replace(
        context,
        tables=states,
        rebuilt=rebuilt,
        retyped=retyped,
        remade=found.objects | found.parts | found.columns | (found.types - rebuilt),
    )
    work = {
        TableName(change.schema, change.name): _Table(change, context)
        for change in changes
        if change.key == "modify_table"
    }
    for name, state in states.items():
        if name not in work and state.before is not None and state.after is not None:
            work[name] = _Table(_unchanged(name, state.after), context)
    sequences = [change for table in work.values() for change in table.implied_sequences()]
    for table in work.values():
        table.retype()
    detached = _remake_parts(work, found, context)
    for table in work.values():
        table.regenerate()
        table.remake_dependents()
    desired = {name: state.after for name, state in states.items() if state.after is not None}
    attachments = attached.remake(work, desired)
    detached |= _remake_foreign_keys(work, context)
    modified = [table.change() for table in work.values() if table.is_changed]
    others = [change for change in changes if change.key != "modify_table" and change.kind != "sequence"]
    others += _forced_objects(changes, found, context)
    explicit = [change for change in changes if change.kind == "sequence"]
    return Expanded(
        changes=(*others, *_merged(explicit, sequences), *modified),
        context=replace(context, detached=context.detached | detached, attachments=attachments),
    )


def _states(changes: Sequence[Change], realm: Realm) -> Mapping[TableName, TableStates]:
    states = {
        TableName(schema.name, table.name): TableStates(table, table)
        for schema in realm.schemas
        for table in schema.tables
    }
    for change in changes:
        if change.kind == "table":
            states[TableName(change.schema, change.name)] = TableStates(change.before, change.after)  # type: ignore[arg-type]
    dropped = {change.schema for change in changes if change.key == "drop_schema"}
    return {
        name: TableStates(state.before, None) if name.schema in dropped else state
        for name, state in states.items()
    }


def _items(table: Table, field: str) -> tuple[Model, ...]:
    """The parts in a field of a table, which may be one or none."""
    found: Model | tuple[Model, ...] | None = getattr(table, field)
    return found if isinstance(found, tuple) else (found,) if found is not None else ()


def _unchanged(name: TableName, table: Table) -> Change:
    return Change(
        action="modify", kind="table", schema=name.schema, name=name.name, before=table, after=table
    )


class _Table:
    """A modified table while its changes are gathered."""

    def __init__(self, change: Change, context: Context) -> None:
        assert isinstance(change.before, Table)
        assert isinstance(change.after, Table)
        self.origin = change
        self.context = context
        self.schema, self.name = self.table = TableName(change.schema, change.name)
        self.before, self.after = change.before, change.after
        self.parts: dict[tuple[str, str], Change] = {(part.kind, part.name): part for part in change.changes}
        self.remade: set[str] = set()

    @property
    def is_changed(self) -> bool:
        return bool(self.parts) or self.before != self.after

    def change(self) -> Change:
        return Change(
            action="modify",
            kind="table",
            schema=self.schema,
            name=self.name,
            before=self.before,
            after=self.after,
            changes=tuple(self.parts.values()),
        )

    def touch(self, kind: str, item: Model) -> None:
        """Make this part anew, unless it changes already."""
        name = getattr(item, "name", "")
        old = self.parts.get((kind, name))
        if old is None:
            self.parts[kind, name] = of.forced(kind, self.table, item)
        elif old.action == "modify" and not of.is_replaced(old):
            self.parts[kind, name] = replace(old, remade=True)

    def part(self, own: Address) -> tuple[str, Model] | None:
        """The part of this address that is there before and after: its kind, and itself afterwards."""
        if own.kind in {"column", "default"}:
            columns = {after.name: after for _, after in self.stays()}
            return ("column", columns[own.child]) if own.child in columns else None
        kinds = INDEXES if own.kind == "index" else CONSTRAINTS
        for kind, field in kinds:
            kept = {of.constraint_name(self.name, item) for item in _items(self.before, field)}
            for item in _items(self.after, field):
                name = of.constraint_name(self.name, item)
                if name == own.child and name in kept:
                    return kind, item
        return None

    def stays(self) -> Iterator[tuple[Column, Column]]:
        """Columns that are there before and after."""
        after = {column.name: column for column in self.after.columns}
        for column in self.before.columns:
            if column.name in after and self.action("column", column.name) != "drop":
                yield column, after[column.name]

    def action(self, kind: str, name: str) -> str:
        part = self.parts.get((kind, name))
        return part.action if part else ""

    def implied_sequences(self) -> Iterator[Change]:
        """Replace changes from and to serial types by those of integer columns and their sequences."""
        for (kind, name), part in list(self.parts.items()):
            before, after = part.before, part.after
            if kind != "column" or not isinstance(before, Column) or not isinstance(after, Column):
                continue
            if before.type == after.type or not {before.type, after.type} & INTEGER_OF.keys():
                continue
            sequence = default_name(self.name, name, "seq")
            default = f"nextval({quote_text(self.context.namer(self.schema, sequence))}::regclass)"
            plain = replace(part, before=_plain(before, default), after=_plain(after, default))
            self.parts[kind, name] = plain
            old = _serial_sequence(self.before, sequence, before)
            new = _serial_sequence(self.after, sequence, after)
            action = "modify" if old and new else "add" if new else "drop"
            if old != new:
                yield Change(
                    action=action,  # type: ignore[arg-type]
                    kind="sequence",
                    schema=self.schema,
                    name=sequence,
                    before=old,
                    after=new,
                )

    def is_retyped(self, column: str) -> bool:
        """Is the column's type rebuilt under it?"""
        return Address("column", self.schema, self.name, column) in self.context.retyped

    def retype(self) -> None:
        """Columns of types that are rebuilt."""
        for before, after in self.stays():
            if before.type == after.type and self.is_retyped(after.name):
                self.parts.setdefault(("column", after.name), of.forced("column", self.table, after))

    def changed_types(self) -> set[str]:
        """Columns whose type changes."""
        return {
            after.name
            for before, after in self.stays()
            if self.action("column", after.name)
            and (_integer(before.type) != _integer(after.type) or self.is_retyped(after.name))
        }

    def regenerate(self) -> None:
        """Generated columns that are made anew."""
        changed = self.changed_types()
        for before, after in self.stays():
            if before.generated is None or after.generated is None:
                continue
            part = self.parts.get(("column", after.name))
            if any(of.uses_column(before, name) for name in changed):
                self.touch("column", after)
                part = self.parts["column", after.name]
            if part is not None and of.is_replaced(part):
                self.remade.add(after.name)

    def remake_dependents(self) -> None:
        """Keys, indexes and checks that cannot outlive a change of their columns."""
        rebuilt = {after.name for _, after in self.stays() if self.is_retyped(after.name)}
        for kind, item in self.shared_parts():
            texts = of.index_texts(item) if isinstance(item, Index | Exclusion) else ()
            over_values = kind == "check" or any(texts)
            stale = self.remade | rebuilt if over_values else self.remade
            if any(of.uses_column(item, name) for name in stale):
                self.touch(kind, item)

    def shared_parts(self) -> Iterator[tuple[str, Model]]:
        """Parts, other than columns and foreign keys, that the table has after the change."""
        if self.after.primary_key is not None and self.before.primary_key is not None:
            yield "primary_key", self.after.primary_key
        for kind, field in (("index", "indexes"), ("exclusion", "exclusions"), ("check", "checks")):
            names = {item.name for item in getattr(self.before, field)}
            for item in getattr(self.after, field):
                if item.name in names:
                    yield kind, item

    def keys_and_checks(self) -> Iterator[tuple[str, Model | None, Model | None]]:
        """The constraints other than foreign keys: their kind, and each before and after."""
        for kind, field in CONSTRAINTS:
            before, after = (
                {
                    of.constraint_name(self.name, item): item
                    for item in _items(table, field)
                    if getattr(item, "constraint", True)
                }
                for table in (self.before, self.after)
            )
            if kind != "foreign_key":
                for name in before | after:
                    yield kind, before.get(name), after.get(name)

    def lost_keys(self) -> set[frozenset[str]]:
        """Unique keys, by their columns, that are gone for a time."""
        return {of.unique_columns(part.before) for part in self.parts.values() if of.goes(part)} - {
            frozenset()
        }

    def strangers(self) -> set[str]:
        """Columns whose values are compared otherwise for a time."""
        types = {before.name: before.type for before, _ in self.stays()}
        changed = {
            after.name
            for _, after in self.stays()
            if family(types[after.name]) != family(after.type) or self.is_retyped(after.name)
        }
        return changed | self.remade


def _remake_parts(work: Mapping[TableName, _Table], found: Closure, context: Context) -> frozenset[Resource]:
    """Parts of tables that stand on something that goes for a time: they are detached."""
    detached: set[Resource] = set()
    for own in (*found.parts, *found.columns):
        table = work.get(TableName(own.schema, own.name))
        part = table.part(own) if table else None
        if table is None or part is None:
            continue
        if own.kind == "default":
            table.parts.setdefault(("column", own.child), of.forced("column", table.table, part[1]))
        else:
            table.touch(*part)
        needs = set(context.before.needs(own)) - context.rebuilt  # those wait for the whole table
        if any(need[1:3] != own[1:3] or need.kind not in OF_TABLE for need in needs):
            detached.add(own)
    columns = [own for own in found.columns if own in detached]
    return frozenset(detached.union(*(_standing_on(own, work) for own in columns)))


def _standing_on(column: Address, work: Mapping[TableName, _Table]) -> Iterator[Resource]:
    """The constraints over a detached column: they go before it and come back, or come, after it."""
    table = work[TableName(column.schema, column.name)]
    for kind, before, after in table.keys_and_checks():
        if not any(of.uses_column(item, column.child) for item in (before, after)):
            continue
        if before is not None and after is not None:
            table.touch(kind, after)
        if (item := after or before) is not None:
            yield Address("constraint", table.schema, table.name, of.constraint_name(table.name, item))
    for kind, item in table.shared_parts():
        if kind == "index" and of.uses_column(item, column.child):
            table.touch(kind, item)


def _forced_objects(changes: Sequence[Change], found: Closure, context: Context) -> Iterator[Change]:
    """Changes of objects that are made anew and that do not change themselves; types that are rebuilt."""
    changed = {
        address(change.kind, change.schema, item)
        for change in changes
        if change.kind in BY_NAME and (item := change.after or change.before) is not None
    }
    for own in sorted((found.objects | found.types) - changed):
        before = context.before.objects[own]
        after = context.after.objects.get(own, before)
        yield Change(
            action="modify",
            kind=before.kind,  # type: ignore[arg-type]
            schema=before.schema,
            table=getattr(before.item, "table", "") if BY_NAME[before.kind].of_table else "",
            name=before.item.identifier,
            before=before.item,
            after=after.item,
        )


def _integer(type_: str) -> str:
    return INTEGER_OF.get(type_, type_)


def _plain(column: Column, default: str) -> Column:
    if column.type not in INTEGER_OF:
        return column
    return replace(column, type=INTEGER_OF[column.type], default=default)


def _serial_sequence(table: Table, name: str, column: Column) -> Seq | None:
    if column.type not in INTEGER_OF:
        return None
    owner = ColumnRef(table=table.name, column=column.name)
    return Seq(name=name, type=INTEGER_OF[column.type], owner=owner, unlogged=table.unlogged)


def _merged(explicit: Sequence[Change], implied: Sequence[Change]) -> tuple[Change, ...]:
    """One change per sequence: what a serial type makes may be what stood for itself before."""
    merged = {(change.schema, change.name): change for change in explicit}
    for change in implied:
        other = merged.get((change.schema, change.name))
        if other is None:
            merged[change.schema, change.name] = change
            continue
        before, after = change.before or other.before, change.after or other.after
        action = "modify" if before and after else "add" if after else "drop"
        merged[change.schema, change.name] = replace(change, action=action, before=before, after=after)
    return tuple(change for change in merged.values() if change.before != change.after)


def _remake_foreign_keys(work: Mapping[TableName, _Table], context: Context) -> frozenset[Resource]:
    """Foreign keys that cannot stand while their keys or columns change; they are detached."""
    lost = {name: keys for name, table in work.items() if (keys := table.lost_keys())}
    strange = {name: columns for name, table in work.items() if (columns := table.strangers())}
    detached: set[Resource] = set()
    if not lost and not strange:
        return frozenset()

    def loses_columns(name: TableName, key: ForeignKey) -> bool:
        return not strange.get(_target(name, key), set()).isdisjoint(key.ref_columns)

    def cannot_stand(name: TableName, key: ForeignKey) -> bool:
        return (
            frozenset(key.ref_columns) in lost.get(_target(name, key), ())
            or loses_columns(name, key)
            or not strange.get(name, set()).isdisjoint(key.columns)
        )

    for name, state in context.tables.items():
        kept = {key.name: key for key in state.after.foreign_keys} if state.after else {}
        for old in state.before.foreign_keys if state.before else ():
            new = kept.get(old.name)
            if new is None and loses_columns(name, old):
                detached.add(constraint_resource(*name, old.name))
            elif new is not None and (cannot_stand(name, old) or cannot_stand(name, new)):
                work[name].touch("foreign_key", new)
                detached.add(constraint_resource(*name, old.name))
    return frozenset(detached)


def _target(name: TableName, key: ForeignKey) -> TableName:
    return TableName(key.ref_schema or name.schema, key.ref_table)
