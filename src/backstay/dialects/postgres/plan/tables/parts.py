"""Changes of parts of a table: what kind of change each really is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from backstay.dialects.postgres.lineage import TableName
from backstay.dialects.postgres.names import mentions
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.schema.changes import Change, ChangeAction
from backstay.schema.model import (
    Address,
    Check,
    Column,
    Exclusion,
    ForeignKey,
    Generated,
    Index,
    Model,
    PrimaryKey,
)
from backstay.schema.names import default_name, primary_key_name


def part_change(
    table: TableName, kind: str, name: str, before: Model | None, after: Model | None, *, remade: bool = False
) -> Change:
    """The change of a part of a table from one state to another; nothing where it is not there."""
    action: ChangeAction = "add" if before is None else "drop" if after is None else "modify"
    return Change(
        action=action,
        kind=kind,  # type: ignore[arg-type]
        schema=table.schema,
        table=table.name,
        name=name,
        before=before,
        after=after,
        remade=remade,
    )


def forced(kind: str, table: TableName, item: Model) -> Change:
    """The change of a part that is dropped and made again although it is the same afterwards."""
    return part_change(table, kind, getattr(item, "name", ""), item, item, remade=True)


DEPENDENT = frozenset({"constraint", "index", "default"})
"""Kinds of parts that stand on other objects, and can be dropped and made by themselves."""

OF_INDEX = ("name", "comment", "index_comment", "storage", "tablespace", "clustered", "partition_of")
IN_PLACE: Mapping[type[Model], tuple[str, ...]] = {
    PrimaryKey: OF_INDEX,
    Index: OF_INDEX,
    Exclusion: OF_INDEX,
    ForeignKey: ("comment", "validated", "deferrable", "enforced"),
    Check: ("comment", "validated"),
}
"""What can change where the part is (ALTER TABLE, ALTER INDEX); one that differs otherwise is made anew."""


def is_replaced(change: Change) -> bool:
    """Does the modified part go and come back, rather than change where it is?

    Of columns, only those may that are generated afterwards: no others get their values back.
    """
    before, after = change.before, change.after
    if change.action != "modify":
        return False
    match before, after:
        case (Column(generated=Generated()), Column(generated=Generated())):
            renamed = replace(before, comment=after.comment, not_null=after.not_null)
            return change.remade or renamed != after
        case (Column(), Column()):
            return becomes_generated(before, after)
    if before is None or after is None or type(before) is not type(after):
        return True
    return change.remade or not _is_altered(before, after)


def becomes_generated(before: Model | None, after: Model | None) -> bool:
    """Does an ordinary column become a generated one, so that its values are lost?"""
    match before, after:
        case (Column(generated=None), Column(generated=Generated())):
            return True
    return False


def _is_altered(before: Model, after: Model) -> bool:
    """Is there an ALTER that leads from one part to the other?"""
    parents = [getattr(part, "partition_of", None) for part in (before, after)]
    if parents[0] != parents[1] and (None not in parents or is_given(after)):
        return False  # it cannot leave the index that it is attached to
    same = {field: getattr(after, field) for field in IN_PLACE[type(before)]}
    if isinstance(before, Check | ForeignKey):
        lapsed = same["validated"] < before.validated
        return not lapsed and replace(before, **same) == after
    if isinstance(before, Index) and before.partition_of and not before.valid:
        same["valid"] = True  # by REINDEX: it cannot go without the index that it is attached to
    return _without_statistics(replace(before, **same)) == _without_statistics(after)


def _without_statistics(part: Model) -> Model:
    """The index without statistics targets, which are set where it is."""
    if not isinstance(part, Index | Exclusion):
        return part
    return replace(part, parts=tuple(replace(key, statistics=None) for key in part.parts))


def is_given(part: Model | None) -> bool:
    """Is it a key of a partition that the server itself makes, along with that of the partitioned table?

    It takes in no such key that is there, and attaches none, for it does not compare the operators that
    exclusion constraints and keys WITHOUT OVERLAPS have (`CompareIndexInfo` in its sources).
    """
    if not isinstance(part, PrimaryKey | Index | Exclusion) or part.partition_of is None:
        return False
    return isinstance(part, Exclusion) or part.without_overlaps


def goes(change: Change) -> bool:
    """Is the part as it was before gone at some time?"""
    return change.action == "drop" or is_replaced(change)


def comes(change: Change) -> bool:
    """Is the part made, new or again?"""
    return change.action == "add" or is_replaced(change)


def constraint_name(table: str, part: Model) -> str:
    """The name of a constraint; that of a primary key goes without saying where it is the usual one."""
    name = part.identifier
    return primary_key_name(table, name) if isinstance(part, PrimaryKey) else name


def not_null_name(table: str, column: Column) -> str:
    """The name of the constraint that forbids NULL (PostgreSQL 18)."""
    return column.not_null.name or default_name(table, column.name, "not_null")


def identity_sequence(table: str, column: Column) -> str:
    """The name of the sequence that an identity column has."""
    named = column.identity.sequence_name if column.identity is not None else ""
    return named or default_name(table, column.name, "seq")


def keeps_not_null(before: Column, after: Column) -> bool:
    """Is the constraint that forbids NULL there all the time? It can become valid, but not the other way."""
    return not before.null and not after.null and before.not_null.validated <= after.not_null.validated


def uses_column(part: Model | None, name: str) -> bool:
    """Does the part of a table use this column, by name or in an expression?"""
    match part:
        case PrimaryKey():
            return name in part.columns or name in part.include
        case ForeignKey():
            return name in part.columns
        case Index() | Exclusion():
            return index_has(part, name) or any(mentions(text, name) for text in index_texts(part))
        case Check():
            return mentions(part.expr, name)
        case Column():
            return part.generated is not None and mentions(part.generated.expr, name)
    return False


def index_has(index: Index | Exclusion, name: str) -> bool:
    """Is the column a key of the index, or included in it?"""
    return name in index.include or any(part.column == name for part in index.parts)


def index_texts(index: Index | Exclusion) -> Iterable[str]:
    """The expressions of an index."""
    return (index.where, *(part.expr for part in index.parts))


def unique_columns(part: Model | None) -> frozenset[str]:
    """The columns that a foreign key can refer to by this key; empty where it cannot."""
    if isinstance(part, PrimaryKey):
        return frozenset(part.columns)
    if isinstance(part, Index) and part.unique and not part.where and all(p.column for p in part.parts):
        return frozenset(p.column for p in part.parts)
    return frozenset()


def part_addresses(schema: str, table: str, part: Model | None) -> Iterator[Address]:
    """What the dependencies call a part of a table."""
    if isinstance(part, Column):
        yield Address("column", schema, table, part.name)
        yield Address("default", schema, table, part.name)
    elif isinstance(part, Index):
        yield Address("index", schema, table, part.name)
        if part.constraint:
            yield Address("constraint", schema, table, part.name)
    elif part is not None:
        yield Address("constraint", schema, table, constraint_name(table, part))


def retyped(change: Change) -> Iterator[Address]:
    """The columns whose type or collation a change of their table changes."""
    for part in change.changes:
        before, after = part.before, part.after
        if isinstance(before, Column) and isinstance(after, Column):
            types = INTEGER_OF.get(before.type, before.type), INTEGER_OF.get(after.type, after.type)
            if types[0] != types[1] or before.collation != after.collation:
                yield Address("column", change.schema, change.name, after.name)
