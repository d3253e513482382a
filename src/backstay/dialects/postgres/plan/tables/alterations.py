"""Tables that change: index drops, one ALTER TABLE, new indexes, comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from backstay.dialects import hazards
from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.plan import sequences
from backstay.dialects.postgres.plan.attachments import Indexed, index_name, named
from backstay.dialects.postgres.plan.context import MODIFY_TABLE, Context, TableName, constraint_resource
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables import (
    attributes,
    columns,
    comments,
    constraints,
    create,
    detached,
    foreign_keys,
    indexes,
    links,
    names,
    probes,
    uses,
)
from backstay.dialects.postgres.plan.tables.clause import Clause, alter_table
from backstay.dialects.postgres.plan.tables.parts import comes, constraint_name, goes, part_addresses, retyped
from backstay.schema.changes import Change
from backstay.schema.model import Address, Column, ForeignKey, Index, Model, Table

DETACHABLE = frozenset({"foreign_key", "check", "exclusion", "primary_key", "index", "column"})
"""Kinds of parts that may be dropped early and made late: constraints, and columns that are generated."""

DROP_INDEX, RENAME, ALTER, LAST, CREATE_INDEX, COMMENT = range(6)


class Alteration:
    """One modified table while its steps are gathered."""

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
            part.name for part in change.changes if part.key == "drop_column" and not self._is_detached(part)
        }
        self.retyped = set(retyped(change))
        self.makes: set[Resource] = set()
        self.needs: set[Resource] = {
            ("gone", *constraint_resource(*self.table, "")),
            ("schema", change.schema),
            *links.needed(change, context),
        }
        self.leaves: set[Resource] = set()
        self.removes: set[Resource] = {("stand", *self.table)}
        self.keys: set[Resource] = set()
        self.drops: list[Clause] = []
        self.main: list[Clause] = []

    def steps(self) -> Iterator[Step]:
        """All steps of the table, those of detached foreign keys too."""
        drops, rest = self._clauses()
        yield from links.steps(self.change, self.context)
        yield from self._foreign_key_steps()
        yield from self._detached_steps()
        self._note_uses()
        altered = ("altered", *self.table)
        if self.first:
            yield self._first_step()
        yield from self._held_steps()
        for part in self.parts:
            index = _plain_index(part.before)
            if index is not None and goes(part) and not self._goes_along(part):
                statement = indexes.drop(self.table, index, part, self.context)
                own = Address("index", *self.table, index.name)
                yield self._step(
                    statement,
                    DROP_INDEX,
                    makes={("cleared", *self.table)},
                    needs=self._loose(index),
                    leaves=set(self.context.before.needs(own)),
                    removes={own, *uses.made_by_part(*self.table, index), *self._below(index)},
                )
        yield from self._rename_steps()
        self.drops, self.main = drops, [*drops, *rest]
        if self.last:
            made = {("indexed", *self.table), *self._late_identities()}
            yield self._step(self._alter(self.last), LAST, needs={altered}, makes=made)
        if self.main:
            yield self._step(
                self._alter(self.main),
                ALTER,
                clauses=self.main,
                makes=self.makes | {altered},
                needs=self.needs | {("cleared", *self.table), ("freed", *self.table)},
                leaves=self.leaves,
                removes=self.removes,
                keys=self.keys,
            )
        yield from self._index_steps()
        yield from self._late_steps()
        yield from self._attach_steps()
        yield from self._cluster_steps()
        for statement in (*self._continued(), *self._replica_identity(), *self._comments()):
            yield self._step(statement, COMMENT, needs={altered, ("indexed", *self.table)})

    def _step(
        self, statement: Statement, part: int, clauses: Sequence[Clause] = (), **resources: Iterable[Resource]
    ) -> Step:
        return Step(
            statement=statement,
            clauses=tuple(clauses),
            rank=self.context.rank(MODIFY_TABLE, self.table, part),
            **{name: frozenset(found) for name, found in resources.items()},
        )

    def _goes_along(self, part: Change) -> bool:
        """Does the part go with its column, or with the index of the partitioned table it is attached to?"""
        if self.context.attachments.goes_along(self.table, part.before):
            return True
        return part.action == "drop" and not self.gone.isdisjoint(constraints.columns(part.before))

    def _below(self, index: Model | None) -> Iterator[Resource]:
        """What goes with an index of a partitioned table."""
        if isinstance(index, Indexed):
            for found in self.context.attachments.dropped_with(index_name(self.table, index)):
                yield from uses.made_by_part(*found.table, found.item)
                yield from part_addresses(*found.table, found.item)

    def _loose(self, index: Model | None) -> set[Resource]:
        """Partitions that stop being such are no longer concerned."""
        if not isinstance(index, Indexed):
            return set()
        kept = self.context.attachments.kept(index_name(self.table, index))
        return {("untied", *found.table) for found in kept}

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
                if isinstance(part.before, Column) and goes(part) and not self._is_detached(part)
            ),
            key=lambda part: getattr(part.before, "generated", None) is None,
        )
        for part in generated:
            drops += self._drop_column(part)
        rest = [clause for part in self.parts for clause in self._make(part)]
        return drops, [*rest, *attributes.of_table(self.before, self.after)]

    def _drop_constraint(self, part: Change) -> Iterator[Clause]:
        """DROP CONSTRAINT for a part that goes, unless it goes with its column."""
        if goes(part) and not self._is_detached(part) and not self._goes_along(part):
            clause = self._drop(part)
            if clause is not None:
                yield clause

    def _drop(self, part: Change) -> Clause | None:
        old = part.before
        reverse = constraints.addition(old, self.table.schema, self.context)
        if old is None or reverse is None:
            return None
        name = constraint_name(self.table.name, old)
        dangers = hazards.of_dropped_constraint(part, self.table.name, self.gone)
        return Clause(f"DROP CONSTRAINT {quote_name(name)}", reverse, hazards=dangers)

    def _drop_column(self, part: Change) -> Iterator[Clause]:
        column = part.before
        assert isinstance(column, Column)
        dangers = hazards.of_dropped_columns([column]) if part.action == "drop" else ()
        undo = attributes.addition(column, self.table.schema, self.context.namer)
        yield Clause(f"DROP COLUMN {quote_name(column.name)}", undo, hazards=dangers)

    def _make(self, part: Change) -> Iterator[Clause]:
        """The clause that makes a part, or changes it where it is."""
        if self._is_detached(part):
            return
        if isinstance(part.after, Column):
            if comes(part) and part.action == "modify":
                yield columns.added(part.after, self.table.schema, self.context)
            else:
                yield from columns.of_column(part, self.after, self.context)
        elif comes(part):
            clause = self._addition(part)
            if clause is not None and not self._is_late(part):
                yield clause
        else:
            yield from constraints.alterations(part)

    def _is_late(self, part: Change) -> bool:
        """Constraints of partitioned tables are made when the partitions have theirs, which these adopt."""
        return isinstance(part.after, Indexed) and bool(self._adopted(part.after))

    def _adopted(self, index: Indexed) -> set[Resource]:
        """The indexes of partitions that this one takes in."""
        name = index_name(self.table, index)
        if name not in self.context.attachments.adopting:
            return set()
        found = self.context.attachments.after.get(name, ())
        return {
            own
            for child in found
            for own in (*part_addresses(*child.table, child.item), ("name", *child.name))
        }

    def _addition(self, part: Change) -> Clause | None:
        """ADD CONSTRAINT for what is a constraint of the table."""
        return constraints.adding(part, self.table, self.parts, self.context)

    def _is_detached(self, part: Change) -> bool:
        if not goes(part) and not comes(part):
            return False
        item = part.after if part.after is not None else part.before
        if item is None or part.kind not in DETACHABLE:
            return False
        kind, name = ("column", part.name) if part.kind == "column" else ("constraint", "")
        name = name or constraint_name(self.table.name, item)
        return Address(kind, *self.table, name) in self.context.detached

    def _detached_steps(self) -> Iterator[Step]:
        """Parts other than foreign keys that are dropped early and made late."""
        for part in self.change.changes:
            yield from detached.default_steps(self.table, part, self.context)
            if not self._is_detached(part) or part.kind == "foreign_key":
                continue
            if part.key == "drop_column":
                made = frozenset(uses.made_by_part(*self.table, part.before))
                (clause,) = self._drop_column(part)
                yield detached.dropped_column(self.table, part, clause, made, self.context)
                continue
            if part.kind == "column":
                yield from detached.column_steps(self.table, part, self.context)
                continue
            add = self._addition(part)
            yield from detached.constraint_steps(self.table, part, self._drop(part), add, self.context)

    def _foreign_key_steps(self) -> Iterator[Step]:
        for part in self.parts:
            if not self._is_detached(part) or part.kind != "foreign_key":
                continue
            if isinstance(part.before, ForeignKey) and goes(part):
                yield foreign_keys.drop_step(self.table, part.before, part, self.context)
            if isinstance(part.after, ForeignKey) and comes(part):
                yield from foreign_keys.add_steps(self.table, part.after, part, self.context)

    def _note_uses(self) -> None:
        """What the ALTER TABLE makes, needs, stops using and removes."""
        schema, name = self.table
        for part in self.parts:
            before, after = part.before, part.after
            if isinstance(before, ForeignKey) or isinstance(after, ForeignKey):
                self._note_foreign_key(part)
                continue
            if self._is_detached(part):
                continue
            self._note_dependencies(part)
            used = set(uses.of_column(schema, after, self.context)) if isinstance(after, Column) else set()
            if isinstance(before, Column):
                stays = used - self.context.rebuilt
                self.leaves.update(set(uses.of_column(schema, before, self.context)) - stays)
            if isinstance(after, Column):
                self.makes.update(uses.made_by_identity(schema, name, after))
                self.needs.update(used)
            if _plain_index(before) is None and goes(part):
                self.removes.update((*uses.made_by_part(schema, name, before), *self._below(before)))
                self.needs |= self._loose(before)
            if _plain_index(after) is None and comes(part) and not self._is_late(part):
                self.makes.update(uses.made_by_part(schema, name, after))
        if any(isinstance(part.after, Indexed) and part.after.partition_of for part in self.parts):
            self.needs |= self._parent_altered()

        self._note_persistence()

    def _note_dependencies(self, part: Change) -> None:
        """What the part stands on, by the dependencies of both states."""
        keys = [isinstance(item, Index) and item.constraint for item in (part.before, part.after)]
        if part.kind == "index" and not any(keys):
            return  # plain indexes have statements of their own
        schema, name = self.table
        old = set(part_addresses(schema, name, part.before)) - self.context.detached
        new = set(part_addresses(schema, name, part.after)) - self.context.detached
        was, will = set(self.context.before.needs(*old)), set(self.context.after.needs(*new))
        anew = self.context.rebuilt | self.context.remade
        self.leaves |= was if goes(part) else (was - will) | (was & anew)
        self.needs |= will
        self.keys |= {own for own in new if own.kind != "column" and any(self.context.after.needs(own))}
        if part.key == "drop_column":
            self.keys |= {own for own in old if self.context.before.dependents(own)}
        retyped = old & (self.context.retyped | self.retyped)
        self.removes |= old if goes(part) else retyped
        self.makes |= new if comes(part) and not self._is_late(part) else retyped

    def _parent_altered(self) -> set[Resource]:
        """The columns of a partition are those of its parent."""
        if self.after.partition_of is None:
            return set()
        parent = self.after.partition_of.parent
        return {("altered", parent.schema or self.table.schema, parent.name)}

    def _first_step(self) -> Step:
        """A column that changes from serial to identity, or back, first frees the name of its sequence."""
        leaves: set[Resource] = set()
        removes: set[Resource] = set()
        for part in self.change.changes:
            if columns.phases(part, self.context.namer).first and isinstance(part.before, Column):
                leaves.update(uses.of_column(self.table.schema, part.before, self.context))
                removes.update(uses.made_by_identity(*self.table, part.before))
        return self._step(
            self._alter(self.first),
            DROP_INDEX,
            makes={("freed", *self.table)},
            leaves=leaves,
            removes=removes | {("stand", *self.table)},
        )

    def _late_identities(self) -> Iterator[Resource]:
        """The names of sequences that come with columns which become identity columns last."""
        for part in self.change.changes:
            if columns.phases(part, self.context.namer).last and isinstance(part.after, Column):
                yield from uses.made_by_identity(*self.table, part.after)

    def _identity_changes(self) -> Iterator[tuple[Change, Column, Column, str]]:
        """Columns that are identity columns afterwards, and their sequences."""
        for part in self.change.changes:
            before, after = part.before, part.after
            if isinstance(before, Column) and isinstance(after, Column) and after.identity:
                table = quote_text(self.context.namer(*self.table))
                yield part, before, after, f"pg_get_serial_sequence({table}, {quote_text(after.name)})"

    def _held_steps(self) -> Iterator[Step]:
        for part, before, after, sequence in self._identity_changes():
            if before.identity and after.identity:
                options = before.identity.options, after.identity.options
                types = before.type, after.type
                for statement in sequences.held(f"{sequence}::regclass", after.name, *options, types, part):
                    yield self._step(statement, DROP_INDEX, makes={("freed", *self.table)})

    def _continued(self) -> Iterator[Statement]:
        """New identity columns of rows that have values already."""
        for part, before, after, sequence in self._identity_changes():
            if after.identity and not before.identity:
                options, type_ = after.identity.options, after.type
                yield sequences.continued(
                    self.table, after.name, sequence, options, type_, part, self.context
                )

    def _note_persistence(self) -> None:
        """A logged table must not refer to an unlogged one, at no time."""
        if self.before.unlogged == self.after.unlogged:
            return
        own, schema = ("logged", *self.table), self.table.schema
        keys = (*self.before.foreign_keys, *self.after.foreign_keys)
        targets = {("logged", key.ref_schema or schema, key.ref_table) for key in keys} - {own}
        if self.after.unlogged:
            self.removes.add(own)
            self.leaves.update(targets)
        else:
            self.makes.add(own)
            self.needs.update(targets)

    def _note_foreign_key(self, part: Change) -> None:
        if self._is_detached(part):
            return
        self.keys.add(constraint_resource(*self.table, part.name))
        own = {("table", *self.table)}
        if isinstance(part.before, ForeignKey) and goes(part):
            self.leaves.update(set(uses.of_key(self.table.schema, part.before)) - own)
        if isinstance(part.after, ForeignKey) and comes(part):
            target = (part.after.ref_schema or self.table.schema, part.after.ref_table)
            self.needs.update({*uses.of_key(self.table.schema, part.after), ("altered", *target)} - own)

    def _alter(self, found: list[Clause]) -> Statement:
        statement = alter_table(self.table, found, self.change, self.context)
        if found is not self.main or not statement.reverse:
            return statement
        if self.table in self.context.replacing:  # undone, it would replace what children have once more
            return replace(statement, reverse=())
        return replace(statement, reverse=(*self._back(statement), *self._undo()))

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
            if isinstance(part.before, Indexed) and _plain_index(part.before) is None and goes(part):
                yield from indexes.along_again(self.table, part.before, part, self.context)

    def _undo(self) -> Iterator[str]:
        """What makes again what went along with columns and constraints that were dropped."""
        name = self.context.namer(*self.table)
        for part in self.parts:
            before, index = part.before, _plain_index(part.before)
            if before is None or not goes(part) or self._is_detached(part):
                continue
            if self.context.attachments.goes_along(self.table, before):
                continue  # it comes again with what it went with
            if index is None:
                add = None
                if self._goes_along(part):
                    add = constraints.addition(before, self.table.schema, self.context)
                if add is not None:
                    yield f"ALTER TABLE {name} {add}"
                if isinstance(before, Indexed):
                    rest = indexes.completions(self.table, before, part, self.context)
                    yield from (statement.sql for statement in rest)
                yield from (item.sql for item in comments.of_new(self.table, before, part, self.context))
            elif self._goes_along(part):
                yield from indexes.created_again(self.table, index, part, self.context)

    def _rename_steps(self) -> Iterator[Step]:
        for part in self.parts:
            for rename in names.of_part(self.table, self.before, part, self.context):
                yield self._step(rename.statement, RENAME, removes={rename.frees}, makes={rename.takes})

    def _index_steps(self) -> Iterator[Step]:
        for part in self.parts:
            index = _plain_index(part.after)
            if index is None or not comes(part):
                continue
            dangers = hazards.of_index(part, self.table.name, self.parts)
            asked = probes.of_addition(part, self.parts, self.table, self.context)
            statement = indexes.create(self.table, index, part, self.context, hazards=dangers, probes=asked)
            own = Address("index", *self.table, index.name)
            made = {own, *uses.made_by_part(*self.table, index), ("indexed", *self.table)}
            needs = {("altered", *self.table), ("restored", *self.table), *self.context.after.needs(own)}
            needs |= self._adopted(index) | indexes.awaited(self.table, index, self.context)
            needs |= self._parent_altered()
            yield self._step(statement, CREATE_INDEX, needs=needs, makes=made)

    def _late_steps(self) -> Iterator[Step]:
        for part in self.parts:
            clause = self._addition(part) if comes(part) and self._is_late(part) else None
            index = part.after
            if clause is not None and isinstance(index, Indexed):
                made = {*part_addresses(*self.table, index), *uses.made_by_part(*self.table, index)}
                needs = {("altered", *self.table), *self._adopted(index), *self._parent_altered()}
                statement = self._alter([clause])
                again = indexes.joined_again(self.table, index, part, self.context)
                statement = replace(statement, reverse=(*statement.reverse, *again))
                yield self._step(statement, CREATE_INDEX, needs=needs, makes=made)

    def _attach_steps(self) -> Iterator[Step]:
        """Attach indexes to those of the partitioned table that are there already."""
        for part in self.parts:
            statement = indexes.attachment(self.table, part, self.context)
            if statement is not None and isinstance(part.after, Indexed):
                needs: set[Resource] = {(word, *self.table) for word in ("altered", "indexed", "tied")}
                needs |= named(self.table, part.after)
                yield self._step(statement, COMMENT, needs=needs)

    def _replica_identity(self) -> Iterator[Statement]:
        """Said again where its index is made anew, with which it went."""
        old, new = self.before.replica_identity, self.after.replica_identity
        remade = {f"USING INDEX {quote_name(part.name)}" for part in self.parts if comes(part)}
        if old != new or new in remade:
            yield create.replica_identity(self.table, old, new, self.change, self.context)

    def _cluster_steps(self) -> Iterator[Step]:
        statement = indexes.clustering(self.table, self.change, self.context)
        if statement is not None:
            made = {("restored", "constraint", *self.table, index.name) for index in self.after.exclusions}
            yield self._step(
                statement, COMMENT, needs={("altered", *self.table), ("indexed", *self.table), *made}
            )

    def _comments(self) -> Iterator[Statement]:
        yield from comments.of_table(self.table, self.before, self.after, self.change, self.context)
        for part in self.parts:
            if not (self._is_detached(part) and comes(part)):
                yield from indexes.alterations(self.table, part, self.context)
                yield from comments.of_part(self.table, part, self.context)


def steps(change: Change, context: Context) -> Iterator[Step]:
    """The steps of a table that changes."""
    return Alteration(change, context).steps()


def _plain_index(part: Model | None) -> Index | None:
    """The part, if it is an index that is not of a constraint."""
    return part if isinstance(part, Index) and not part.constraint else None
