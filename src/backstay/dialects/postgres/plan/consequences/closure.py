"""What must be made anew because something it stands on goes, or changes its type.

Dependencies are those of the state before (`pg_depend`). The rules are PostgreSQL's own: an object cannot
be dropped under its dependents, and a column cannot change its type under views, rules, functions with SQL
bodies, triggers, policies and publications that use it (ALTER TABLE, notes); its indexes, its checks and its
statistics the server makes anew by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from backstay.dialects.postgres.objects import PLANNERS
from backstay.dialects.postgres.objects.planner import Place
from backstay.dialects.postgres.objects.types import is_stricter
from backstay.dialects.postgres.plan.context import Context, TableName
from backstay.dialects.postgres.plan.graph import OF_COLUMNS, Graph
from backstay.dialects.postgres.plan.tables import parts
from backstay.errors import PlanError
from backstay.schema.changes import Change
from backstay.schema.kinds import BY_NAME, address
from backstay.schema.model import Address, Column, Domain, Generated, Model, Table

FOLLOWS_TYPE = frozenset({"constraint", "index", "default"})
"""What the server adapts by itself when a column of the same table changes its type."""
STAYS = frozenset({"table", "sequence", "extension"})
CALLED = frozenset({"function", "operator"})
"""What the expression of a generated column can call."""
LETS_GO = 15
"""The version from which DROP EXPRESSION unties a column from what the expression called."""


class Closure(msgspec.Struct, frozen=True):
    """What is made anew, beside what the changes say themselves.

    `objects` are whole objects; `parts` are constraints, indexes and defaults of tables, `columns` are
    generated columns, `retyped` are columns whose type or collation is rebuilt under them; `types` are
    those types and collations.
    """

    objects: frozenset[Address]
    parts: frozenset[Address]
    columns: frozenset[Address]
    retyped: frozenset[Address]
    types: frozenset[Address]


def closure(changes: Sequence[Change], before: Graph, context: Context) -> Closure:
    """Walk from what goes to all that depends on it. Raises `PlanError` where that is out of reach."""
    return _Walk(changes, before, context).closure()


class _Walk:
    def __init__(self, changes: Sequence[Change], before: Graph, context: Context) -> None:
        self.before, self.had = before, context.had
        self.keeps_ties = 0 < context.major < LETS_GO
        self.dropped = set(_dropped(changes))
        self.queue: list[Address] = []
        self.seen: set[Address] = set()
        self.retyping: set[Address] = set()
        self.altered: dict[Address, frozenset[Address]] = {}
        self.freed: set[Address] = set()
        self.ordinary: set[Address] = set()
        self.found: dict[str, set[Address]] = {name: set() for name in Closure.__struct_fields__}
        for change in changes:
            self._begin(change, context)

    def closure(self) -> Closure:
        """All that is made anew."""
        while self.queue:
            on = self.queue.pop()
            for dependent in self.before.dependents(on):
                if dependent not in self.dropped:
                    self._reach(dependent, on)
            if not self.queue:
                for own in sorted(filter(self._comes_late, self.freed - self.seen)):
                    self._replace(own)
        return Closure(**{name: frozenset(found) for name, found in self.found.items()})

    def _begin(self, change: Change, context: Context) -> None:
        """What a change itself takes away for a time."""
        if change.kind == "table":
            for going in _of_table(change):
                self._go(going)
            for column in parts.retyped(change):
                self._retype(column)
            self.ordinary.update(_ordinary(change))
        elif change.before is not None and change.action in {"drop", "modify"} and change.kind in BY_NAME:
            own = address(change.kind, change.schema, change.before)
            if change.action == "drop":
                self._go(own)
            elif _is_replaced(change, context) or self._is_out_of_sight(change, own):
                self._replace(own)
            else:
                self.altered[own] = frozenset(context.after.needs(own))

    def _is_out_of_sight(self, change: Change, own: Address) -> bool:
        """Is it a domain that becomes stricter, and columns hold it within values of other types?"""
        match change.before, change.after:
            case Domain() as before, Domain() as after:
                return is_stricter(before, after) and self._is_held_within(own)
        return False

    def _is_held_within(self, type_: Address, *, within: bool = False) -> bool:
        for dependent in self.before.dependents(type_):
            found, column = self.before.objects.get(dependent), self._column(dependent)
            if column is not None and (within or column.type.endswith("[]")):
                return True
            if found is not None and dependent.kind == "type":
                is_alike = isinstance(found.item, Domain) and not found.item.type.endswith("[]")
                if self._is_held_within(dependent, within=within or not is_alike):
                    return True
        return False

    def _go(self, gone: Address) -> None:
        if gone not in self.seen:
            self.seen.add(gone)
            self.queue.append(gone)

    def _retype(self, column: Address) -> None:
        if column not in self.retyping:
            self.retyping.add(column)
            self.queue.append(column)

    def _rebuild(self, type_: Address) -> None:
        self.found["types"].add(type_)
        self._go(type_)

    def _replace(self, own: Address) -> None:
        if own.kind in OF_COLUMNS:
            self._rebuild(own)
        else:
            self.found["objects"].add(own)
            self._go(own)

    def _reach(self, dependent: Address, on: Address) -> None:
        """One dependent of something that goes, or of a column that changes its type."""
        retyped = on in self.retyping and on not in self.seen
        if dependent in self.altered and on not in self.altered[dependent]:
            self.freed.add(dependent)  # its own change, made before, lets go of it
            return
        if dependent.kind in parts.DEPENDENT:
            if dependent[1:3] != on[1:3] or on.kind not in {"column", "table"}:
                self.found["parts"].add(dependent)
                self._go(dependent)
        elif dependent.kind == "column":
            self._reach_column(dependent, on)
        elif dependent.kind in STAYS or (retyped and dependent.kind in FOLLOWS_TYPE):
            return
        elif dependent in self.before.objects:
            self._replace(dependent)
        else:
            raise _out_of_reach(dependent, on)

    def _comes_late(self, own: Address) -> bool:
        """Does a change in place wait for another, so that it cannot be made before what it lets go of?"""
        return any(
            need in self.seen or need in self.retyping or need in self.altered or not self._is_there(need)
            for need in self.altered[own]
        )

    def _is_there(self, need: Address) -> bool:
        """Is it part of the state before?"""
        if need in self.before.objects or need.kind == "extension":
            return True
        table = self.before.objects.get(Address("table", need.schema, need.name))
        return table is not None and need in set(_with_parts(need.schema, table.item))

    def _reach_column(self, dependent: Address, on: Address) -> None:
        """A column depends on its type, its collation, its parent's column, and what it is generated from."""
        if on.kind == "column" and on[1:3] != dependent[1:3]:
            if on in self.retyping:
                self._retype(dependent)
            else:
                self._go(dependent)
            return
        column = self._column(dependent)
        if column is None:
            if Address("table", dependent.schema, dependent.name) in self.before.objects:
                return  # its type brings it along
            raise _out_of_reach(dependent, on)
        if isinstance(column.generated, Generated) and (on.kind != "type" or on not in self.found["types"]):
            if dependent not in self.ordinary:
                self.found["columns"].add(dependent)
                self._go(dependent)
            elif on.kind in CALLED and self.keeps_ties:
                raise _tied(dependent, on)
        elif on.kind in OF_COLUMNS:
            self.found["retyped"].add(dependent)
            self._retype(dependent)
        elif on.kind in CALLED:
            raise _tied(dependent, on)

    def _column(self, found: Address) -> Column | None:
        if found.kind != "column":
            return None
        columns = self.had.declared(TableName(found.schema, found.name))
        return next((column for column in columns if column.name == found.child), None)


