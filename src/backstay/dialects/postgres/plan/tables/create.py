"""Tables that are created, with their indexes and comments behind them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres import ddl
from backstay.dialects.postgres.lineage import parents
from backstay.dialects.postgres.locks import EXCLUSIVE, SHARE_ROW, strongest
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan import attachments
from backstay.dialects.postgres.plan.context import ADD_TABLE, Context, TableName, constraint_resource, quoted
from backstay.dialects.postgres.plan.steps import Resource, Step
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
    inherited,
    links,
    uses,
)
from backstay.dialects.postgres.plan.tables.clause import Clause
from backstay.dialects.postgres.plan.tables.parts import (
    DEPENDENT,
    constraint_name,
    not_null_name,
    part_addresses,
    part_change,
)
from backstay.schema.changes import Change
from backstay.schema.model import Address, ForeignKey, Index, PrimaryKey, Table


def steps(change: Change, context: Context) -> Iterator[Step]:
    """The steps that make a table."""
    table = change.after
    assert isinstance(table, Table)
    name = TableName(change.schema, change.name)
    inline = [key for key in table.foreign_keys if not foreign_keys.is_detached(name, key, context)]
    made = given_keys.without(inherited.created(table, name, context.has))
    kept = without_detached(made, name, context)
    if name in context.moves or _has_names_taken(kept, name, context):
        kept = _named(kept)
    parts = set(made_with(kept, name)) - context.detached
    yield Step(
        statement=_create(kept, name, inline, change, context),
        rank=context.rank(ADD_TABLE, name),
        makes=frozenset(uses.made_by_table(name.schema, table, _constraints(table)))
        | parts
        | {("made", *name)},
        needs=_needs(table, name, inline, context)
        | frozenset(context.after.needs(*parts, *_given(name, context))),
        keys=frozenset(constraint_resource(*name, key.name) for key in inline)
        | {own for own in parts if own.kind in DEPENDENT and any(context.after.needs(own))},
    )
    for statement, needs, makes in _followers(table, kept, name, inline, change, context):
        after_rows = frozenset() if makes else frozenset({("moved", *name)})
        yield Step(
            statement=statement,
            rank=context.rank(ADD_TABLE, name, 1),
            needs=needs | {("made", *name)} | after_rows,
            makes=makes,
        )
    if table.partition_of is not None:
        for link in links.links(table, name, context):
            yield links.tied(link, table, name, change, context)
        yield from _attached(table, name, context)
        yield from given_keys.of_new(table, name, change, context)
    yield from _late_parts(given_keys.without(table), kept, name, change, context)
    for key in table.foreign_keys:
        if key not in inline:
            yield from foreign_keys.add_steps(name, key, change, context)


def _has_names_taken(table: Table, name: TableName, context: Context) -> bool:
    """Has another table of the schema a name that what forbids NULL usually has in this one?

    So CREATE TABLE … LIKE makes it since PostgreSQL 18, and from then on the server chooses another name.
    """
    taken = context.has.foreign_names
    return bool(taken) and any(
        (name.schema, not_null_name(table.name, column)) in taken
        for column in table.columns
        if not column.null and not column.not_null.name
    )


def _named(table: Table) -> Table:
    """The table with all names said that what forbids NULL has: the server would choose others."""
    return replace(
        table,
        columns=tuple(
            replace(column, not_null=replace(column.not_null, name=not_null_name(table.name, column)))
            if not column.null
            else column
            for column in table.columns
        ),
    )


def _attached(table: Table, name: TableName, context: Context) -> Iterator[Step]:
    """Attach the indexes of a partition where the server does not do so by itself."""
    for item in attachments.of_table(table):
        part = attachments.addition(name, item)
        statement = indexes.attachment(name, part, context)
        if statement is not None:
            needs = {("tied", *name), *attachments.named(name, item)}
            yield Step(statement=statement, rank=context.rank(ADD_TABLE, name, 3), needs=frozenset(needs))


def without_detached(table: Table, name: TableName, context: Context) -> Table:
    """The table without the constraints and defaults that are made late."""
    gone = context.detached
    if not gone:
        return table
    return replace(
        table,
        checks=tuple(c for c in table.checks if Address("constraint", *name, c.name) not in gone),
        exclusions=tuple(e for e in table.exclusions if Address("constraint", *name, e.name) not in gone),
        columns=tuple(
            replace(column, default=None) if detached.default_of(name, column.name) in gone else column
            for column in table.columns
        ),
    )


def _late_parts(
    table: Table, kept: Table, name: TableName, change: Change, context: Context
) -> Iterator[Step]:
    """The constraints and defaults that close a circle with what they call."""
    for column in table.columns:
        part = part_change(name, "column", column.name, None, column)
        yield from detached.default_steps(name, part, context)
    for item in (*table.checks, *table.exclusions):
        if item not in (*kept.checks, *kept.exclusions):
            add = str(constraints.addition(item, name.schema, context))
            undo = f"DROP CONSTRAINT {quote_name(item.identifier)}"
            own = Address("constraint", *name, item.identifier)
            yield from detached.last(name, own, Clause(add, undo), change, context, item)


def made_with(table: Table, name: TableName) -> Iterator[Address]:
    """The addresses of the table and of what CREATE TABLE makes with it."""
    yield Address("table", *name)
    for part in (*table.columns, table.primary_key, *_constraints(table), *table.checks, *table.exclusions):
        yield from part_addresses(*name, part)


def _given(name: TableName, context: Context) -> Iterator[Address]:
    """What parents give to a partition, which is made by itself."""
    for parent in context.has.ancestors(name):
        for own in context.after.within(*parent):
            if own.kind in {"column", "default", "constraint"}:
                yield own


def _constraints(table: Table) -> tuple[Index, ...]:
    return tuple(index for index in table.indexes if index.constraint)


def _needs(table: Table, name: TableName, inline: list[ForeignKey], context: Context) -> frozenset[Resource]:
    needs: set[Resource] = {("schema", name.schema)}
    for parent in parents(table, name.schema):
        needs.update({("made", *parent), ("altered", *parent)} if table.inherits else {("made", *parent)})
    type_ = context.type_of(name.schema, table.of_type) if table.of_type else None
    if type_ is not None:
        needs.add(type_)
    for column in table.columns:
        needs.update(uses.of_column(name.schema, column, context))
    for key in inline:
        needs.update(uses.of_key(name.schema, key))
        needs.add(("altered", key.ref_schema or name.schema, key.ref_table))
    return frozenset(needs)


def _create(
    table: Table, name: TableName, inline: list[ForeignKey], change: Change, context: Context
) -> Statement:
    twins = constraints.twins(table)
    single = replace(
        table,
        indexes=tuple(index for index in table.indexes if index not in twins),
        exclusions=tuple(exclusion for exclusion in table.exclusions if exclusion not in twins),
    )
    sql = ddl.create_table(
        single, name.schema, context.namer, foreign_keys=inline, indent=context.options.indent
    )
    return Statement(
        sql=sql,
        comment=f"create {quoted(name.name)} table",
        changes=(change,),
        lock=SHARE_ROW if inline else "",
        reverse=(f"DROP {keyword(table)} {context.namer(*name)}",),
    )


def _followers(
    given: Table, table: Table, name: TableName, inline: list[ForeignKey], change: Change, context: Context
) -> Iterator[tuple[Statement, frozenset[Resource], frozenset[Resource]]]:
    """What is behind a CREATE TABLE (settings, indexes, checks not valid, comments), what it needs and makes.

    `given` is the table as the model has it, `table` as it was created.
    """
    none: frozenset[Resource] = frozenset()
    for settings in _settings(given, table, name, change, context):
        yield settings, none, none
    for index in table.indexes:
        if not index.constraint:
            own = Address("index", *name, index.name)
            statement = indexes.create(name, index, change, context, is_new_table=True)
            made = {own, *uses.made_by_part(name.schema, name.name, index)}
            needs = {*context.after.needs(own), *indexes.awaited(name, index, context)}
            yield statement, frozenset(needs), frozenset(made)
    for clause in constraints.later(table, name.schema, context):
        sql = f"ALTER TABLE {context.namer(*name)} {clause}"
        comment = f"modify {quoted(name.name)} table"
        yield Statement(sql=sql, comment=comment, changes=(change,), lock=EXCLUSIVE), none, none
    for item in attachments.of_table(table):
        for statement in indexes.completions(name, item, change, context):
            yield statement, frozenset({("name", name.schema, constraint_name(name.name, item))}), none
    if table.replica_identity:
        statement = attributes.replica_identity(name, "", table.replica_identity, change, context)
        used = {Address("index", *name, index.name) for index in table.indexes}
        yield statement, frozenset(used), none
    for statement in identities.persistence_of_new(given, name, change, context):
        yield statement, none, none
    for statement in comments.of_table(name, None, table, change, context):
        yield statement, none, none
    for part in (*given.columns, *attachments.of_table(table), *inline, *table.checks):
        for statement in comments.of_new(name, part, change, context):
            yield statement, none, none


def _settings(
    given: Table, table: Table, name: TableName, change: Change, context: Context
) -> Iterator[Statement]:
    """What CREATE TABLE cannot say, in one statement."""
    found = list(attributes.of_new_table(table))
    for addition in inherited.additions(given, name, context.has):
        if isinstance(addition.after, PrimaryKey):
            undo = f"DROP CONSTRAINT {quote_name(constraint_name(name.name, addition.after))}"
            found.append(Clause(f"ADD {ddl.primary_key(addition.after)}", undo))
        else:
            found += columns.of_column(addition, table, context)
    if found:
        yield Statement(
            sql=f"ALTER TABLE {context.namer(*name)} {', '.join(clause.text for clause in found)}",
            comment=f"modify {quoted(name.name)} table",
            changes=(change,),
            lock=strongest(clause.lock for clause in found),
            reverse=(f"ALTER TABLE {context.namer(*name)} {', '.join(c.reverse for c in reversed(found))}",),
        )


def keyword(table: Table) -> str:
    """How CREATE and DROP call a table."""
    return "FOREIGN TABLE" if table.foreign else "TABLE"
