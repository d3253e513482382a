"""What a table and its columns are beside their parts: clauses that set one attribute each (ALTER TABLE)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from backstay.dialects.dialect import Hazard, Statement
from backstay.dialects.postgres import ddl
from backstay.dialects.postgres.locks import EXCLUSIVE, SHARE_UPDATE
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.options import changed_options
from backstay.dialects.postgres.plan.context import Context, TableName, quoted
from backstay.dialects.postgres.plan.tables.casts import base
from backstay.dialects.postgres.plan.tables.clause import Clause
from backstay.dialects.postgres.plan.tables.costs import REWRITE
from backstay.dialects.postgres.types import TYPES
from backstay.errors import PlanError
from backstay.schema.changes import Change
from backstay.schema.model import Column, ForeignSource, Table

MAIN_STORAGE = frozenset({"numeric", "inet", "cidr"})
"""Types of the server whose values are kept in the table as long as they fit (`pg_type.typstorage`)."""

TABLE_WORDS = (
    ("access_method", "SET ACCESS METHOD {}", "heap"),
    ("tablespace", "SET TABLESPACE {}", "pg_default"),
)


def of_table(before: Table, after: Table) -> Iterator[Clause]:
    """The clauses for what is the table's own. Raises `PlanError` for what no table can become."""
    _require_kind(before, after)
    if before.unlogged != after.unlogged:
        words = ("SET UNLOGGED", "SET LOGGED") if after.unlogged else ("SET LOGGED", "SET UNLOGGED")
        yield Clause(*words, cost=REWRITE)
    for attribute, clause, usual in TABLE_WORDS:
        old, new = getattr(before, attribute), getattr(after, attribute)
        if old != new:
            text, undo = (clause.format(quote_name(value or usual)) for value in (new, old))
            yield Clause(text, undo, cost=REWRITE)
    yield from _row_security(before, after)
    yield from parameters(before.storage, after.storage)
    if before.foreign and after.foreign and before.foreign.options != after.foreign.options:
        old, new = before.foreign.options, after.foreign.options
        yield Clause(changed_options(old, new).strip(), changed_options(new, old).strip())


def of_new_table(table: Table) -> Iterator[Clause]:
    """What CREATE TABLE cannot say: of the table, and of its columns."""
    yield from _row_security(replace(table, row_security=type(table.row_security)()), table)
    for column in table.columns:
        if any((column.storage, column.options, column.statistics is not None, column.inherited)):
            yield from of_column(made(column), column)


def made(column: Column) -> Column:
    """The column as CREATE TABLE and ADD COLUMN make it."""
    compression = "" if column.inherited else column.compression
    foreign_options = {} if column.inherited else column.foreign_options
    return replace(
        column,
        storage="",
        statistics=None,
        options={},
        compression=compression,
        foreign_options=foreign_options,
    )


def addition(column: Column, schema: str, namer: ddl.Namer) -> str:
    """ADD COLUMN, with the clauses for what it cannot say."""
    settings = (clause.text for clause in of_column(made(column), column))
    return ", ".join((f"ADD COLUMN {ddl.column(column, schema, namer)}", *settings))


def of_column(before: Column, after: Column) -> Iterator[Clause]:
    """The clauses for how values are kept, and for what the planner of queries is told about them."""
    name = f"ALTER COLUMN {quote_name(after.name)}"
    for attribute, words, lock in COLUMN_WORDS:
        if getattr(before, attribute) != getattr(after, attribute):
            yield Clause(f"{name} {words(after)}", f"{name} {words(before)}", lock)
    yield from parameters(before.options, after.options, f"{name} ")
    if before.foreign_options != after.foreign_options:
        old, new = before.foreign_options, after.foreign_options
        yield Clause(f"{name}{changed_options(old, new)}", f"{name}{changed_options(new, old)}")


def parameters(before: Mapping[str, str], after: Mapping[str, str], subject: str = "") -> Iterator[Clause]:
    """SET and RESET of storage parameters, or of the options of a column (`subject`)."""
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    undo = {name: value for name, value in before.items() if name in changed}
    if changed:
        added = [name for name in changed if name not in undo]
        reverse = [f"{subject}SET {ddl.storage(undo)}"] if undo else []
        reverse += [f"{subject}RESET ({', '.join(added)})"] if added else []
        yield Clause(f"{subject}SET {ddl.storage(changed)}", ", ".join(reverse), SHARE_UPDATE)
    dropped = {name: value for name, value in before.items() if name not in after}
    if dropped:
        yield Clause(
            f"{subject}RESET ({', '.join(dropped)})", f"{subject}SET {ddl.storage(dropped)}", SHARE_UPDATE
        )


def _row_security(before: Table, after: Table) -> Iterator[Clause]:
    old, new = before.row_security, after.row_security
    if old.enabled != new.enabled:
        words = [f"{word} ROW LEVEL SECURITY" for word in ("DISABLE", "ENABLE")]
        dangers = () if new.enabled else (Hazard("BS302", f'Disabling row security of table "{after.name}"'),)
        yield Clause(words[new.enabled], words[old.enabled], hazards=dangers)
    if old.forced != new.forced:
        words = [f"{word} ROW LEVEL SECURITY" for word in ("NO FORCE", "FORCE")]
        text = f'Freeing the owner of table "{after.name}" from row security'
        dangers = () if new.forced else (Hazard("BS302", text),)
        yield Clause(words[new.forced], words[old.forced], hazards=dangers)


def _storage(column: Column) -> str:
    """How values are kept; the usual way of the type where none is said."""
    usual = "MAIN" if base(column.type) in MAIN_STORAGE else "EXTENDED"
    # DEFAULT came with PostgreSQL 16; before, nothing tells what is usual for a type of the user's.
    return f"SET STORAGE {column.storage or (usual if TYPES.known(column.type) else 'DEFAULT')}"


def _compression(column: Column) -> str:
    return f"SET COMPRESSION {column.compression or 'default'}"


def _statistics(column: Column) -> str:
    return f"SET STATISTICS {-1 if column.statistics is None else column.statistics}"


COLUMN_WORDS: tuple[tuple[str, Callable[[Column], str], str], ...] = (
    ("storage", _storage, EXCLUSIVE),
    ("compression", _compression, EXCLUSIVE),
    ("statistics", _statistics, SHARE_UPDATE),
)
"""Attributes of columns, the clause that sets each, and its lock."""


def _server(source: ForeignSource | None) -> str:
    return source.server if source is not None else ""


def _require_kind(before: Table, after: Table) -> None:
    """Raise `PlanError` where no ALTER TABLE leads from the one kind of table to the other."""
    old, new = _server(before.foreign), _server(after.foreign)
    if old != new:
        raise PlanError(
            f'the foreign server of table "{after.name}" cannot be changed '
            f"from {old or 'none'} to {new or 'none'} (drop and add is required)",
            hint="make a new table and copy the rows, or drop this one in a plan of its own",
        )


def replica_identity(name: TableName, before: str, after: str, change: Change, context: Context) -> Statement:
    """How rows that are updated or deleted are told to subscribers.

    Said again of an index that was made anew, nothing undoes it: its former index is not there yet.
    """
    alter = f"ALTER TABLE {context.namer(*name)} REPLICA IDENTITY"
    return Statement(
        sql=f"{alter} {after or 'DEFAULT'}",
        comment=f"modify {quoted(name.name)} table",
        changes=(change,),
        lock=EXCLUSIVE,
        reverse=(f"{alter} {before or 'DEFAULT'}",) if before != after else (),
    )
