"""A table that stays, while its changes are gathered: which parts go and come, and what follows within it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects.postgres.plan.context import Context, TableName
from backstay.dialects.postgres.plan.tables import parts as of
from backstay.dialects.postgres.plan.tables.casts import family
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.schema.changes import Change
from backstay.schema.model import Address, Column, Exclusion, Index, Model, Table

INDEXES = (("index", "indexes"),)
CONSTRAINTS = (
    ("check", "checks"),
    ("exclusion", "exclusions"),
    ("foreign_key", "foreign_keys"),
    ("primary_key", "primary_key"),
    ("index", "indexes"),
)
"""Kinds of parts that a constraint of a table may be, and the fields that hold them."""


class ChangingTable:
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
        """Is there anything to do?"""
        type_ = self.context.type_of(self.schema, self.after.of_type) if self.after.of_type else None
        return bool(self.parts) or self.before != self.after or type_ in self.context.rebuilt

    def change(self) -> Change:
        """All of it as one change."""
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
        had, has = self.context.own_columns(self.table)
        after = {column.name: column for column in has}
        for column in had:
            if column.name in after and self.action("column", column.name) != "drop":
                yield column, after[column.name]

    def action(self, kind: str, name: str) -> str:
        """What happens to a part; empty for nothing."""
        part = self.parts.get((kind, name))
        return part.action if part else ""

    def is_retyped(self, column: str) -> bool:
        """Is the column's type rebuilt under it?"""
        return Address("column", self.schema, self.name, column) in self.context.retyped

    def retype(self) -> None:
        """Columns of types that are rebuilt."""
        for before, after in self.stays():
            follows = self.context.follows(self.table, after.name)
            if before.type == after.type and self.is_retyped(after.name) and follows is None:
                self.parts.setdefault(("column", after.name), of.forced("column", self.table, after))

    def retyped_defaults(self) -> Iterator[Address]:
        """Defaults of the table's own on columns that a parent makes anew, which they hinder."""
        for name, before in self.context.had.columns(self.table).items():
            after = self.context.has.columns(self.table).get(name)
            parent = self.context.follows(self.table, name)
            if parent is None or after is None or before.default is None:
                continue
            is_own = before.default != self.context.had.columns(parent)[name].default
            if is_own and self.context.source(self.table, name) in self.context.retyped:
                self.parts.setdefault(("column", name), of.forced("column", self.table, after))
                yield Address("default", *self.table, name)

    def retyped_constraints(self) -> Iterator[Address]:
        """Checks, exclusions and indexes of the table's own over columns that a parent makes anew.

        They hinder that, and go before: constraints are to be detached.
        """
        if not self.context.retyped:
            return
        given = [
            name
            for name in self.context.had.columns(self.table)
            if self.context.follows(self.table, name) is not None
            and self.context.source(self.table, name) in self.context.retyped
        ]
        if not given:
            return
        for kind, field in (("check", "checks"), ("exclusion", "exclusions"), ("index", "indexes")):
            after = {item.name: item for item in getattr(self.after, field)}
            for item in getattr(self.before, field):
                texts = of.index_texts(item) if isinstance(item, Index | Exclusion) else ()
                is_over_values = kind == "check" or any(texts)
                if not is_over_values or not any(of.uses_column(item, name) for name in given):
                    continue
                if item.name in after:
                    self.touch(kind, after[item.name])
                if kind != "index":
                    yield Address("constraint", *self.table, item.name)

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
            if after.generated is None:
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


def _items(table: Table, field: str) -> tuple[Model, ...]:
    """The parts in a field of a table, which may be one or none."""
    found: Model | tuple[Model, ...] | None = getattr(table, field)
    return found if isinstance(found, tuple) else (found,) if found is not None else ()


def _integer(type_: str) -> str:
    return INTEGER_OF.get(type_, type_)
