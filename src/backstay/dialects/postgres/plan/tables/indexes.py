"""Indexes: those that are not of a constraint have statements of their own; all are changed by such.

An index of a partitioned table adopts the indexes of its partitions that are like it (CREATE INDEX), so these
are made before. Where it is there already, they are attached to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from backstay.dialects.dialect import Hazard, Probe, Statement
from backstay.dialects.postgres import ddl
from backstay.dialects.postgres.lineage import parents
from backstay.dialects.postgres.locks import EXCLUSIVE, SHARE, SHARE_UPDATE, strongest
from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.plan.attachments import Attached, Indexed, index_name, of_table, parent_name
from backstay.dialects.postgres.plan.context import Context, TableName, quoted
from backstay.dialects.postgres.plan.steps import Resource
from backstay.dialects.postgres.plan.tables import comments, links
from backstay.dialects.postgres.plan.tables.clause import Clause
from backstay.dialects.postgres.plan.tables.constraints import addition
from backstay.dialects.postgres.plan.tables.parts import comes, constraint_name, goes, is_given
from backstay.schema.changes import Change
from backstay.schema.model import Index, Model, Table

DEFAULT_TABLESPACE = "pg_default"


def create(
    table: TableName,
    index: Index,
    change: Change,
    context: Context,
    *,
    is_new_table: bool = False,
    hazards: tuple[Hazard, ...] = (),
    probes: tuple[Probe, ...] = (),
) -> Statement:
    """CREATE INDEX; on a table that holds rows without blocking writes, where that is asked for."""
    partitioned = _is_partitioned(table, context)
    concurrently = context.options.concurrent_create and not is_new_table and not partitioned
    only = partitioned and not index.valid
    adopted = context.attachments.is_adopted(table, index)  # and may be gone with what took it in
    return Statement(
        sql=ddl.create_index(
            index, table.name, table.schema, context.namer, concurrently=concurrently, only=only
        ),
        comment=f"create index {quoted(index.name)} to table: {quoted(table.name)}",
        changes=(change,),
        hazards=hazards,
        lock=SHARE_UPDATE if concurrently else SHARE,
        scan=not is_new_table and not only,
        reverse=(
            _drop(table, index, context, concurrently, if_exists=adopted),
            *joined_again(table, index, change, context),
        ),
        transactional=not concurrently,
        repair=_repair(table, index, context) if concurrently else "",
        probes=probes,
    )


def built(
    table: TableName,
    index: Index,
    change: Change,
    context: Context,
    hazards: tuple[Hazard, ...],
    probes: tuple[Probe, ...],
) -> Statement:
    """CREATE INDEX for what another statement will take over; it may be gone when it is to be undone."""
    statement = create(table, index, change, context, hazards=hazards, probes=probes)
    undo = _drop(table, index, context, not statement.transactional, if_exists=True)
    return replace(statement, apart=True, reverse=(undo,))


def _repair(table: TableName, index: Index, context: Context) -> str:
    """Drop what a failed concurrent build leaves: an index that is not valid, and nothing but that."""
    name = context.namer(table.schema, index.name)
    action = (
        f"BEGIN IF EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass({quote_text(name)}) "
        f"AND NOT indisvalid) THEN DROP INDEX {name}; END IF; END"
    )
    return f"DO {quote_text(action)}"


def drop(table: TableName, index: Index, change: Change, context: Context) -> Statement:
    """DROP INDEX; without blocking reads and writes, where that is asked for."""
    concurrently = context.options.concurrent_drop and not _is_partitioned(table, context)
    return Statement(
        sql=_drop(table, index, context, concurrently),
        comment=f"drop index {quoted(index.name)} from table: {quoted(table.name)}",
        changes=(change,),
        lock=SHARE_UPDATE if concurrently else EXCLUSIVE,
        reverse=created_again(table, index, change, context, concurrently=concurrently),
        transactional=not concurrently,
    )


def created_again(
    table: TableName, index: Index, change: Change, context: Context, *, concurrently: bool = False
) -> tuple[str, ...]:
    """What undoes the drop: also of the indexes of partitions, which go along and are taken in again."""
    sql = ddl.create_index(index, table.name, table.schema, context.namer, concurrently=concurrently)
    rest = (*completions(table, index, change, context), *comments.of_new(table, index, change, context))
    return *along_again(table, index, change, context), sql, *(statement.sql for statement in rest)


def along_again(table: TableName, index: Indexed, change: Change, context: Context) -> tuple[str, ...]:
    """What makes the indexes of partitions again that went along with one of a partitioned table."""
    return _made_again(context.attachments.dropped_with(index_name(table, index)), change, context)


def joined_again(table: TableName, index: Indexed, change: Change, context: Context) -> tuple[str, ...]:
    """What makes the indexes again that were there by themselves before this one took them in."""
    return _made_again(context.attachments.joined.get(index_name(table, index), ()), change, context)


def _made_again(found: Iterable[Attached], change: Change, context: Context) -> tuple[str, ...]:
    texts: list[str] = []
    for name, item in found:
        if is_given(item):
            continue
        add = addition(item, name.schema, context)
        if add is not None:
            texts.append(f"ALTER TABLE {context.namer(*name)} {add}")
        elif isinstance(item, Index):
            texts.append(ddl.create_index(item, name.name, name.schema, context.namer))
        rest = (*completions(name, item, change, context), *comments.of_new(name, item, change, context))
        texts += (statement.sql for statement in rest)
    return tuple(texts)


def completions(table: TableName, index: Indexed, change: Change, context: Context) -> Iterator[Statement]:
    """What an index that was just made still lacks, beside its comment."""
    clauses = tuple(_statistics(None, index))
    if clauses:
        yield _altered(table, index, clauses, change, context)
    yield from clustered(table, index, change, context)


def clustered(table: TableName, index: Indexed, change: Change, context: Context) -> Iterator[Statement]:
    """CLUSTER ON for the index of a new table that is to be the one."""
    if index.clustered:
        sql, undo = (_cluster(table, names, context) for names in ((constraint_name(table.name, index),), ()))
        yield _statement(table, sql, (undo,), SHARE_UPDATE, change)


def alterations(table: TableName, part: Change, context: Context) -> Iterator[Statement]:
    """The statements that change an index of a table where it is, or complete one that was just made."""
    before, after = part.before, part.after
    if not isinstance(after, Indexed):
        return
    if not isinstance(before, Indexed) or comes(part):
        yield from completions(table, replace(after, clustered=False), part, context)
        return
    if not getattr(before, "valid", True) and getattr(after, "valid", True):
        sql = f"REINDEX INDEX {_name(table, after, context)}"
        yield _statement(table, sql, (), SHARE, part)
    clauses = tuple(_clauses(before, after))
    if clauses:
        yield _altered(table, after, clauses, part, context)


def clustering(table: TableName, change: Change, context: Context) -> Statement | None:
    """CLUSTER ON for the index of a changed table that is to be the one, or SET WITHOUT CLUSTER."""
    assert isinstance(change.before, Table)
    assert isinstance(change.after, Table)
    parts = [part for part in change.changes if isinstance(part.before, Indexed)]
    gone = {constraint_name(table.name, part.before) for part in parts if part.before and goes(part)}
    names = {
        constraint_name(table.name, part.before): constraint_name(table.name, part.after)
        for part in parts
        if part.before and part.after
    }
    old = {constraint_name(table.name, index) for index in of_table(change.before) if index.clustered} - gone
    old = {names.get(name, name) for name in old}
    new = {constraint_name(table.name, index) for index in of_table(change.after) if index.clustered}
    if old == new:
        return None
    sql, undo = (_cluster(table, names, context) for names in (new, old))
    return _statement(table, sql, (undo,), SHARE_UPDATE, change)


def attachment(table: TableName, part: Change, context: Context) -> Statement | None:
    """ATTACH PARTITION for an index that is to belong to one which is there already."""
    before, after = part.before, part.after
    if not isinstance(after, Indexed) or after.partition_of is None or is_given(after):
        return None
    is_attached = isinstance(before, Indexed) and before.partition_of is not None and not comes(part)
    joins = links.joins(context.had.tables.get(table), context.has.tables.get(table))
    alone = parent_name(table, after) in context.attachments.bare
    if is_attached or (not alone and (joins or context.attachments.is_adopted(table, after))):
        return None
    whole = context.namer.table(table.schema, after.partition_of)
    sql = f"ALTER INDEX {whole} ATTACH PARTITION {_name(table, after, context)}"
    return _statement(table, sql, (), SHARE_UPDATE, part)


def awaited(table: TableName, index: Index, context: Context) -> set[Resource]:
    """What an index waits for that is not to be made on the partitions: all of them are there."""
    if index_name(table, index) not in context.attachments.bare:
        return set()
    tables = ((name, state.after) for name, state in context.tables.items())
    return {
        ("tied", *name)
        for name, other in tables
        if other is not None and other.partition_of is not None and table in parents(other, name.schema)
    }


def _clauses(before: Indexed, after: Indexed) -> Iterator[Clause]:
    """What ALTER INDEX says."""
    words = ddl.storage_changes(before.storage, after.storage)
    if words:
        undo = ddl.storage_changes(after.storage, before.storage)
        yield Clause(", ".join(words), ", ".join(undo), SHARE_UPDATE)
    yield from _statistics(before, after)
    if before.tablespace != after.tablespace:
        old, new = (quote_name(index.tablespace or DEFAULT_TABLESPACE) for index in (before, after))
        yield Clause(f"SET TABLESPACE {new}", f"SET TABLESPACE {old}")


def _statistics(before: Indexed | None, after: Indexed) -> Iterator[Clause]:
    """The statistics targets of expressions."""
    old, new = _targets(before), _targets(after)
    for number in sorted(old.keys() | new.keys()):
        if old.get(number) != new.get(number):
            column = f"ALTER COLUMN {number} SET STATISTICS"
            text, undo = (f"{column} {targets.get(number, -1)}" for targets in (new, old))
            yield Clause(text, undo, SHARE_UPDATE)


def _targets(index: Model | None) -> dict[int, int]:
    parts = enumerate(getattr(index, "parts", ()), start=1)
    return {number: part.statistics for number, part in parts if part.statistics is not None}


def _altered(
    table: TableName, index: Indexed, clauses: tuple[Clause, ...], change: Change, context: Context
) -> Statement:
    alter = f"ALTER INDEX {_name(table, index, context)}"
    sql, reverse = (
        f"{alter} {', '.join(texts)}"
        for texts in ((c.text for c in clauses), (c.reverse for c in reversed(clauses)))
    )
    return _statement(table, sql, (reverse,), strongest(clause.lock for clause in clauses), change)


def _cluster(table: TableName, names: Collection[str], context: Context) -> str:
    """The statement that makes this index, if there is one, the one to cluster by."""
    words = [f"CLUSTER ON {quote_name(name)}" for name in names] or ["SET WITHOUT CLUSTER"]
    return f"ALTER TABLE {context.namer(*table)} {words[0]}"


def _statement(table: TableName, sql: str, reverse: tuple[str, ...], lock: str, change: Change) -> Statement:
    return Statement(
        sql=sql,
        comment=f"modify {quoted(table.name)} table",
        changes=(change,),
        lock=lock,
        reverse=reverse,
    )


def _name(table: TableName, index: Indexed, context: Context) -> str:
    return context.namer(table.schema, constraint_name(table.name, index))


def _is_partitioned(table: TableName, context: Context) -> bool:
    states = context.tables.get(table)
    return any(state is not None and state.partitioning is not None for state in states or ())


def _drop(
    table: TableName, index: Index, context: Context, concurrently: bool, *, if_exists: bool = False
) -> str:
    words = f"{'CONCURRENTLY ' if concurrently else ''}{'IF EXISTS ' if if_exists else ''}"
    return f"DROP INDEX {words}{context.namer(table.schema, index.name)}"
