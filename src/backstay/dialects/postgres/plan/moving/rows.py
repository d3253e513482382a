"""The steps of tables that are made anew: the old one is set aside, and all it has goes over.

INSERT … SELECT converts values as ALTER COLUMN … TYPE would. Values of identity columns are kept, sequences
go on where they were, owners and privileges come back. The foreign keys, triggers and rules of the new table,
and what others have to say of it, come behind the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.lineage import TableName
from backstay.dialects.postgres.locks import EXCLUSIVE
from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.plan import sequences
from backstay.dialects.postgres.plan.attachments import of_table
from backstay.dialects.postgres.plan.context import (
    ACCESS,
    ADD_TABLE,
    DROP_EARLY,
    OWN_SEQUENCE,
    Context,
    Move,
    quoted,
)
from backstay.dialects.postgres.plan.moving.names import has_sequence
from backstay.dialects.postgres.plan.restored import restored
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables import casts
from backstay.dialects.postgres.plan.tables.parts import constraint_name, identity_sequence
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.schema.model import Address, Column, SequenceOptions, Table
from backstay.schema.model import Sequence as Seq

PARTS = """
SELECT attname FROM pg_attribute WHERE attrelid = {old} AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
  WHERE indrelid = {old} AND NOT relispartition
UNION ALL SELECT conname FROM pg_constraint
  WHERE conrelid = {old} AND contype NOT IN ('n', 't') AND conislocal AND conparentid = 0
