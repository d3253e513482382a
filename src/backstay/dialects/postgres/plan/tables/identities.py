"""Identity columns of a table that changes: their sequences are freed, kept within bounds, and go on."""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.names import quote_text
from backstay.dialects.postgres.plan import sequences
from backstay.dialects.postgres.plan.context import Context, TableName
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables import columns, uses
from backstay.dialects.postgres.plan.tables.alteration import DROP_INDEX, Alteration
from backstay.dialects.postgres.plan.tables.clause import alter_table
from backstay.dialects.postgres.plan.tables.parts import identity_sequence
from backstay.schema.changes import Change
from backstay.schema.model import Address, Column, Table


def first_step(alteration: Alteration) -> Step:
    """Columns first free their sequences' names, or what they were generated from (`columns.phases`)."""
    leaves: set[Resource] = set()
    removes: set[Resource] = set()
    for part in alteration.change.changes:
        if columns.phases(part, alteration.context.namer).first and isinstance(part.before, Column):
            leaves.update(uses.of_column(alteration.table.schema, part.before, alteration.context))
            removes.update(uses.made_by_identity(*alteration.table, part.before))
            if part.before.generated is not None:
                column = Address("column", *alteration.table, part.name)
                leaves.update(alteration.context.before.needs(column))
    return alteration.step(
        alter_table(alteration.table, alteration.first, alteration.change, alteration.context),
        DROP_INDEX,
        makes={("freed", *alteration.table)},
        leaves=leaves,
        removes=removes | {("stand", *alteration.table)},
    )


def held_steps(alteration: Alteration) -> Iterator[Step]:
    """Sequences that are brought into bounds which become narrower."""
    for part, before, after, sequence in _identity_changes(alteration):
        if before.identity and after.identity:
            options = before.identity.options, after.identity.options
            types = before.type, after.type
            for statement in sequences.held(f"{sequence}::regclass", after.name, *options, types, part):
                yield alteration.step(statement, DROP_INDEX, makes={("freed", *alteration.table)})


def late_names(alteration: Alteration) -> Iterator[Resource]:
    """The names of sequences that come with columns which become identity columns last."""
    for part in alteration.change.changes:
        if columns.phases(part, alteration.context.namer).last and isinstance(part.after, Column):
            yield from uses.made_by_identity(*alteration.table, part.after)


def continued(alteration: Alteration) -> Iterator[Statement]:
    """New identity columns of rows that have values already."""
    for part, before, after, sequence in _identity_changes(alteration):
        if after.identity and not before.identity:
            options, type_ = after.identity.options, after.type
            yield sequences.continued(
                alteration.table, after.name, sequence, options, type_, part, alteration.context
            )


def persistence(alteration: Alteration) -> Iterator[Statement]:
    """Sequences that are to be logged where their table is not, or the other way round, or no longer.

    One that is there already goes along when its table changes (ALTER TABLE … SET LOGGED).
    """
    after = alteration.after
    for part in alteration.parts:
        if isinstance(part.after, Column) and part.after.identity is not None:
            was = after.unlogged
            if isinstance(part.before, Column) and alteration.before.unlogged == was:
                was = _is_unlogged(part.before, after)
            if was != _is_unlogged(part.after, after):
                yield _set_persistence(part.after, after, part, alteration.table, alteration.context)


def persistence_of_new(
    table: Table, name: TableName, change: Change, context: Context
) -> Iterator[Statement]:
    """The same for a table that was just made: CREATE TABLE has no words for it."""
    for column in table.columns:
        if _is_unlogged(column, table) != table.unlogged:
            yield _set_persistence(column, table, change, name, context)


def _is_unlogged(column: Column, table: Table) -> bool:
    own = column.identity.unlogged if column.identity is not None else None
    return table.unlogged if own is None else own


def _set_persistence(
    column: Column, table: Table, change: Change, name: TableName, context: Context
) -> Statement:
    sequence = identity_sequence(name.name, column)
    return sequences.persistence(name.schema, sequence, _is_unlogged(column, table), change, context)


def _identity_changes(alteration: Alteration) -> Iterator[tuple[Change, Column, Column, str]]:
    """Columns that are identity columns afterwards, and their sequences."""
    for part in alteration.change.changes:
        before, after = part.before, part.after
        if isinstance(before, Column) and isinstance(after, Column) and after.identity:
            table = quote_text(alteration.context.namer(*alteration.table))
            yield part, before, after, f"pg_get_serial_sequence({table}, {quote_text(after.name)})"
