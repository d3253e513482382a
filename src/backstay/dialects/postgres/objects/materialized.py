"""Materialized views (CREATE MATERIALIZED VIEW), with their indexes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects import hazards
from backstay.dialects.dialect import StatementOptions
from backstay.dialects.postgres import ddl
from backstay.dialects.postgres.expressions import written
from backstay.dialects.postgres.locks import EXCLUSIVE, SHARE, SHARE_UPDATE
from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.objects import columns
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.changes import Change
from backstay.schema.kinds import address
from backstay.schema.model import Address, Index, Materialized

USUAL_TABLESPACE = "pg_default"


def create(view: Materialized, place: Place) -> tuple[str | Act, ...]:
    """CREATE MATERIALIZED VIEW, its indexes, and what is set on its columns."""
    name = place.name(view.name)
    method = f" USING {quote_name(view.access_method)}" if view.access_method else ""
    storage = f" WITH {ddl.storage(view.storage)}" if view.storage else ""
    tablespace = f" TABLESPACE {quote_name(view.tablespace)}" if view.tablespace else ""
    data = (
        "" if _can_be_filled(address("materialized", place.schema, view), place.options) else "\nWITH NO DATA"
    )
    return (
        f"CREATE MATERIALIZED VIEW {name}{method}{storage}{tablespace} AS\n{written(view.definition)}{data}",
        *(act for index in view.indexes for act in _indexed(view, index, place)),
        *_clustering("", _clustered(view), view, place),
        *_identity(replace(view, replica_identity=""), view, place),
        *columns.settings(name, view.columns),
    )


def _can_be_filled(view: Address, options: StatementOptions) -> bool:
    """Does all that it reads hold rows? A view that held none stays so, and what reads it would fail."""
    empty = frozenset(options.realm.facts.unpopulated)
    if not empty:
        return True
    needs: defaultdict[Address, list[Address]] = defaultdict(list)
    for dependent, on in options.desired.facts.dependencies:
        needs[dependent].append(on)
    queue, seen = [view], {view}
    while queue:
        for on in needs[queue.pop()]:
            if on not in seen:
                seen.add(on)
                queue.append(on)
    return seen.isdisjoint(empty)


def alter(before: Materialized, after: Materialized, place: Place) -> tuple[Act, ...] | None:
    """ALTER MATERIALIZED VIEW changes all but the query and the access method."""
    if (before.definition, before.access_method) != (after.definition, after.access_method):
        return None
    if columns.result(before.columns) != columns.result(after.columns):
        return None
    old = {column.name: column for column in before.columns}
    return (
        *_own(before, after, place),
        *_index_acts(before, after, place),
        *columns.settings(place.name(after.name), after.columns, old),
    )


def _own(before: Materialized, after: Materialized, place: Place) -> Iterator[Act]:
    """Storage parameters, the tablespace, the replica identity."""
    name = place.name(after.name)
    if before.storage != after.storage:
        clauses = ddl.storage_changes(before.storage, after.storage)
        back = ddl.storage_changes(after.storage, before.storage)
        yield _altered(name, ", ".join(clauses), ", ".join(back), SHARE_UPDATE)
    if before.tablespace != after.tablespace:
        new, old = (quote_name(view.tablespace or USUAL_TABLESPACE) for view in (after, before))
        yield _altered(name, f"SET TABLESPACE {new}", f"SET TABLESPACE {old}", EXCLUSIVE)
    yield from _identity(before, after, place)


def _identity(before: Materialized, after: Materialized, place: Place) -> Iterator[Act]:
    new, old = (f"REPLICA IDENTITY {view.replica_identity or 'DEFAULT'}" for view in (after, before))
    if new != old:
        yield _altered(place.name(after.name), new, old, EXCLUSIVE)


def _altered(name: str, clause: str, back: str, lock: str) -> Act:
    view = f"ALTER MATERIALIZED VIEW {name}"
    return Act(sql=f"{view} {clause}", reverse=(f"{view} {back}",), lock=lock)


def _index_acts(before: Materialized, after: Materialized, place: Place) -> Iterator[Act]:
    """Indexes that differ in more than what is set on them are made anew; first go those that go."""
    old = {index.name: index for index in before.indexes}
    new = {index.name: index for index in after.indexes}
    kept = {name for name in old.keys() & new.keys() if _built(old[name]) == _built(new[name])}
    for index in before.indexes:
        if index.name not in kept:
            yield _drop_index(before, index, place)
    for index in after.indexes:
        if index.name in kept:
            yield from _index_settings(old[index.name], index, place)
        else:
            yield _create_index(after, old.get(index.name), index, place)
            yield from _index_settings(Index(name=index.name, parts=()), index, place)
    yield from _clustering(
        _clustered(before) if _clustered(before) in kept else "", _clustered(after), after, place
    )


def _built(index: Index) -> Index:
    """The index without what can be set afterwards."""
    parts = tuple(replace(part, statistics=None) for part in index.parts)
    return replace(index, parts=parts, clustered=False, comment="")


def _clustered(view: Materialized) -> str:
    """The index that CLUSTER sorts the view by."""
    return next((index.name for index in view.indexes if index.clustered), "")


def _clustering(before: str, after: str, view: Materialized, place: Place) -> Iterator[Act]:
    if before != after:
        new, old = (
            f"CLUSTER ON {quote_name(name)}" if name else "SET WITHOUT CLUSTER" for name in (after, before)
        )
        yield _altered(place.name(view.name), new, old, SHARE_UPDATE)


def _create_index(view: Materialized, before: Index | None, index: Index, place: Place) -> Act:
    concurrently = place.options.concurrent_create
    part = Change(
        action="modify" if before else "add",
        kind="index",
        schema=place.schema,
        table=view.name,
        name=index.name,
        before=before,
        after=index,
    )
    return Act(
        sql=ddl.create_index(index, view.name, place.schema, place.namer, concurrently=concurrently),
        reverse=(_drop_index(view, index, place).sql,),
        lock=SHARE_UPDATE if concurrently else SHARE,
        hazards=hazards.of_index(part, view.name, (part,)),
        transactional=not concurrently,
    )


def _drop_index(view: Materialized, index: Index, place: Place) -> Act:
    concurrently = place.options.concurrent_drop
    return Act(
        sql=f"DROP INDEX {'CONCURRENTLY ' if concurrently else ''}{place.name(index.name)}",
        reverse=tuple(act.sql for act in _indexed(view, index, place)),
        lock=SHARE_UPDATE if concurrently else EXCLUSIVE,
        transactional=not concurrently,
    )


def _indexed(view: Materialized, index: Index, place: Place) -> Iterator[Act]:
    """An index with all that is set on it, on a view that nobody uses yet."""
    sql = ddl.create_index(index, view.name, place.schema, place.namer)
    yield Act(sql=sql, reverse=(f"DROP INDEX {place.name(index.name)}",), lock=SHARE)
    yield from _index_settings(Index(name=index.name, parts=()), index, place)


def _index_settings(before: Index, after: Index, place: Place) -> Iterator[Act]:
    """The comment, and the statistics targets of expressions."""
    name = place.name(after.name)
    if before.comment != after.comment:
        sql, undo = (f"COMMENT ON INDEX {name} IS {quote_text(index.comment)}" for index in (after, before))
        yield Act(sql=sql, reverse=(undo,))
    targets = [part.statistics for part in before.parts] or [None] * len(after.parts)
    for number, (part, old) in enumerate(zip(after.parts, targets, strict=True), start=1):
        if part.statistics != old:
            target = f"ALTER INDEX {name} ALTER COLUMN {number} SET STATISTICS "
            sql, undo = (f"{target}{-1 if value is None else value}" for value in (part.statistics, old))
            yield Act(sql=sql, reverse=(undo,), lock=SHARE_UPDATE)


MATERIALIZED = Planner(
    kind="materialized",
    keyword="MATERIALIZED VIEW",
    noun="materialized view",
    create=create,
    alter=alter,
    lock=EXCLUSIVE,
    relation=True,
    danger="BS201",
)
