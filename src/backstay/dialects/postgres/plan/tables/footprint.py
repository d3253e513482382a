"""What the ALTER TABLE of a table makes, needs, stops using and removes: that gives its place in the plan."""

from __future__ import annotations

from collections.abc import Iterable

from backstay.dialects.postgres.plan.attachments import Indexed
from backstay.dialects.postgres.plan.context import constraint_resource
from backstay.dialects.postgres.plan.graph import Graph
from backstay.dialects.postgres.plan.steps import Resource
from backstay.dialects.postgres.plan.tables import casts, links, uses
from backstay.dialects.postgres.plan.tables.alteration import Alteration, plain_index
from backstay.dialects.postgres.plan.tables.parts import comes, goes, part_addresses
from backstay.schema.changes import Change
from backstay.schema.model import Address, Column, ForeignKey, Index


class Footprint:
    """The resources of the main statement (see `Step`), gathered from all parts that change in it."""

    def __init__(self, alteration: Alteration) -> None:
        self.of = alteration
        self.context = alteration.context
        self.table, self.parts = alteration.table, alteration.parts
        self.before, self.after = alteration.before, alteration.after
        self.makes: set[Resource] = set()
        self.needs: set[Resource] = {
            ("gone", *constraint_resource(*alteration.table, "")),
            ("schema", alteration.table.schema),
            *links.needed(alteration.change, alteration.context),
        }
        self.leaves: set[Resource] = set()
        self.removes: set[Resource] = {("stand", *alteration.table)}
        self.keys: set[Resource] = set()
        self._note_uses()

    def _note_uses(self) -> None:
        """What the ALTER TABLE makes, needs, stops using and removes."""
        schema, name = self.table
        for part in self.parts:
            before, after = part.before, part.after
            if isinstance(before, ForeignKey) or isinstance(after, ForeignKey):
                self._note_foreign_key(part)
                continue
            if self.of.is_detached(part):
                continue
            self._note_dependencies(part)
            used = set(uses.of_column(schema, after, self.context)) if isinstance(after, Column) else set()
            if isinstance(before, Column):
                stays = used - self.context.rebuilt
                self.leaves.update(set(uses.of_column(schema, before, self.context)) - stays)
                if isinstance(after, Column):
                    self.needs.update(casts.used((before.type, after.type), schema, self.context))
            if isinstance(after, Column):
                self.makes.update(uses.made_by_identity(schema, name, after))
                self.needs.update(used)
            if plain_index(before) is None and goes(part):
                self.removes.update((*uses.made_by_part(schema, name, before), *self.of.below(before)))
                self.needs |= self.of.loose(before)
            if plain_index(after) is None and comes(part) and not self.of.is_late(part):
                self.makes.update(uses.made_by_part(schema, name, after))
        if any(isinstance(part.after, Indexed) and part.after.partition_of for part in self.parts):
            self.needs |= self.of.parent_altered()
        self._note_persistence()

    def _note_dependencies(self, part: Change) -> None:
        """What the part stands on, by the dependencies of both states."""
        keys = [isinstance(item, Index) and item.constraint for item in (part.before, part.after)]
        if part.kind == "index" and not any(keys):
            return  # plain indexes have statements of their own
        schema, name = self.table
        old = set(part_addresses(schema, name, part.before)) - self.context.detached
        new = set(part_addresses(schema, name, part.after)) - self.context.detached
        was, will = _stood_on(old, self.context.before), _stood_on(new, self.context.after)
        anew = self.context.rebuilt | self.context.remade
        self.leaves |= was if goes(part) else (was - will) | (was & anew)
        self.needs |= will
        self.keys |= {own for own in new if own.kind != "column" and any(self.context.after.needs(own))}
        self.keys |= {own for own in old if own.kind == "constraint" and goes(part) and was}
        if part.key == "drop_column":
            self.keys |= {own for own in old if self.context.before.dependents(own)}
        retyped = old & (self.context.retyped | self.of.retyped)
        self.removes |= old if goes(part) else retyped
        self.makes |= new if comes(part) and not self.of.is_late(part) else retyped

    def _note_foreign_key(self, part: Change) -> None:
        if self.of.is_detached(part):
            return
        self.keys.add(constraint_resource(*self.table, part.name))
        own = {("table", *self.table)}
        if isinstance(part.before, ForeignKey) and goes(part):
            self.leaves.update(set(uses.of_key(self.table.schema, part.before)) - own)
        if isinstance(part.after, ForeignKey) and comes(part):
            target = (part.after.ref_schema or self.table.schema, part.after.ref_table)
            self.needs.update({*uses.of_key(self.table.schema, part.after), ("altered", *target)} - own)

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


def _stood_on(owned: Iterable[Address], state: Graph) -> set[Resource]:
    """What these parts of a table depend on; how a column comes from a parent's is the matter of `links`."""
    return {on for own in owned for on in state.needs(own) if own.kind != "column" or on.kind != "column"}