def _is_replaced(change: Change, context: Context) -> bool:
    planner = PLANNERS.get(change.kind)
    if planner is None or change.before is None or change.after is None:
        return False
    return (
        planner.alter(change.before, change.after, Place(change.schema, context.namer, context.options))
        is None
    )


def _dropped(changes: Iterable[Change]) -> Iterator[Address]:
    """All objects and parts that are gone afterwards."""
    for change in changes:
        if change.kind == "table":
            yield from _gone_with(change)
            for part in change.changes:
                if part.action == "drop":
                    yield from parts.part_addresses(change.schema, change.name, part.before)
        elif change.action == "drop" and change.kind in BY_NAME and change.before is not None:
            yield address(change.kind, change.schema, change.before)


def _gone_with(change: Change) -> Iterator[Address]:
    """A dropped table, and its parts."""
    if change.action == "drop":
        yield from _with_parts(change.schema, change.before)


def _with_parts(schema: str, table: Model | None) -> Iterator[Address]:
    """A table, and its parts."""
    if isinstance(table, Table):
        yield Address("table", schema, table.name)
        for part in (
            *table.columns,
            table.primary_key,
            *table.indexes,
            *table.checks,
            *table.exclusions,
            *table.foreign_keys,
        ):
            yield from parts.part_addresses(schema, table.name, part)


def _of_table(change: Change) -> Iterator[Address]:
    """The table, or the parts of it, that go with this change."""
    yield from _gone_with(change)
    for part in change.changes:
        if parts.goes(part):
            yield from parts.part_addresses(change.schema, change.name, part.before)


def _ordinary(change: Change) -> Iterator[Address]:
    """Columns that stop being generated: where they are, they let go of what they were made from."""
    for part in change.changes:
        was, is_ = (getattr(item, "generated", None) for item in (part.before, part.after))
        if part.key == "modify_column" and was and not is_:
            yield Address("column", change.schema, change.name, part.name)


def _tied(column: Address, on: Address) -> PlanError:
    return PlanError(
        f"{words(column)} is still tied to {words(on)}, with which PostgreSQL 14 would drop it",
        hint="add another column, copy the values there, and drop this one before",
    )


def _out_of_reach(dependent: Address, on: Address) -> PlanError:
    return PlanError(
        f"{words(dependent)} depends on {words(on)}, which changes, and is not part of the state",
        hint="take it into the state (exclude, include), or drop it before and make it again after",
    )


def words(found: Address) -> str:
    """An address as people read it: `view "public"."v"`."""
    path = (part for part in (found.schema, found.name, found.child) if part)
    return f"{found.kind.replace('_', ' ')} " + ".".join(f'"{part}"' for part in path)
