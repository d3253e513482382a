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


class NotNull(Model, frozen=True):
    """What is unusual about the constraint that forbids NULL (PostgreSQL 18; before, it had no attributes).

    `name` is empty where it is the usual one (`<table>_<column>_not_null`).
    """

    name: str = ""
    no_inherit: bool = False
    validated: bool = True
    comment: str = ""


class Column(Model, frozen=True):
    """A column. `type` is SQL text; `default` is an SQL expression or `None`.

    On PostgreSQL `smallserial`, `serial` and `bigserial` stand for an integer column together with
    its own, unaltered sequence `<table>_<column>_seq`; any other sequence is a `Sequence` of the schema.
    `storage` and `compression` are empty where they are the usual ones, `options` are those of ALTER COLUMN …
    SET, `foreign_options` those of a foreign table's column.

    An `inherited` column is one that a parent table (or the type of a typed table) gives: it is told only
    where the table has something of its own. Its type and collation are empty, NULL means that nothing is
    added, the default `NULL` that the parent's does not hold.
    """

    name: str
    type: str
    null: bool = False
    not_null: NotNull = NotNull()
    default: str | None = None
    generated: Generated | None = None
    identity: Identity | None = None
    collation: str = ""
    autoincrement: bool = False
    storage: str = ""
    compression: str = ""
    statistics: int | None = None
    options: dict[str, str] = {}
    foreign_options: dict[str, str] = {}
    inherited: bool = False
    comment: str = ""


class IndexPart(Model, frozen=True):
    """One key of an index: a column or an expression (exactly one of them is set).

    `nulls_first` is `None` where it is the default of the direction (first for DESC, last for ASC);
    `ops` is the operator class with its parameters, empty where it is the default of the type. `collation`
    is the name of a collation of the system, or in quotes that of another one. `statistics` is the
    statistics target of an expression.
    """

    column: str = ""
    expr: str = ""
    desc: bool = False
    nulls_first: bool | None = None
    ops: str = ""
    collation: str = ""
    statistics: int | None = None


class TableRef(Model, frozen=True):
    """A table (or an index) by name; `schema` is empty for one of the same schema."""

    name: str
    schema: str = ""


class Index(Model, frozen=True):
    """An index, or a unique constraint (`constraint`). `method` is upper case; `where` is an expression.

    An index that is not `valid` is what a failed concurrent build left: it must be built again. One of a
    partitioned table is valid when every partition has an index that is attached to it.
    `partition_of` is the index of a partitioned table that this one is attached to: it comes and goes with
    that one, but has a name and some attributes of its own. `clustered`: CLUSTER sorts the table by it.
    The `comment` of what is a constraint is on that; its index may have an `index_comment`.
    """

    name: str
    parts: tuple[IndexPart, ...]
    unique: bool = False
    constraint: bool = False
    method: str = "BTREE"
    where: str = ""
    include: tuple[str, ...] = ()
    nulls_distinct: bool = True
    without_overlaps: bool = False
    deferrable: Deferrable = ""
    storage: dict[str, str] = {}
    tablespace: str = ""
    clustered: bool = False
    partition_of: TableRef | None = None
    comment: str = ""
    index_comment: str = ""
    valid: bool = True


class PrimaryKey(Model, frozen=True):
    """A primary key; `name` is empty where it is the usual one (`<table>_pkey`) or there is none."""

    columns: tuple[str, ...]
    name: str = ""
    include: tuple[str, ...] = ()
    without_overlaps: bool = False
    deferrable: Deferrable = ""
    storage: dict[str, str] = {}
    tablespace: str = ""
    clustered: bool = False
    partition_of: TableRef | None = None
    comment: str = ""
    index_comment: str = ""


class ForeignKey(Model, frozen=True):
    """A foreign key; `ref_schema` is empty for a table of the same schema.

    `on_delete_columns` are those that SET NULL or SET DEFAULT changes, empty for all. `period`: the last
    column is a range, all of which rows of the other table must cover. What is not `enforced` is not
    validated either, which does not have to be said.
    """

    name: str
    columns: tuple[str, ...]
    ref_table: str
    ref_columns: tuple[str, ...]
    ref_schema: str = ""
    on_update: Action = "NO ACTION"
    on_delete: Action = "NO ACTION"
    on_delete_columns: tuple[str, ...] = ()
    match_full: bool = False
    period: bool = False
    deferrable: Deferrable = ""
    validated: bool = True
    enforced: bool = True
    comment: str = ""


class Check(Model, frozen=True):
    """A check constraint; `expr` comes without the outer parentheses of `CHECK (…)`.

    What is not `enforced` is not validated either, which does not have to be said.
    """

    name: str
    expr: str
    no_inherit: bool = False
    validated: bool = True
    enforced: bool = True
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
    tablespace: str = ""
    clustered: bool = False
    partition_of: TableRef | None = None
    comment: str = ""
    index_comment: str = ""


class Partitioning(Model, frozen=True):
    """PARTITION BY: the rows of the table are kept in its partitions."""

    method: Literal["RANGE", "LIST", "HASH"]
    parts: tuple[IndexPart, ...]


class PartitionOf(Model, frozen=True):
    """The table is a partition of `parent`; `bound` is `FOR VALUES …` or `DEFAULT`.

    `parent_names`: what forbids NULL has the names of the parent's, as CREATE TABLE … PARTITION OF makes it
    (PostgreSQL 18); else those of the table, as ATTACH PARTITION finds it. It cannot be changed.
    """

    parent: TableRef
    bound: str
    parent_names: bool = False


class ForeignSource(Model, frozen=True):
    """Where the rows of a foreign table are."""

    server: str
    options: dict[str, str] = {}


class RowSecurity(Model, frozen=True):
    """Row security: whether policies are asked, and whether the owner is bound by them too."""

    enabled: bool = False
    forced: bool = False


class Table(Model, frozen=True):
    """A table and everything that belongs to it. Columns are in table order, the rest sorted by name.

    What a table has from its parent (`partition_of`, `inherits`) or from its type (`of_type`) is told there,
    and not again: columns, checks, keys. `replica_identity` is empty for the usual one, else FULL, NOTHING or
    `USING INDEX …`; `access_method` is empty for the usual `heap`.
    """

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
    of_type: str = ""
    foreign: ForeignSource | None = None
    row_security: RowSecurity = RowSecurity()
    access_method: str = ""
    tablespace: str = ""
    replica_identity: str = ""
    strict: bool = False
    without_rowid: bool = False
