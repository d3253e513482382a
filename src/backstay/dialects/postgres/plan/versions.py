"""What PostgreSQL has since some version (its release notes): an older server is not asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from backstay.errors import PlanError
from backstay.schema.changes import Change
from backstay.schema.model import (
    Check,
    Collation,
    Column,
    EventTrigger,
    ForeignKey,
    Index,
    Model,
    PrimaryKey,
    Publication,
    Role,
    Sequence,
    Table,
    View,
)


class Novelty(NamedTuple):
    """What came with a version, and whether an object (or a part of a table) has it."""

    since: int
    what: str
    has: Callable[[Model], bool]


NOVELTIES = (
    Novelty(15, "NULLS NOT DISTINCT", lambda item: isinstance(item, Index) and not item.nulls_distinct),
    Novelty(
        15,
        "columns of ON DELETE SET NULL or SET DEFAULT",
        lambda item: isinstance(item, ForeignKey) and bool(item.on_delete_columns),
    ),
    Novelty(
        15, "security_invoker", lambda item: isinstance(item, View) and "security_invoker" in item.options
    ),
    Novelty(15, "UNLOGGED sequences", lambda item: isinstance(item, Sequence) and item.unlogged),
    Novelty(
        15,
        "publications of schemas, columns or rows",
        lambda item: (
            isinstance(item, Publication)
            and bool(item.schemas or any(table.columns or table.where for table in item.tables))
        ),
    ),
    Novelty(16, "rules of ICU collations", lambda item: isinstance(item, Collation) and bool(item.rules)),
    Novelty(
        16,
        "INHERIT and SET of memberships",
        lambda item: (
            isinstance(item, Role)
            and any(member.inherit != item.inherit or not member.set for member in item.member_of)
        ),
    ),
    Novelty(
        17,
        "exclusion constraints of partitioned tables",
        lambda item: isinstance(item, Table) and item.partitioning is not None and bool(item.exclusions),
    ),
    Novelty(
        17,
        "access methods of partitioned tables",
        lambda item: isinstance(item, Table) and item.partitioning is not None and bool(item.access_method),
    ),
    Novelty(
        17, "built-in collations", lambda item: isinstance(item, Collation) and item.provider == "builtin"
    ),
    Novelty(
        17, "event triggers on login", lambda item: isinstance(item, EventTrigger) and item.event == "login"
    ),
    Novelty(
        18,
        "virtual generated columns",
        lambda item: isinstance(item, Column) and item.generated is not None and not item.generated.stored,
    ),
    Novelty(18, "NOT ENFORCED", lambda item: isinstance(item, Check | ForeignKey) and not item.enforced),
    Novelty(
        18, "WITHOUT OVERLAPS", lambda item: isinstance(item, PrimaryKey | Index) and item.without_overlaps
    ),
    Novelty(18, "PERIOD", lambda item: isinstance(item, ForeignKey) and item.period),
    Novelty(
        18,
        "NOT NULL constraints that are not inherited or not valid",
        lambda item: isinstance(item, Column) and (item.not_null.no_inherit or not item.not_null.validated),
    ),
    Novelty(
        18,
        "generated columns in publications",
        lambda item: isinstance(item, Publication) and bool(item.generated_columns),
    ),
)


def require(changes: Iterable[Change], major: int) -> None:
    """Raise `PlanError`, with all of it, where the changes ask for what a server of this version has not."""
    found = [
        f"{novelty.what} ({name}; since {novelty.since})"
        for change in changes
        for name, item in _items(change)
        for novelty in NOVELTIES
        if major < novelty.since and novelty.has(item)
    ]
    if found:
        raise PlanError(
            f"PostgreSQL {major} has no {', '.join(found)}",
            hint="leave that out of the desired state, or move to a newer server first",
        )


def _items(change: Change) -> Iterator[tuple[str, Model]]:
    """What a change makes: the object and, of a table, its parts; with the words for it."""
    if change.after is None:
        return
    own = f'{change.kind.replace("_", " ")} "{change.name}"'
    yield own, change.after
    if isinstance(change.after, Table):
        table = change.after
        key = (table.primary_key,) if table.primary_key is not None else ()
        for part in (*table.columns, *key, *table.indexes, *table.foreign_keys, *table.checks):
            yield f'"{part.identifier or "primary key"}" of {own}', part
