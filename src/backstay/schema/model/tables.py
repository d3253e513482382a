"""Tables and everything that belongs to one."""

from __future__ import annotations

from typing import Literal

from backstay.schema.model.base import Model
from backstay.schema.model.sequences import Identity

Action = Literal["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"]
Deferrable = Literal["", "INITIALLY IMMEDIATE", "INITIALLY DEFERRED"]


class Generated(Model, frozen=True):
    """A generated column's expression, and whether its value is stored."""

    expr: str
    stored: bool = True


class Column(Model, frozen=True):
    """A column. `type` is SQL text; `default` is an SQL expression or `None`.

    On PostgreSQL `smallserial`, `serial` and `bigserial` stand for an integer column together with
    its own, unaltered sequence `<table>_<column>_seq`; any other sequence is a `Sequence` of the schema.
    `not_null_name` is the name of the constraint that forbids NULL (PostgreSQL 18), empty where it is
    the usual one (`<table>_<column>_not_null`) or the server has none.
    """

    name: str
    type: str
    null: bool = False
    not_null_name: str = ""
    default: str | None = None
    generated: Generated | None = None
    identity: Identity | None = None
    collation: str = ""
    autoincrement: bool = False
    comment: str = ""


class IndexPart(Model, frozen=True):
    """One key of an index: a column or an expression (exactly one of them is set).

    `nulls_first` is `None` where it is the default of the direction (first for DESC, last for ASC);
    `ops` is the operator class with its parameters, empty where it is the default of the type.
    """

    column: str = ""
    expr: str = ""
    desc: bool = False
    nulls_first: bool | None = None
    ops: str = ""
    collation: str = ""


class Index(Model, frozen=True):
    """An index, or a unique constraint (`constraint`). `method` is upper case; `where` is an expression.

    An index that is not `valid` is what a failed concurrent build left: it must be built again.
    """

    name: str
    parts: tuple[IndexPart, ...]
    unique: bool = False
    constraint: bool = False
    method: str = "BTREE"
    where: str = ""
    include: tuple[str, ...] = ()
    nulls_distinct: bool = True
    deferrable: Deferrable = ""
    storage: dict[str, str] = {}
    comment: str = ""
    valid: bool = True


class PrimaryKey(Model, frozen=True):
    """A primary key; `name` is empty where it is the usual one (`<table>_pkey`) or there is none."""

    columns: tuple[str, ...]
    name: str = ""
    include: tuple[str, ...] = ()
    deferrable: Deferrable = ""
    storage: dict[str, str] = {}
    comment: str = ""


class ForeignKey(Model, frozen=True):
    """A foreign key; `ref_schema` is empty for a table of the same schema."""

    name: str
    columns: tuple[str, ...]
    ref_table: str
    ref_columns: tuple[str, ...]
    ref_schema: str = ""
    on_update: Action = "NO ACTION"
    on_delete: Action = "NO ACTION"
    match_full: bool = False
    deferrable: Deferrable = ""
    validated: bool = True
    comment: str = ""


class Check(Model, frozen=True):
    """A check constraint; `expr` comes without the outer parentheses of `CHECK (…)`."""

    name: str
    expr: str
    no_inherit: bool = False
    validated: bool = True
    comment: str = ""


class Exclusion(Model, frozen=True):
    """An exclusion constraint; each part goes with the operator of the same place, as SQL names it."""

    name: str
    parts: tuple[IndexPart, ...]
    operators: tuple[str, ...]
    method: str = "GIST"
    where: str = ""
    include: tuple[str, ...] = ()
    deferrable: Deferrable = ""
    storage: dict[str, str] = {}
    comment: str = ""


class TableRef(Model, frozen=True):
    """A table by name; `schema` is empty for one of the same schema."""

    name: str
    schema: str = ""


class Partitioning(Model, frozen=True):
    """PARTITION BY: the rows of the table are kept in its partitions."""

    method: Literal["RANGE", "LIST", "HASH"]
    parts: tuple[IndexPart, ...]


class PartitionOf(Model, frozen=True):
    """The table is a partition of `parent`; `bound` is `FOR VALUES …` or `DEFAULT`."""

    parent: TableRef
    bound: str


class ForeignSource(Model, frozen=True):
    """Where the rows of a foreign table are."""

    server: str
    options: dict[str, str] = {}


class RowSecurity(Model, frozen=True):
    """Row security: whether policies are asked, and whether the owner is bound by them too."""

    enabled: bool = False
    forced: bool = False


class Table(Model, frozen=True):
    """A table and everything that belongs to it. Columns are in table order, the rest sorted by name."""

    name: str
    columns: tuple[Column, ...] = ()
    primary_key: PrimaryKey | None = None
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    checks: tuple[Check, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    comment: str = ""
    unlogged: bool = False
    storage: dict[str, str] = {}
    partitioning: Partitioning | None = None
    partition_of: PartitionOf | None = None
    inherits: tuple[TableRef, ...] = ()
    foreign: ForeignSource | None = None
    row_security: RowSecurity = RowSecurity()
    access_method: str = ""
    tablespace: str = ""
    replica_identity: str = ""
    strict: bool = False
    without_rowid: bool = False
