"""Indexes of a table that changes: dropped before its ALTER TABLE, built, adopted and attached behind it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects import hazards
from backstay.dialects.postgres.plan.attachments import Indexed, named, of_table
from backstay.dialects.postgres.plan.context import MODIFY_TABLE
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables import given_keys, indexes, probes, uses
from backstay.dialects.postgres.plan.tables.alteration import (
    COMMENT,
    CREATE_INDEX,
    DROP_INDEX,
    Alteration,
    plain_index,
)
from backstay.dialects.postgres.plan.tables.clause import alter_table
from backstay.dialects.postgres.plan.tables.parts import comes, goes, is_given, part_addresses
from backstay.schema.model import Address


def drop_steps(alteration: Alteration) -> Iterator[Step]:
    """Indexes that go, unless they go with something else."""
    table, context = alteration.table, alteration.context
    for part in alteration.parts:
        index = plain_index(part.before)
        if index is not None and goes(part) and not alteration.goes_along(part):
            statement = indexes.drop(table, index, part, context)
            own = Address("index", *table, index.name)
            yield alteration.step(
                statement,
                DROP_INDEX,
                makes={("cleared", *table)},
                needs=alteration.loose(index),
                leaves=set(context.before.needs(own)),
                removes={own, *uses.made_by_part(*table, index), *alteration.below(index)},
            )


def build_steps(alteration: Alteration) -> Iterator[Step]:
    """Indexes that come, new or again."""
    table, context = alteration.table, alteration.context
    for part in alteration.parts:
        index = plain_index(part.after)
        if index is None or not comes(part):
            continue
        dangers = hazards.of_index(part, table.name, alteration.parts)
        asked = probes.of_addition(part, alteration.parts, table, context)
        statement = indexes.create(table, index, part, context, hazards=dangers, probes=asked)
        own = Address("index", *table, index.name)
        made = {own, *uses.made_by_part(*table, index), ("indexed", *table)}
        needs = {("altered", *table), ("restored", *table), *context.after.needs(own)}
        needs |= alteration.adopted(index) | indexes.awaited(table, index, context)
        needs |= alteration.parent_altered()
        stand = {("stand", *table)} if index.unique else set()
        yield alteration.step(statement, CREATE_INDEX, needs=needs, makes=made, removes=stand)


def adoption_steps(alteration: Alteration) -> Iterator[Step]:
    """Constraints of a partitioned table that take in the indexes which its partitions have by then."""
    table, context = alteration.table, alteration.context
    for part in alteration.parts:
        clause = alteration.addition(part) if comes(part) and alteration.is_late(part) else None
        index = part.after
        if clause is not None and isinstance(index, Indexed):
            made = {*part_addresses(*table, index), *uses.made_by_part(*table, index)}
            needs = {("altered", *table), *alteration.adopted(index), *alteration.parent_altered()}
            statement = alter_table(table, [clause], alteration.change, context)
            again = indexes.joined_again(table, index, part, context)
            statement = replace(statement, reverse=(*statement.reverse, *again))
            stand = {("stand", *table)}
            yield alteration.step(statement, CREATE_INDEX, needs=needs, makes=made, removes=stand)


def attach_steps(alteration: Alteration) -> Iterator[Step]:
    """Attach indexes to those of the partitioned table that are there already."""
    table, context = alteration.table, alteration.context
    for part in alteration.parts:
        statement = indexes.attachment(table, part, context)
        if statement is not None and isinstance(part.after, Indexed):
            needs: set[Resource] = {(word, *table) for word in ("altered", "indexed", "tied")}
            needs |= named(table, part.after)
            yield alteration.step(statement, COMMENT, needs=needs)


def given_steps(alteration: Alteration) -> Iterator[Step]:
    """What is left to do for keys that the server makes with that of the partitioned table."""
    table = alteration.table
    items = alteration.context.attachments.given.get(table, ())
    needs = {("altered", *table), *alteration.parent_altered()}
    for step in given_keys.steps(items, alteration.after, table, alteration.change, alteration.context):
        yield replace(
            step, rank=alteration.context.rank(MODIFY_TABLE, table, COMMENT), needs=step.needs | needs
        )


def cluster_steps(alteration: Alteration) -> Iterator[Step]:
    """CLUSTER ON, when all indexes are there."""
    table, context = alteration.table, alteration.context
    statement = indexes.clustering(table, alteration.change, context)
    if statement is not None:
        needs: set[Resource] = {(word, *table) for word in ("altered", "indexed")}
        needs |= {("restored", "constraint", *table, index.name) for index in alteration.after.exclusions}
        for index in of_table(alteration.after):
            if index.clustered and is_given(index):
                needs |= {("tied", *table), *named(table, index), *alteration.parent_altered()}
        yield alteration.step(statement, COMMENT, needs=needs)