UNION ALL SELECT tgname FROM pg_trigger WHERE tgrelid = {old} AND NOT tgisinternal AND tgparentid = 0
UNION ALL SELECT polname FROM pg_policy WHERE polrelid = {old}
UNION ALL SELECT rulename FROM pg_rewrite WHERE ev_class = {old}
"""
"""The names of what hangs on a table itself, and is of no use without it."""


def steps(name: TableName, context: Context) -> Iterator[Step]:
    """The steps that fill a table which is made anew, beside those that make it and drop the old one."""
    move = context.moves[name]
    if move.is_root:
        yield from _rows(name, move, context)
    if context.options.partial or not context.options.qualify:
        yield from _guard(name, move, context)
    yield from _sequences(name, move, context)
    yield from _access(name, move, context)


def _rows(name: TableName, move: Move, context: Context) -> Iterator[Step]:
    before = cast(Table, move.change.before)
    old = context.namer(*move.aside)
    secured: Resource = ("unsecured", *name)
    if before.row_security.enabled:  # its owner must see all rows, too
        alter = f"ALTER TABLE {old}"
        yield Step(
            statement=_statement(f"{alter} DISABLE ROW LEVEL SECURITY", "show all rows of", move, name),
            rank=(DROP_EARLY, 0, 0, 0),
            makes=frozenset({secured}),
        )
    only = "" if before.partitioning is not None else "ONLY "
    pairs = list(_columns(name, move, context))
    listed = f" ({', '.join(quote_name(column.name) for column, _ in pairs)})" if pairs else ""
    kept = any(column.identity and column.identity.generated == "ALWAYS" for column, _ in pairs)
    overriding = " OVERRIDING SYSTEM VALUE" if kept else ""
    values = ", ".join(value for _, value in pairs)
    yield Step(
        statement=Statement(
            sql=f"INSERT INTO {context.namer(*name)}{listed}{overriding} SELECT {values} FROM {only}{old}",
            comment=f"move the rows of {quoted(name.name)} table",
            changes=(move.change,),
            hazards=move.hazards,
            probes=move.probes,
            lock=EXCLUSIVE,
            rewrite=True,
            scan=True,
            atomic=True,
        ),
        rank=context.rank(ADD_TABLE, name, 4),
        makes=frozenset(("moved", *found) for found in move.tree),
        needs=frozenset(
            {secured}
            | {(word, *found) for found in move.tree if found != name for word in ("made", "tied")}
            | {("made", *name)}
            | {("untied", *found) for found in move.leaving}
        ),
        leaves=frozenset(("table", *found) for found in move.emptied),
    )


def _guard(name: TableName, move: Move, context: Context) -> Iterator[Step]:
    """What is not part of the state must not go with the old table: partitions, and what hangs on it."""
    conditions = {}
    old = f"{quote_text(context.namer(*move.aside))}::regclass"
    if context.had.tables[move.aside].partitioning is not None:
        conditions["partitions"] = f"SELECT FROM pg_inherits WHERE inhparent = {old}"
    if context.options.partial:
        known = ", ".join(map(quote_text, sorted(_known_parts(move, context))))
        parts = PARTS.format(old=old)
        unknown = f"name <> ALL (ARRAY[{known}]::name[])"
        conditions["parts"] = f"SELECT FROM ({parts}) AS part (name) WHERE {unknown}"
    for number, (what, condition) in enumerate(conditions.items()):
        text = quote_text(f"table {quote_name(name.name)} has {what} that are not part of the state")
        body = f"BEGIN IF EXISTS ({condition}) THEN RAISE EXCEPTION USING MESSAGE = {text}; END IF; END"
        yield Step(
            statement=_statement(f"DO {quote_text(body)}", f"look for other {what} of", move, name),
            rank=context.rank(ADD_TABLE, name, 5 + number),
            needs=frozenset({("moved", *name), ("room", *move.aside)}),
            leaves=frozenset({("table", *move.aside)}),
        )


def _known_parts(move: Move, context: Context) -> Iterator[str]:
    """The names of what the state tells of the old table."""
    table = context.had.tables[move.aside]
    yield from context.had.columns(move.aside)
    for part in (*of_table(table), *table.foreign_keys, *table.checks):
        yield constraint_name(table.name, part)
    for _, _, item in context.before.along(*move.aside):
        yield item.identifier


def _columns(name: TableName, move: Move, context: Context) -> Iterator[tuple[Column, str]]:
    """The columns that take values over, and these in SQL."""
    for column in context.has.columns(name).values():
        old = move.columns.get(column.name)
        if old is not None and column.generated is None:
            value = quote_name(column.name)
            types = (INTEGER_OF.get(old.type, old.type), INTEGER_OF.get(column.type, column.type))
            yield column, casts.converted(value, types, name.schema, context) or value


def _sequences(name: TableName, move: Move, context: Context) -> Iterator[Step]:
    """Let each sequence go on: where the one of its name, or of its column, was, or behind the values."""
    for column in filter(has_sequence, context.has.declared(name)):
        own = identity_sequence(name.name, column)
        type_ = INTEGER_OF.get(column.type, column.type)
        options = column.identity.options if column.identity is not None else SequenceOptions()
        former = _former(column, move, context)
        if former is not None:
            sql = _continued(own, former, sequences.resolved(options, type_), context)
        else:
            sequence = f"{quote_text(context.namer(name.schema, own))}::regclass"
            sql = sequences.continued(name, column.name, sequence, options, type_, move.change, context).sql
        yield _sequence_step(name, own, sql, move)
    for column in filter(has_sequence, cast(Table, move.change.before).columns):
        own = identity_sequence(name.name, column)
        found = context.after.objects.get(Address("sequence", name.schema, own))
        former = _former(column, move, context)
        if found is not None and isinstance(found.item, Seq) and former is not None:
            bounds = sequences.resolved(found.item.options, found.item.type)
            yield _sequence_step(name, own, _continued(own, former, bounds, context), move)


def _continued(own: str, former: TableName, bounds: tuple[int, int, int], context: Context) -> str:
    sequence = f"{quote_text(context.namer(former.schema, own))}::regclass"
    value = f"least(greatest(last_value, {bounds[0]}), {bounds[1]})"
    return f"SELECT setval({sequence}, {value}, is_called) FROM {context.namer(*former)}"


def _sequence_step(name: TableName, own: str, sql: str, move: Move) -> Step:
    return Step(
        statement=_statement(sql, f"continue sequence {quoted(own)} of", move, name),
        rank=(OWN_SEQUENCE, 0, 1, 0),
        needs=frozenset({("made", *name), ("moved", *name), ("sequence", name.schema, own)}),
        leaves=frozenset({("table", *move.aside)}),
    )


def _former(column: Column, move: Move, context: Context) -> TableName | None:
    """The sequence aside that a column had."""
    found = {old.name: old for old in context.had.declared(move.aside) if has_sequence(old)}
    if column.name not in found:
        return None
    return TableName(move.aside.schema, identity_sequence(move.aside.name, found[column.name]))


def _access(name: TableName, move: Move, context: Context) -> Iterator[Step]:
    """Owner and privileges, which a project that manages them gives to a new table anyway."""
    if context.options.managed.permissions:
        return
    at = Address("table", *name)
    columns = context.has.columns(name)
    found = [
        item._replace(at=item.at._replace(name=name.name))
        for item in context.before.access(Address("table", *move.aside))
        if not item.at.child or item.at.child in columns
    ]
    target = f"TABLE {context.namer(*name)}"
    acts = list(restored(at, target, target, found, context.options.realm.facts))
    for column in context.has.declared(name):
        former = _former(column, move, context) if has_sequence(column) else None
        if former is not None:
            own = Address("sequence", name.schema, identity_sequence(name.name, column))
            rights = [item._replace(at=own) for item in context.before.access(Address("sequence", *former))]
            word = f"SEQUENCE {context.namer(own.schema, own.name)}"
            acts += [
                act
                for act in restored(own, word, word, rights, context.options.realm.facts)
                if not act.sql.startswith("ALTER ")  # it belongs to whom the table belongs
            ]
    for number, act in enumerate(acts):
        yield Step(
            statement=Statement(
                sql=act.sql,
                comment=f"keep the privileges on {quoted(name.name)} table",
                changes=(move.change,),
                reverse=act.reverse,
                access=True,
            ),
            rank=(ACCESS, 0, 0, number),
            needs=frozenset({("moved", *name), ("made", *name)}),
        )


def _statement(sql: str, what: str, move: Move, name: TableName) -> Statement:
    return Statement(sql=sql, comment=f"{what} {quoted(name.name)} table", changes=(move.change,))
