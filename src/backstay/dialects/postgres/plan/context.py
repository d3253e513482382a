"""What every planner of a kind of object needs to know: the options, the tables, and what is detached."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from backstay.dialects.dialect import Hazard, Probe, Statement, StatementOptions
from backstay.dialects.postgres.ddl import Namer
from backstay.dialects.postgres.lineage import Lineage, kept_parents
from backstay.dialects.postgres.lineage import TableName as TableName
from backstay.dialects.postgres.locks import SHARE_UPDATE
from backstay.dialects.postgres.names import parse_name, quote_name, quote_text
from backstay.dialects.postgres.plan.attachments import Attachments
from backstay.dialects.postgres.plan.graph import Graph
from backstay.dialects.postgres.plan.steps import Rank, Resource
from backstay.schema.changes import Change
from backstay.schema.model import Address, Column, ForeignKey, Realm, Table

# Ranks of steps: what comes first where nothing else decides.
(
    ADD_SCHEMA,
    DROP_EARLY,
    DROP_KEY,
    TYPE,
    ADD_EARLY,
    SEQUENCE,
    ALTER_OBJECT,
    MODIFY_TABLE,
    ADD_TABLE,
    ADD_KEY,
    OWN_SEQUENCE,
    ADD_LATE,
    ACCESS,
    DROP_TABLE,
    DROP_LATE,
    DROP_SEQUENCE,
    DROP_TYPE,
    DROP_SCHEMA,
    DROP_LAST,
    APART,
) = range(20)


class TableStates(NamedTuple):
    """A table before and after; absent where it is added or dropped."""

    before: Table | None
    after: Table | None


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A table that is made anew, to which the rows of the old one move (see `moving`).

    `aside` is the old one, `columns` are all it has; `change` is what was asked for. Of the `root` of a tree
    alone, whose rows come with all of its partitions': `tree` are the new tables, `emptied` the old ones,
    `leaving` the old partitions that stay as tables of their own.
    """

    aside: TableName
    change: Change
    columns: Mapping[str, Column]
    is_root: bool
    tree: Mapping[TableName, Table]
    emptied: frozenset[TableName]
    leaving: frozenset[TableName]
    hazards: tuple[Hazard, ...] = ()
    probes: tuple[Probe, ...] = ()


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """One plan in the making.

    `before` and `after` are both states with their dependencies, `had` and `has` what their tables have from
    their parents; the changes of those in `replacing` replace what their children have of their own.
    `tables` are all tables known, changed or not. `remade` are the objects and parts that are dropped and
    made anew because of what they stand on; `rebuilt` are the types and collations that are made anew under
    columns, `retyped` those columns. `detached` are the constraints, defaults and generated columns that are
    dropped early and made late, in statements of their own. `attachments` are the indexes of partitions.
    `order` is the place of each table among those it refers to. `moves` are the tables whose rows come from
    old ones, `emptied` those old ones.
    """

    options: StatementOptions
    namer: Namer
    before: Graph = Graph(Realm())
    after: Graph = Graph(Realm())
    had: Lineage = Lineage({}, {}, Namer(True))
    has: Lineage = Lineage({}, {}, Namer(True))
    replacing: frozenset[TableName] = frozenset()
    tables: Mapping[TableName, TableStates] = {}
    remade: frozenset[Address] = frozenset()
    rebuilt: frozenset[Address] = frozenset()
    retyped: frozenset[Address] = frozenset()
    detached: frozenset[Resource] = frozenset()
    attachments: Attachments = Attachments()
    order: Mapping[TableName, int] = {}
    moves: Mapping[TableName, Move] = {}
    emptied: frozenset[TableName] = frozenset()

    @property
    def major(self) -> int:
        """The version of the server that runs the plan, without what is minor; 0 where it is not known."""
        return int(self.options.version.partition(".")[0] or 0)

    def rank(self, kind: int, table: TableName, part: int = 0) -> Rank:
        """The rank of a step of a table; drops go the other way round."""
        place = self.order.get(table, 0)
        return (kind, -place if kind == DROP_TABLE else place, part, 0)

    def former(self, table: TableName) -> TableName:
        """The table that the rows of this one are in before."""
        return self.moves[table].aside if table in self.moves else table

    def is_kept(self, schema: str, relation: str) -> bool:
        """Is the table or view there all the time: neither dropped nor made anew?"""
        table = self.tables.get(TableName(schema, relation))
        if table is not None and table.before is not None and table.after is not None:
            return True
        views = {Address(kind, schema, relation) for kind in ("view", "materialized")} - self.remade
        return any(view in self.before.objects and view in self.after.objects for view in views)

    def own_columns(self, name: TableName) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
        """The columns, before and after, that a table may have to change itself.

        They are those that the model tells of it, and those that a parent gave which it loses.
        """
        had, has = self.had.declared(name), self.has.declared(name)
        if name not in self.had.tables or name not in self.has.tables:
            return had, has
        kept = kept_parents(self.had, self.has, name)
        if set(kept) == {*self.had.parents(name), *self.has.parents(name)}:
            return had, has
        given = {column for parent in kept for column in self.had.columns(parent)}
        loose = [
            tuple(column for column in state.columns(name).values() if column.name not in given)
            for state in (self.had, self.has)
        ]
        return loose[0], loose[1]

    def follows(self, table: TableName, column: str) -> TableName | None:
        """The parent, of both states, whose changes of the column reach this table."""
        if table not in self.had.tables or table not in self.has.tables:
            return None
        kept = kept_parents(self.had, self.has, table)
        return next((parent for parent in kept if column in self.had.columns(parent)), None)

    def source(self, table: TableName, column: str) -> Address:
        """The column that this one follows, through all parents; itself where it follows none."""
        parent = self.follows(table, column)
        return Address("column", *table, column) if parent is None else self.source(parent, column)

    def type_of(self, schema: str, type_: str) -> Address | None:
        """The enum (or other type) that a column's type text names, seen from a schema."""
        parsed = parse_name(type_.removesuffix("[]"))
        return None if parsed is None else Address("type", parsed[0] or schema, parsed[1])


def key_resource(schema: str, key: ForeignKey) -> Resource:
    """What a foreign key refers to: a unique key of a table."""
    return ("key", key.ref_schema or schema, key.ref_table, *sorted(key.ref_columns))


def constraint_resource(schema: str, table: str, name: str) -> Resource:
    """A constraint by name."""
    return ("constraint", schema, table, name)


def old(own: Address) -> Resource:
    """A type or collation that was set aside."""
    return ("old", *own)


def comment_on(kind: str, target: str, text: str, before: str, comment: str, change: Change) -> Statement:
    """COMMENT ON; an empty text takes the comment away."""
    return Statement(
        sql=f"COMMENT ON {kind} {target} IS {quote_text(text)}",
        comment=comment,
        changes=(change,),
        lock=SHARE_UPDATE if kind in {"TABLE", "COLUMN", "INDEX"} else "",
        reverse=(f"COMMENT ON {kind} {target} IS {quote_text(before)}",),
    )


def temporary(*names: str) -> str:
    """A name for what is there while a plan runs; the same whenever it is asked for the same thing."""
    return f"backstay_{zlib.crc32(chr(0).join(names).encode()):08x}"


def quoted(name: str) -> str:
    """A name as statement comments show it."""
    return quote_name(name)
