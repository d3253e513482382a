"""Realm, schemas, tables and their parts, as immutable values.

Every text in here (types, defaults, expressions) is in the words of the database that normalised it:
what its catalogue prints. Equality of two normalised values is therefore equality of the structs.
Names are unquoted and exactly as the catalogue stores them. A name of the object's own schema is never
repeated inside the object (`ForeignKey.ref_schema` is empty for the table's own schema), so that a
schema can be compared with one of another name.

Fields with their default value are left out of the JSON form, which is also what the state hash digests.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Action = Literal["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"]
Deferrable = Literal["", "INITIALLY IMMEDIATE", "INITIALLY DEFERRED"]


class Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all values of the model."""


class SequenceOptions(Model, frozen=True):
    """Options of a sequence or identity column; `None` is the default for its type and direction."""

    start: int | None = None
    increment: int = 1
    min_value: int | None = None
    max_value: int | None = None
    cache: int = 1
    cycle: bool = False


class Identity(Model, frozen=True):
    """`GENERATED ALWAYS|BY DEFAULT AS IDENTITY` (ISO/IEC 9075-2, 11.4)."""

    generated: Literal["ALWAYS", "BY DEFAULT"] = "BY DEFAULT"
    options: SequenceOptions = SequenceOptions()


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


class Table(Model, frozen=True):
    """A table and everything that belongs to it. Columns are in table order, the rest sorted by name."""

    name: str
    columns: tuple[Column, ...] = ()
    primary_key: PrimaryKey | None = None
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    checks: tuple[Check, ...] = ()
    comment: str = ""
    unlogged: bool = False
    storage: dict[str, str] = {}
    strict: bool = False
    without_rowid: bool = False


class Enum(Model, frozen=True):
    """An enumerated type; the order of `values` is their sort order."""

    name: str
    values: tuple[str, ...]
    comment: str = ""


class ColumnRef(Model, frozen=True):
    """A column of a table of the same schema."""

    table: str
    column: str


class Sequence(Model, frozen=True):
    """A sequence that stands for itself; `owner` is the column it is dropped with."""

    name: str
    type: str = "bigint"
    options: SequenceOptions = SequenceOptions()
    owner: ColumnRef | None = None
    comment: str = ""


class Schema(Model, frozen=True):
    """A namespace of tables, enums and sequences, each sorted by name."""

    name: str
    tables: tuple[Table, ...] = ()
    enums: tuple[Enum, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    comment: str = ""


class Realm(Model, frozen=True):
    """Everything one connection can reach (or is bound to), schemas sorted by name."""

    schemas: tuple[Schema, ...] = ()
