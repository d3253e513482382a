"""Tables that change: index drops, one ALTER TABLE, new indexes, comments."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.attachments import Indexed, index_name
from backstay.dialects.postgres.plan.context import Context
from backstay.dialects.postgres.plan.steps import Step
from backstay.dialects.postgres.plan.tables import (
    attributes,
    columns,
    comments,
    constraints,
    detached,
    foreign_keys,
    given_keys,
    identities,
    indexes,
    indexing,
    links,
    names,
    uses,
)
from backstay.dialects.postgres.plan.tables.alteration import (
    ALTER,
    COMMENT,
    LAST,
    RENAME,
    Alteration,
    plain_index,
)
from backstay.dialects.postgres.plan.tables.clause import Clause, alter_table
from backstay.dialects.postgres.plan.tables.footprint import Footprint
from backstay.dialects.postgres.plan.tables.parts import comes, goes, is_given
from backstay.schema.changes import Change
from backstay.schema.model import Column, ForeignKey


def steps(change: Change, context: Context) -> Iterator[Step]:
    """The steps of a table that changes."""
    return _Steps(Alteration(change, context)).steps()


class _Steps:
    """The steps of one table. `main` are the clauses of its main statement, `drops` the first of them."""

    def __init__(self, alteration: Alteration) -> None:
        self.of = alteration
        self.change, self.context = alteration.change, alteration.context
        self.table, self.parts = alteration.table, alteration.parts
        self.before, self.after = alteration.before, alteration.after
        self.drops: list[Clause] = []
        self.main: list[Clause] = []

    def steps(self) -> Iterator[Step]:
        """All steps of the table, those of detached foreign keys too."""
        drops, rest = self._clauses()
        yield from links.steps(self.change, self.context)
        yield from self._foreign_key_steps()
        yield from self._detached_steps()
        altered = ("altered", *self.table)
        if self.of.first:
            yield identities.first_step(self.of)
        yield from identities.held_steps(self.of)
        yield from indexing.drop_steps(self.of)
        yield from self._rename_steps()
        self.drops, self.main = drops, [*drops, *rest]
        if self.of.last:
            made = {("indexed", *self.table), *identities.late_names(self.of)}
            yield self.of.step(self._alter(self.of.last), LAST, needs={altered}, makes=made)
        if self.main:
            yield self._main_step()
        yield from indexing.build_steps(self.of)
        yield from indexing.adoption_steps(self.of)
        yield from indexing.attach_steps(self.of)
        yield from indexing.given_steps(self.of)
        yield from indexing.cluster_steps(self.of)
        followers = (*identities.continued(self.of), *identities.persistence(self.of))
        for statement in (*followers, *self._replica_identity(), *self._comments()):
            yield self.of.step(statement, COMMENT, needs={altered, ("indexed", *self.table)})

    def _main_step(self) -> Step:
        footprint = Footprint(self.of)
        return self.of.step(
            self._alter(self.main),
            ALTER,
            clauses=self.main,
            makes=footprint.makes | {("altered", *self.table)},
            needs=footprint.needs | {("cleared", *self.table), ("freed", *self.table)},
            leaves=footprint.leaves,
            removes=footprint.removes,
            keys=footprint.keys,
        )

    def _clauses(self) -> tuple[list[Clause], list[Clause]]:
        """Drops of constraints and columns, and the rest in the order of the changes.

        Foreign keys go before the keys they refer to, generated columns before those they are made from.
        """
        constraints = sorted(self.parts, key=lambda part: part.kind != "foreign_key")
        drops = [clause for part in constraints for clause in self._drop_constraint(part)]
        generated = sorted(
            (
                part
                for part in self.parts
                if isinstance(part.before, Column) and goes(part) and not self.of.is_detached(part)
            ),
            key=lambda part: getattr(part.before, "generated", None) is None,
        )
        drops += [self.of.dropped_column(part) for part in generated]
        rest = [clause for part in self.parts for clause in self._make(part)]
        return drops, [*rest, *attributes.of_table(self.before, self.after)]

    def _drop_constraint(self, part: Change) -> Iterator[Clause]:
        """DROP CONSTRAINT for a part that goes, unless it goes with its column."""
        if goes(part) and not self.of.is_detached(part) and not self.of.goes_along(part):
            clause = self.of.dropped(part)
            if clause is not None:
                yield clause

    def _make(self, part: Change) -> Iterator[Clause]:
        """The clause that makes a part, or changes it where it is."""
        if self.of.is_detached(part):
            return
        if isinstance(part.after, Column):
            if comes(part) and part.action == "modify":
                yield columns.added(part.after, self.table.schema, self.context)
            else:
                yield from columns.of_column(part, self.after, self.context)
        elif comes(part):
            clause = self.of.addition(part)
            if clause is not None and not self.of.is_late(part):
                yield clause
        else:
            yield from constraints.alterations(part)

    def _detached_steps(self) -> Iterator[Step]:
        """Parts other than foreign keys that are dropped early and made late."""
        for part in self.change.changes:
            yield from detached.default_steps(self.table, part, self.context)
            if not self.of.is_detached(part) or part.kind == "foreign_key":
                continue
            if part.key == "drop_column":
                made = frozenset(uses.made_by_part(*self.table, part.before))
                clause = self.of.dropped_column(part)
                yield detached.dropped_column(self.table, part, clause, made, self.context)
                continue
            if part.kind == "column":
                yield from detached.column_steps(self.table, part, self.of.dropped_column(part), self.context)
                continue
            add = self.of.addition(part)
            yield from detached.constraint_steps(self.table, part, self.of.dropped(part), add, self.context)

    def _foreign_key_steps(self) -> Iterator[Step]:
        for part in self.parts:
            if not self.of.is_detached(part) or part.kind != "foreign_key":
                continue
            if isinstance(part.before, ForeignKey) and goes(part):
                yield foreign_keys.drop_step(self.table, part.before, part, self.context)
            if isinstance(part.after, ForeignKey) and comes(part):
                yield from foreign_keys.add_steps(self.table, part.after, part, self.context)

    def _alter(self, found: list[Clause]) -> Statement:
        statement = alter_table(self.table, found, self.change, self.context)
        if found is not self.main or not statement.reverse:
            return statement
        if self.table in self.context.replacing:  # undone, it would replace what children have once more
            return replace(statement, reverse=())
        if any(self._loses_names(part) for part in self.parts):
            return replace(statement, reverse=())
        return replace(statement, reverse=(*self._back(statement), *self._undo()))

    def _loses_names(self, part: Change) -> bool:
        """Do keys of partitions go with this part that would come back under other names?"""
        if not isinstance(part.before, Indexed) or not goes(part):
            return False
        found = self.context.attachments.dropped_with(index_name(self.table, part.before))
        return any(
            is_given(item) and given_keys.as_made(item, name, self.context.had) != item
            for name, item in found
        )

    def _back(self, statement: Statement) -> tuple[str, ...]:
        """What undoes the clauses; what partitions lost comes back behind the types, before its parents."""
        again = tuple(self._redo_along())
        if not again:
            return statement.reverse
        rest = self.main[len(self.drops) :]
        return (*self._reversed(rest), *again, *self._reversed(self.drops))

    def _reversed(self, found: list[Clause]) -> tuple[str, ...]:
        return alter_table(self.table, found, self.change, self.context).reverse if found else ()

    def _redo_along(self) -> Iterator[str]:
        """What makes the constraints of partitions again that went along with this table's."""
        for part in self.parts:
            if isinstance(part.before, Indexed) and plain_index(part.before) is None and goes(part):
                yield from indexes.along_again(self.table, part.before, part, self.context)

    def _undo(self) -> Iterator[str]:
        """What makes again what went along with columns and constraints that were dropped."""
        name = self.context.namer(*self.table)
        for part in self.parts:
            before, index = part.before, plain_index(part.before)
            if before is None or not goes(part) or self.of.is_detached(part):
                continue
            if self.context.attachments.goes_along(self.table, before):
                continue  # it comes again with what it went with
            if index is None:
                add = None
                if self.of.goes_along(part):
                    add = constraints.addition(before, self.table.schema, self.context)
                if add is not None:
                    yield f"ALTER TABLE {name} {add}"
                if isinstance(before, Indexed):
                    rest = indexes.completions(self.table, before, part, self.context)
                    yield from (statement.sql for statement in rest)
                yield from (item.sql for item in comments.of_new(self.table, before, part, self.context))
            elif self.of.goes_along(part):
                yield from indexes.created_again(self.table, index, part, self.context)

    def _rename_steps(self) -> Iterator[Step]:
        for part in self.parts:
            for rename in names.of_part(self.table, self.before, part, self.context):
                yield self.of.step(rename.statement, RENAME, removes={rename.frees}, makes={rename.takes})

    def _replica_identity(self) -> Iterator[Statement]:
        """Said again where its index is made anew, with which it went."""
        old, new = self.before.replica_identity, self.after.replica_identity
        remade = {f"USING INDEX {quote_name(part.name)}" for part in self.parts if comes(part)}
        if old != new or new in remade:
            yield attributes.replica_identity(self.table, old, new, self.change, self.context)

    def _comments(self) -> Iterator[Statement]:
        yield from comments.of_table(self.table, self.before, self.after, self.change, self.context)
        for part in self.parts:
            if not (self.of.is_detached(part) and comes(part)):
                yield from indexes.alterations(self.table, part, self.context)
                yield from comments.of_part(self.table, part, self.context)
