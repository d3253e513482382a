"""Tables get parents and lose them: ATTACH and DETACH PARTITION, INHERIT and NO INHERIT, OF and NOT OF.

A table loses its parent before anything else happens to the two, and gets one when both are as they are to
be. Bounds of partitions must not overlap at any time: all that give room do so first.

A column or check that no parent gives belongs to the table itself, and remains so under the next parent that
it inherits from. A table that has all that another parent asks for gets that one first, and loses the old one
then; where it has not, and its columns would be its own for good, there is no plan.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.lineage import Lineage, kept_parents, parents
from backstay.dialects.postgres.locks import EXCLUSIVE, SHARE_UPDATE
from backstay.dialects.postgres.names import qualified
from backstay.dialects.postgres.plan.attachments import of_table, parent_name
from backstay.dialects.postgres.plan.context import (
    ADD_TABLE,
    DROP_KEY,
    Context,
    TableName,
    TableStates,
    quoted,
)
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables.parts import is_given
from backstay.errors import PlanError
from backstay.schema.changes import Change
from backstay.schema.model import Address, Column, Table


class Link(NamedTuple):
    """What ties a table to a parent (or to its type), in SQL: to tie it, and to undo that.

    Not `exact`: what is tied again is not as it was, as the table has declared all its columns itself.
    """

    parent: TableName | None
    tie: str
    untie: str
    exact: bool = True


def steps(change: Change, context: Context) -> Iterator[Step]:
    """The steps that change the parents of a table that stays."""
    before, after = change.before, change.after
    assert isinstance(before, Table)
    assert isinstance(after, Table)
    name = TableName(change.schema, change.name)
    old, new = links(before, name, context), links(after, name, context)
    gone, come = [link for link in old if link not in new], [link for link in new if link not in old]
    swaps = bool(gone and come) and _can_have_both(change, gone, come, context)
    if after.inherits and any(link.parent is not None for link in gone) and not swaps:
        _require_declared(name, context)
    if any(link.parent is None and link in new for link in old) and _type_changes(before, name, context):
        gone, come = ([*found, *(link for link in old if link.parent is None)] for found in (gone, come))
    if any(link.parent is None for link in come):
        _require_order(after, name, context)
    for link in gone:
        undo = link.tie if link.exact and not _has_given(before) else ""
        yield Step(
            statement=_statement(link.untie, undo, name, change, EXCLUSIVE),
            rank=context.rank(DROP_KEY, name, 1),
            needs=frozenset({("tied", *name)} if swaps else ()),
            makes=frozenset({("untied", *name), *(untyped(before, name, context) if not link.parent else ())})
            | left_room(link.parent, context),
            leaves=frozenset({*_table(link.parent), *_type(link, before, name, context)}),
        )
    for link in come:
        step = tied(link, after, name, change, context)
        if _has_given(after):
            step = replace(step, statement=replace(step.statement, reverse=()))
        yield replace(step, needs=frozenset(_table(link.parent))) if swaps else step


def _has_given(table: Table) -> bool:
    """Has the partition keys that the server makes when it is attached, and leaves when it is detached?"""
    return any(map(is_given, of_table(table)))


def _can_have_both(change: Change, gone: Sequence[Link], come: Sequence[Link], context: Context) -> bool:
    """Can the table, as it is, inherit from its new parents while it still has the old ones?"""
    if any(link.exact or link.parent is None for link in (*gone, *come)):
        return False
    above = [link.parent for link in come if link.parent is not None]
    states = [context.tables.get(parent) for parent in above]
    still = all(state is not None and _keeps_parents(state) for state in states)
    given = set(_given(context.has, above))
    return still and all(_can_wait(part, given) for part in change.changes)


def _keeps_parents(state: TableStates) -> bool:
    return state.before is None or state.after is None or state.before.inherits == state.after.inherits


def _can_wait(part: Change, given: Collection[tuple[str, str]]) -> bool:
    """Can a part of a table be changed when it has a parent, and does no parent ask for the change?"""
    if (part.kind, part.name) not in given:
        return True
    if isinstance(part.before, Column) and isinstance(part.after, Column):
        return not part.remade and part.before == replace(part.after, default=part.before.default)
    return part.action == "drop"


def _require_declared(name: TableName, context: Context) -> None:
    """Raise `PlanError` where the table would declare for good what it is to have from its parents alone."""
    kept = kept_parents(context.had, context.has, name)
    given = set(_given(context.had, kept))
    own = {found for state in (context.had, context.has) for found in _declared(state, name)}
    lost = set(_given(context.had, context.had.parents(name))) - given - own
    stays = sorted(lost.intersection(_given(context.has, context.has.parents(name))))
    if stays:
        kind, part = stays[0]
        raise PlanError(
            f'table "{name.name}" cannot go to other parents while they or it change so: '
            f'{kind} "{part}" would not be inherited any more, but its own',
            hint="give it its new parents in a plan of its own, when they and it have the same columns "
            f'and checks, or declare {kind} "{part}" in the table, too',
        )


def _declared(state: Lineage, name: TableName) -> Iterator[tuple[str, str]]:
    """The columns and checks that a table declares itself."""
    table = state.tables[name]
    yield from (("column", column.name) for column in table.columns if not column.inherited)
    yield from (("check", check.name) for check in table.checks)


def _given(state: Lineage, above: Sequence[TableName]) -> Iterator[tuple[str, str]]:
    """The columns and checks that a table has from these parents."""
    for parent in above:
        yield from (("column", column) for column in state.columns(parent))
        yield from (("check", check.name) for check in state.given_checks(parent))


def needed(change: Change, context: Context) -> frozenset[Resource]:
    """What must have happened before a table that stays can be altered."""
    before, after = change.before, change.after
    assert isinstance(before, Table)
    assert isinstance(after, Table)
    name = TableName(change.schema, change.name)
    old, new = links(before, name, context), links(after, name, context)
    kept = {("altered", *link.parent) for link in old if link in new and link.parent is not None}
    return frozenset(kept | {("untied", *name)} | room(name))


def tied(link: Link, table: Table, name: TableName, change: Change, context: Context) -> Step:
    """Tie a table that is as its parent is to be."""
    indexes = [index for index in (*table.indexes, table.primary_key, *table.exclusions) if index is not None]
    of_parent = {
        Address("index", index.partition_of.schema or name.schema, link.parent.name, index.partition_of.name)
        for index in indexes
        if index.partition_of is not None and link.parent is not None
        if parent_name(name, index) not in context.attachments.bare
    }
    return Step(
        statement=_statement(link.tie, link.untie, name, change, SHARE_UPDATE),
        rank=context.rank(ADD_TABLE, name, 2),
        needs=frozenset(
            {("altered", *name), ("indexed", *name), ("table", *name)}
            | {Address("index", *name, index.identifier) for index in indexes}
            | of_parent
            | _table(link.parent)
            | room(link.parent)
            | _type(link, table, name, context)
        ),
        makes=frozenset({("tied", *name)}),
    )


def _type(link: Link, table: Table, name: TableName, context: Context) -> set[Resource]:
    """The type that ties the table."""
    type_ = context.type_of(name.schema, table.of_type) if link.parent is None else None
    return {type_} if type_ is not None else set()


def untyped(table: Table, name: TableName, context: Context) -> set[Resource]:
    """What the type of a typed table waits for before its fields can change."""
    type_ = context.type_of(name.schema, table.of_type) if table.of_type else None
    return {("untyped", *type_)} if type_ is not None else set()


def _type_changes(table: Table, name: TableName, context: Context) -> bool:
    """Is the type of a typed table changed, or made anew? The table is without one meanwhile."""
    type_ = context.type_of(name.schema, table.of_type) if table.of_type else None
    return type_ in context.rebuilt or context.had.fields(name) != context.has.fields(name)


def _require_order(table: Table, name: TableName, context: Context) -> None:
    """Raise `PlanError` where the columns would not be in the order of the fields (ALTER TABLE … OF)."""
    old, new = [*context.had.columns(name)], [field.name for field in context.has.fields(name)]
    kept = [column for column in old if column in new]
    if [*kept, *(field for field in new if field not in kept)] != new:
        raise PlanError(
            f'the columns of table "{name.name}" cannot follow the fields of its type {table.of_type}: '
            "new ones come last, and others stay where they are",
            hint="put new fields behind the others, or take OF out of the table in a plan of its own",
        )


def links(table: Table, name: TableName, context: Context) -> tuple[Link, ...]:
    """What ties the table to others."""
    own = context.namer(*name)
    found: list[Link] = []
    for parent in parents(table, name.schema):
        other = context.namer(*parent) if parent.schema == name.schema else qualified(*parent)
        if table.partition_of is not None:
            bound = table.partition_of.bound
            tie = f"ALTER TABLE {other} ATTACH PARTITION {own} {bound}"
            found.append(Link(parent, tie, f"ALTER TABLE {other} DETACH PARTITION {own}"))
        else:
            alter = f"ALTER TABLE {own}"
            found.append(Link(parent, f"{alter} INHERIT {other}", f"{alter} NO INHERIT {other}", exact=False))
    if table.of_type:
        found.append(Link(None, f"ALTER TABLE {own} OF {table.of_type}", f"ALTER TABLE {own} NOT OF"))
    return tuple(found)


def joins(before: Table | None, after: Table | None) -> bool:
    """Does a partition get a parent? That takes in its indexes."""
    old = before.partition_of if before is not None else None
    new = after.partition_of if after is not None else None
    if old is not None and new is not None:
        return (old.parent, old.bound) != (new.parent, new.bound)
    return new is not None


def room(parent: TableName | None) -> set[Resource]:
    """The room that the partitions of a table leave to others."""
    return {("room", *parent)} if parent is not None else set()


def left_room(parent: TableName | None, context: Context) -> set[Resource]:
    """The room that a table leaves that goes from under this one, and from under those above."""
    if parent is None:
        return set()
    return {resource for above in (parent, *context.had.ancestors(parent)) for resource in room(above)}


def _table(parent: TableName | None) -> set[Resource]:
    return {(word, *parent) for word in ("table", "made", "altered")} if parent is not None else set()


def _statement(sql: str, undo: str, name: TableName, change: Change, lock: str) -> Statement:
    return Statement(
        sql=sql,
        comment=f"modify {quoted(name.name)} table",
        changes=(change,),
        lock=lock,
        reverse=(undo,) if undo else (),
    )
