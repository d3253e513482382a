"""One table that changes: which of its parts go, come and stay, and which of them by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from backstay.dialects import hazards
from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.attachments import Indexed, index_name
from backstay.dialects.postgres.plan.context import MODIFY_TABLE, Context, TableName
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables import attributes, columns, constraints, detached, uses
from backstay.dialects.postgres.plan.tables.clause import Clause
from backstay.dialects.postgres.plan.tables.parts import (
    becomes_generated,
    comes,
    constraint_name,
    goes,
    is_given,
    part_addresses,
    retyped,
)
from backstay.schema.changes import Change
from backstay.schema.model import Address, Column, Index, Model, Table

DETACHABLE = frozenset({"foreign_key", "check", "exclusion", "primary_key", "index", "column"})
"""Kinds of parts that may be dropped early and made late: constraints, and columns that are generated."""

DROP_INDEX, RENAME, ALTER, LAST, CREATE_INDEX, COMMENT = range(6)
"""Places of the steps of one table among each other."""


class Alteration:
    """One modified table. `first` and `last` are clauses of statements before and after the main one.

    `parts` are the changes of its parts without those clauses, `gone` the columns that it loses, `retyped`
    those that change their type.
    """

    def __init__(self, change: Change, context: Context) -> None:
        assert isinstance(change.before, Table)
        assert isinstance(change.after, Table)
        self.change, self.context = change, context
        self.table = TableName(change.schema, change.name)
        self.before, self.after = change.before, change.after
        phases = [columns.phases(part, context.namer) for part in change.changes]
        self.first = [clause for phase in phases for clause in phase.first]
        self.last = [clause for phase in phases for clause in phase.last]
        self.parts = [detached.without_default(self.table, phase.change, context) for phase in phases]
        self.gone = {
            part.name for part in change.changes if part.key == "drop_column" and not self.is_detached(part)
        }
        self.retyped = set(retyped(change))

    def step(
        self, statement: Statement, part: int, clauses: Sequence[Clause] = (), **resources: Iterable[Resource]
    ) -> Step:
        """A step of the table in its place among the others (`part`)."""
        return Step(
            statement=statement,
            clauses=tuple(clauses),
            rank=self.context.rank(MODIFY_TABLE, self.table, part),
            **{name: frozenset(found) for name, found in resources.items()},
        )

    def goes_along(self, part: Change) -> bool:
        """Does the part go with its column, or with the index of the partitioned table it is attached to?"""
        if self.context.attachments.goes_along(self.table, part.before):
            return True
        return part.action == "drop" and not self.gone.isdisjoint(constraints.columns(part.before))

    def is_detached(self, part: Change) -> bool:
        """Is the part dropped early, or made late, in a statement of its own?"""
        if not goes(part) and not comes(part):
            return False
        item = part.after if part.after is not None else part.before
        if item is None or part.kind not in DETACHABLE:
            return False
        kind, name = ("column", part.name) if part.kind == "column" else ("constraint", "")
        name = name or constraint_name(self.table.name, item)
        return Address(kind, *self.table, name) in self.context.detached

    def is_late(self, part: Change) -> bool:
        """Constraints of partitioned tables are made when the partitions have theirs, which these adopt."""
        return isinstance(part.after, Indexed) and bool(self.adopted(part.after))

    def adopted(self, index: Indexed) -> set[Resource]:
        """The indexes of partitions that this one takes in."""
        name = index_name(self.table, index)
        if name not in self.context.attachments.adopting:
            return set()
        found = self.context.attachments.after.get(name, ())
        return {
            own
            for child in found
            if not is_given(child.item)
            for own in (*part_addresses(*child.table, child.item), ("name", *child.name))
        }

    def below(self, index: Model | None) -> Iterator[Resource]:
        """What goes with an index of a partitioned table."""
        if isinstance(index, Indexed):
            for found in self.context.attachments.dropped_with(index_name(self.table, index)):
                yield from uses.made_by_part(*found.table, found.item)
                yield from part_addresses(*found.table, found.item)

    def loose(self, index: Model | None) -> set[Resource]:
        """Partitions that stop being such are no longer concerned."""
        if not isinstance(index, Indexed):
            return set()
        kept = self.context.attachments.kept(index_name(self.table, index))
        return {("untied", *found.table) for found in kept}

    def parent_altered(self) -> set[Resource]:
        """The columns of a partition are those of its parent."""
        if self.after.partition_of is None:
            return set()
        parent = self.after.partition_of.parent
        return {("altered", parent.schema or self.table.schema, parent.name)}

    def addition(self, part: Change) -> Clause | None:
        """ADD CONSTRAINT for what is a constraint of the table."""
        return constraints.adding(part, self.table, self.parts, self.context)

    def dropped(self, part: Change) -> Clause | None:
        """DROP CONSTRAINT for what was a constraint of the table."""
        old = part.before
        reverse = constraints.addition(old, self.table.schema, self.context)
        if old is None or reverse is None:
            return None
        name = constraint_name(self.table.name, old)
        dangers = hazards.of_dropped_constraint(part, self.table.name, self.gone)
        return Clause(f"DROP CONSTRAINT {quote_name(name)}", reverse, hazards=dangers)

    def dropped_column(self, part: Change) -> Clause:
        """DROP COLUMN."""
        column = part.before
        assert isinstance(column, Column)
        is_lost = part.action == "drop" or becomes_generated(column, part.after)
        dangers = hazards.of_dropped_columns([column]) if is_lost else ()
        undo = attributes.addition(column, self.table.schema, self.context.namer)
        return Clause(f"DROP COLUMN {quote_name(column.name)}", undo, hazards=dangers)


def plain_index(part: Model | None) -> Index | None:
    """The part, if it is an index that is not of a constraint."""
    return part if isinstance(part, Index) and not part.constraint else None
