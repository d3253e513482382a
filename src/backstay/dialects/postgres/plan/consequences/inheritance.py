"""Changes of tables that have parents: what each table has to do itself, beside what its parents do.

ALTER TABLE of a parent changes its children, too (PostgreSQL documentation, 5.10 and 5.11). So the changes of
a child's columns are worked out anew, from what it has in full before and after:

1. What a parent of both states changes goes without saying. It also replaces what the child had of its own,
   which must be said again.
2. A table that gets a parent keeps its columns and checks, and first becomes what the parent is; one that
   loses its parent keeps what it had from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from backstay.dialects.postgres.ddl import Namer
from backstay.dialects.postgres.lineage import Lineage, TableName, kept_parents, parents, tables_of
from backstay.dialects.postgres.plan.steps import dependencies_first
from backstay.dialects.postgres.plan.tables.inherited import unknown_parent
from backstay.dialects.postgres.plan.tables.parts import part_change
from backstay.errors import PlanError
from backstay.schema.changes import Change
from backstay.schema.model import Check, Column, ForeignKey, NotNull, Realm, Table

RECURSIVE = ("type", "collation", "null", "default", "generated", "storage", "compression", "statistics")
"""The attributes of a column that a child takes over when its parent changes them."""


def lineages(
    changes: Sequence[Change], realm: Realm, desired: Realm, namer: Namer
) -> tuple[Lineage, Lineage]:
    """What tables have from their parents (and from types) before (`realm`) and after these changes."""
    before = tables_of(realm)
    after = dict(before)
    for change in changes:
        if change.kind == "schema" and change.action == "drop":
            after = {name: table for name, table in after.items() if name.schema != change.name}
        if change.kind == "table":
            name = TableName(change.schema, change.name)
            if isinstance(change.before, Table):
                before[name] = change.before
            after.pop(name, None)
            if isinstance(change.after, Table):
                after[name] = change.after
    return Lineage.of(realm, namer, before), Lineage.of(desired, namer, after)


class Settled(NamedTuple):
    """The changes that are left, and the tables that replace what their children have of their own."""

    changes: tuple[Change, ...]
    replacing: frozenset[TableName] = frozenset()


def settled(changes: Sequence[Change], before: Lineage, after: Lineage) -> Settled:
    """The changes, those of tables with parents as they have to be made themselves."""
    tables = (*before.tables.values(), *after.tables.values())
    if not any(table.partition_of or table.inherits or table.of_type for table in tables):
        return Settled(tuple(changes))
    settling = _Settling(changes, before, after)
    found = tuple(settling.changes())
    return Settled(found, frozenset(settling.replacing))


class _Settling:
    def __init__(self, changes: Sequence[Change], before: Lineage, after: Lineage) -> None:
        self.given, self.before, self.after = changes, before, after
        self.own = {TableName(c.schema, c.name): c for c in changes if c.key == "modify_table"}
        self.touched: dict[TableName, dict[str, set[str]]] = {}
        self.replacing: set[TableName] = set()

    def changes(self) -> Iterator[Change]:
        """All changes; parents are worked out before their children."""
        kept = sorted(self.before.tables.keys() & self.after.tables.keys())
        order = dependencies_first(kept, {name: self.after.parents(name) for name in kept})
        found = {name: self._table(name) for name in order if name in self.after.tables}
        yield from (change for change in self.given if change.key != "modify_table")
        for name in kept:
            change = found[name]
            if change is not None:
                yield change

    def _table(self, name: TableName) -> Change | None:
        """The change of a table that stays; nothing where there is nothing to do."""
        change = self.own.get(name)
        has_parents = bool(self.before.given(name) or self.after.given(name))
        if not has_parents and not self.before.parents(name) and not self.after.parents(name):
            self._touch_own(name, change)
            return change
        links = [set(state.parents(name)) for state in (self.before, self.after)]
        if links[0] != links[1]:
            self._require_parents(name)
        columns = list(self._columns(name))
        parts = [part for part in change.changes if part.kind != "column"] if change is not None else []
        parts = list(self._without_given(name, parts))
        if change is None and not columns:
            return None
        table = self.after.tables[name]
        change = change or Change(
            action="modify",
            kind="table",
            schema=name.schema,
            name=name.name,
            before=self.before.tables[name],
            after=table,
        )
        return replace(change, changes=(*parts, *columns, *self._missing_checks(name)))

    def _touch_own(self, name: TableName, change: Change | None) -> None:
        touched = self.touched.setdefault(name, {})
        for part in change.changes if change is not None else ():
            if part.key == "modify_column":
                states = (self.before.columns(name)[part.name], self.after.columns(name)[part.name])
                touched[part.name] = set(_differences(*states))

    def _require_parents(self, name: TableName) -> None:
        """Raise `PlanError` where it cannot be known what a table has from its parent."""
        if not (self.before.is_known(name) and self.after.is_known(name)):
            raise unknown_parent(name)

    def _columns(self, name: TableName) -> Iterator[Change]:
        """What the table has to do to its columns itself."""
        before, after = self.before.columns(name), self.after.columns(name)
        kept = self._kept_parents(name)
        if len(kept) == 1 and self._adds_nothing(name):
            self.touched[name] = self.touched.get(kept[0], {})
            return
        touched = self.touched.setdefault(name, {})
        for column in (*before, *(column for column in after if column not in before)):
            old, new = before.get(column), after.get(column)
            parent = next((p for p in kept if self._has(p, column)), None)
            if parent is not None:
                old = self._expected(name, column, parent, old, new)
            if old == new:
                continue
            if old is not None and new is not None:
                touched.setdefault(column, set()).update(_differences(old, new))
            yield part_change(name, "column", column, old, new)

    def _adds_nothing(self, name: TableName) -> bool:
        """Has the table in both states no other columns than those of one parent, just as these are?"""
        tables = self.before.tables[name], self.after.tables[name]
        return all(len(parents(table, name.schema)) == 1 and not table.columns for table in tables)

    def _kept_parents(self, name: TableName) -> tuple[TableName, ...]:
        return kept_parents(self.before, self.after, name)

    def _has(self, parent: TableName, column: str) -> bool:
        return column in self.before.columns(parent) or column in self.after.columns(parent)

    def _expected(
        self, name: TableName, column: str, parent: TableName, old: Column | None, new: Column | None
    ) -> Column | None:
        """The column as it is when the parent has made its changes."""
        was, will = self.before.columns(parent).get(column), self.after.columns(parent).get(column)
        if will is None:
            return self._after_drop(name, column, old, new)
        if was is None:
            return self._after_addition(old, will)
        if old is None:
            return None
        touched = self.touched.get(parent, {}).get(column, set())
        if "generated" in touched and will.generated is not None:
            self._require_undeclared(name, column)
        self.touched.setdefault(name, {}).setdefault(column, set()).update(touched)
        if any(getattr(old, attribute) != getattr(was, attribute) for attribute in touched):
            self.replacing.add(parent)
        old = replace(old, **{attribute: getattr(will, attribute) for attribute in touched})
        named = new is not None and not (will.null or new.null)  # by the parent: nothing can rename it
        return replace(old, not_null=new.not_null) if named and new is not None else old

    def _require_undeclared(self, name: TableName, column: str) -> None:
        """Raise `PlanError` where the parent makes a column anew that the table declares, too."""
        tables = self.before.tables[name], self.after.tables[name]
        if any(own.name == column and not own.inherited for table in tables for own in table.columns):
            raise PlanError(
                f'column "{column}" of table "{name.name}" is declared there, and made anew in its parent',
                hint="make the table independent of its parent in a plan of its own",
            )

    def _after_drop(
        self, name: TableName, column: str, old: Column | None, new: Column | None
    ) -> Column | None:
        """The parent drops the column: one that the table declares itself stays."""
        declared = {c.name for c in self.before.tables[name].columns if not c.inherited}
        if column in declared:
            return old
        if new is not None:
            raise PlanError(
                f'column "{column}" cannot go from the parent of table "{name.name}" and stay in the table',
                hint="make the table independent of its parent in a plan of its own",
            )
        return None

    def _after_addition(self, old: Column | None, will: Column) -> Column:
        """The parent adds the column: a child that has it keeps its own."""
        if old is not None:
            return old
        return replace(will, not_null=NotNull(), identity=None, statistics=None, options={}, comment="")

    def _without_given(self, name: TableName, parts: Sequence[Change]) -> Iterator[Change]:
        """The changes without those of checks and foreign keys that only change hands."""
        gains = [given.expr for given in self.after.checks(name)]
        lost = {p for p in self.before.parents(name) if p not in self._kept_parents(name)}
        leaves = [item.expr for parent in lost for item in self.before.given_checks(parent)]
        for part in parts:
            match part.before, part.after:
                case (Check() as old, None) if old.expr in gains:
                    continue
                case (None, Check() as new) if new.expr in leaves:
                    continue
                case (ForeignKey() as old, None) if self._gives(self.after, name, old):
                    continue
                case (None, ForeignKey() as new) if lost and self._gives(self.before, name, new):
                    continue
            yield part

    def _gives(self, state: Lineage, name: TableName, key: ForeignKey) -> bool:
        """Does the table this one is a partition of have the same foreign key?"""
        table = state.tables.get(name)
        if table is None or table.partition_of is None:
            return False
        found = (state.tables.get(parent) for parent in state.parents(name))
        return any(_same_key(key, own) for parent in found if parent for own in parent.foreign_keys)

    def _missing_checks(self, name: TableName) -> Iterator[Change]:
        """The checks of a new parent that the table must have first."""
        kept = self._kept_parents(name)
        has = {check.name for check in self.before.tables[name].checks}
        has |= {check.name for check in self.before.checks(name)}
        for parent in self.after.parents(name):
            if parent in kept:
                continue
            for check in self.after.given_checks(parent):
                if check.name not in has:
                    yield part_change(name, "check", check.name, None, replace(check, comment=""))


def _same_key(one: ForeignKey, other: ForeignKey) -> bool:
    return replace(one, name="", comment="", ref_schema="") == replace(
        other, name="", comment="", ref_schema=""
    )


def _differences(before: Column, after: Column) -> Iterator[str]:
    return (name for name in RECURSIVE if getattr(before, name) != getattr(after, name))
