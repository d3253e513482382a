"""The SQL text of objects and their parts (PostgreSQL documentation, part VI, SQL commands)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from backstay.dialects.postgres.expressions import written
from backstay.dialects.postgres.names import collation, qualified, quote_name, quote_text, wrapped
from backstay.dialects.postgres.options import options
from backstay.schema.model import (
    Check,
    Column,
    Deferrable,
    Enum,
    Exclusion,
    ForeignKey,
    Identity,
    Index,
    IndexPart,
    NotNull,
    Partitioning,
    PrimaryKey,
    SequenceOptions,
    Table,
    TableRef,
)

PLAIN_VALUE = re.compile(r"-?\d+(\.\d+)?|true|false|on|off", re.IGNORECASE)


class Namer(msgspec.Struct, frozen=True):
    """Writes names of objects: with the name of their schema (realm scope), or without (schema scope)."""

    qualify: bool

    def __call__(self, schema: str, name: str) -> str:
        return qualified(schema if self.qualify else "", name)

    def referenced(self, schema: str, key: ForeignKey) -> str:
        """The table that a foreign key of this schema refers to; another schema's is always named."""
        return qualified(key.ref_schema, key.ref_table) if key.ref_schema else self(schema, key.ref_table)

    def table(self, schema: str, table: TableRef) -> str:
        """A table that one of this schema refers to; another schema's is always named."""
        return qualified(table.schema, table.name) if table.schema else self(schema, table.name)


def columns(names: Iterable[str]) -> str:
    """`("a", "b")`."""
    return f"({', '.join(map(quote_name, names))})"


def column(column_: Column, schema: str, namer: Namer) -> str:
    """A column as CREATE TABLE and ADD COLUMN take it."""
    null = f"{_named(column_.not_null.name)}NOT NULL{_no_inherit(column_.not_null)}"
    if column_.null or not column_.not_null.validated:
        null = "NULL"
    words = [quote_name(column_.name), column_.type]
    if column_.compression:
        words.append(f"COMPRESSION {column_.compression}")
    if column_.foreign_options:
        words.append(options(column_.foreign_options).strip())
    words.append(null)
    return " ".join([*words, *_value(column_, schema, namer)])


def _value(column_: Column, schema: str, namer: Namer) -> Iterator[str]:
    """What a column holds where no value is given, and how it is compared."""
    if column_.default is not None:
        yield f"DEFAULT {written(column_.default)}"
    if column_.collation:
        yield f"COLLATE {collation(column_.collation)}"
    if column_.identity is not None:
        yield identity(column_.identity, schema, namer)
    if column_.generated is not None:
        kind = "STORED" if column_.generated.stored else "VIRTUAL"
        yield f"GENERATED ALWAYS AS {wrapped(written(column_.generated.expr))} {kind}"


def identity(value: Identity, schema: str, namer: Namer) -> str:
    """`GENERATED … AS IDENTITY`, with the options that are not the default."""
    words = [f"SEQUENCE NAME {namer(schema, value.sequence_name)}"] if value.sequence_name else []
    words += sequence_options(value.options)
    return f"GENERATED {value.generated} AS IDENTITY" + (f" ({' '.join(words)})" if words else "")


def sequence_options(options: SequenceOptions) -> Iterator[str]:
    """The options of a sequence that are not the default."""
    if options.start is not None:
        yield f"START WITH {options.start}"
    if options.increment != 1:
        yield f"INCREMENT BY {options.increment}"
    if options.min_value is not None:
        yield f"MINVALUE {options.min_value}"
    if options.max_value is not None:
        yield f"MAXVALUE {options.max_value}"
    if options.cache != 1:
        yield f"CACHE {options.cache}"
    if options.cycle:
        yield "CYCLE"


def storage(parameters: Mapping[str, str]) -> str:
    """`(fillfactor = 70, …)`; the catalogue keeps every value as text."""
    return f"({', '.join(f'{name} = {storage_value(value)}' for name, value in parameters.items())})"


def storage_value(value: str) -> str:
    """A parameter's value, quoted where it is not a number or a switch."""
    return value if PLAIN_VALUE.fullmatch(value) else quote_text(value)


def storage_changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """The clauses of ALTER TABLE (or VIEW, INDEX, …) that lead from these parameters to those."""
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    dropped = [name for name in before if name not in after]
    return (
        *((f"SET {storage(changed)}",) if changed else ()),
        *((f"RESET ({', '.join(dropped)})",) if dropped else ()),
    )


def _with(parameters: Mapping[str, str]) -> str:
    return f" WITH {storage(parameters)}" if parameters else ""


def _deferrable(value: Deferrable) -> str:
    return f" DEFERRABLE {value}" if value else ""


def _named(name: str) -> str:
    return f"CONSTRAINT {quote_name(name)} " if name else ""


def _include(names: tuple[str, ...]) -> str:
    return f" INCLUDE {columns(names)}" if names else ""


def _no_inherit(constraint: Check | NotNull) -> str:
    return " NO INHERIT" if constraint.no_inherit else ""


def not_null(column_: Column) -> str:
    """A not-null constraint as a table constraint (PostgreSQL 18)."""
    constraint = column_.not_null
    return f"{_named(constraint.name)}NOT NULL {quote_name(column_.name)}{_no_inherit(constraint)}"


def primary_key(key: PrimaryKey) -> str:
    """A primary key as a table constraint."""
    names = _key_columns(key.columns, key)
    return f"{_named(key.name)}PRIMARY KEY {names}{_of_index(key)}{_deferrable(key.deferrable)}"


def unique(index: Index) -> str:
    """A unique constraint as a table constraint."""
    nulls = "" if index.nulls_distinct else " NULLS NOT DISTINCT"
    names = _key_columns([part.column for part in index.parts], index)
    return f"{_named(index.name)}UNIQUE{nulls} {names}{_of_index(index)}{_deferrable(index.deferrable)}"


def using_index(key: PrimaryKey | Index, name: str, index: str) -> str:
    """A key as a table constraint, made of an index that is there."""
    kind = "PRIMARY KEY" if isinstance(key, PrimaryKey) else "UNIQUE"
    return f"{_named(name)}{kind} USING INDEX {quote_name(index)}{_deferrable(key.deferrable)}"


def exclusion(constraint: Exclusion) -> str:
    """An exclusion constraint as a table constraint."""
    pairs = zip(constraint.parts, constraint.operators, strict=True)
    parts = ", ".join(f"{index_part(part)} WITH {operator}" for part, operator in pairs)
    where = f" WHERE {wrapped(written(constraint.where))}" if constraint.where else ""
    return (
        f"{_named(constraint.name)}EXCLUDE USING {constraint.method} ({parts})"
        f"{_of_index(constraint)}{where}{_deferrable(constraint.deferrable)}"
    )


def _key_columns(names: Sequence[str], key: PrimaryKey | Index) -> str:
    """The columns of a key, the last of which may be a period."""
    return f"{columns(names)[:-1]} WITHOUT OVERLAPS)" if key.without_overlaps else columns(names)


def _of_index(part: PrimaryKey | Index | Exclusion) -> str:
    """What a constraint says of the index that is made for it."""
    tablespace = f" USING INDEX TABLESPACE {quote_name(part.tablespace)}" if part.tablespace else ""
    return f"{_include(part.include)}{_with(part.storage)}{tablespace}"


def foreign_key(key: ForeignKey, schema: str, namer: Namer) -> str:
    """A foreign key as a table constraint, of a table in this schema."""
    set_columns = f" {columns(key.on_delete_columns)}" if key.on_delete_columns else ""
    return (
        f"{_named(key.name)}FOREIGN KEY {_period(key.columns, key)} "
        f"REFERENCES {namer.referenced(schema, key)} {_period(key.ref_columns, key)}"
        f"{' MATCH FULL' if key.match_full else ''}"
        f" ON UPDATE {key.on_update} ON DELETE {key.on_delete}{set_columns}"
        f"{_deferrable(key.deferrable)}{enforcement(key)}"
    )


def _period(names: Sequence[str], key: ForeignKey) -> str:
    """The columns of a foreign key, the last of which may be a period."""
    if not key.period:
        return columns(names)
    *others, last = map(quote_name, names)
    return f"({', '.join((*others, f'PERIOD {last}'))})"


def check(check_: Check) -> str:
    """A check as a table constraint. `expr` may be any expression, so it always gets parentheses."""
    return f"{_named(check_.name)}CHECK ({written(check_.expr)}){_no_inherit(check_)}{enforcement(check_)}"


def enforcement(part: Check | ForeignKey) -> str:
    """` NOT ENFORCED`, where a constraint is not (PostgreSQL 18)."""
    return "" if part.enforced else " NOT ENFORCED"


def validity(part: Check | ForeignKey | NotNull) -> str:
    """` NOT VALID`, where a constraint is not known to hold for the rows there are."""
    return "" if part.validated else " NOT VALID"


def create_table(
    table: Table, schema: str, namer: Namer, *, foreign_keys: Iterable[ForeignKey], indent: str = ""
) -> str:
    """CREATE TABLE with everything that fits into it; these foreign keys only.

    Constraints that are not valid cannot be part of it. A partition is made by itself, and attached later.
    """
    items = [typed_column(item, schema, namer) for item in table.columns if item.inherited]
    items += [column(item, schema, namer) for item in table.columns if not item.inherited]
    if table.primary_key is not None:
        items.append(primary_key(table.primary_key))
    items += (unique(index) for index in table.indexes if index.constraint)
    items += (foreign_key(key, schema, namer) for key in foreign_keys)
    items += map(exclusion, table.exclusions)
    items += (check(item) for item in table.checks if item.validated)
    if indent and items:
        body = f"(\n{indent}" + f",\n{indent}".join(items) + "\n)"
    else:
        body = f"({', '.join(items)})"
    if table.of_type:
        body = f"OF {table.of_type}{f' {body}' if items else ''}"
    kind = "FOREIGN " if table.foreign else "UNLOGGED " if table.unlogged else ""
    return f"CREATE {kind}TABLE {namer(schema, table.name)} {body}{_table_options(table, schema, namer)}"


def typed_column(column_: Column, schema: str, namer: Namer) -> str:
    """What a typed table adds to a column of its type."""
    words = [quote_name(column_.name), "WITH OPTIONS"]
    if not column_.null and column_.not_null.validated:
        words.append(f"{_named(column_.not_null.name)}NOT NULL{_no_inherit(column_.not_null)}")
    return " ".join([*words, *_value(column_, schema, namer)])


def _table_options(table: Table, schema: str, namer: Namer) -> str:
    """What stands behind the columns of CREATE TABLE."""
    words = ""
    if table.inherits:
        words += f" INHERITS ({', '.join(namer.table(schema, parent) for parent in table.inherits)})"
    if table.foreign is not None:
        return f"{words} SERVER {quote_name(table.foreign.server)}{options(table.foreign.options)}"
    if table.partitioning is not None:
        words += f" PARTITION BY {partitioning(table.partitioning)}"
    if table.access_method:
        words += f" USING {quote_name(table.access_method)}"
    words += _with(table.storage)
    if table.tablespace:
        words += f" TABLESPACE {quote_name(table.tablespace)}"
    return words


def partitioning(key: Partitioning) -> str:
    """The key of a partitioned table: `RANGE ("a", (lower("b")))`."""
    return f"{key.method} ({', '.join(map(index_part, key.parts))})"


def create_index(
    index: Index, table: str, schema: str, namer: Namer, *, concurrently: bool = False, only: bool = False
) -> str:
    """CREATE INDEX, also for a unique one that is no constraint. `only`: not on the partitions."""
    words = ["CREATE", "UNIQUE INDEX" if index.unique else "INDEX"]
    if concurrently:
        words.append("CONCURRENTLY")
    if index.name:
        words.append(quote_name(index.name))
    words += ["ON ONLY" if only else "ON", namer(schema, table)]
    if index.method and index.method != "BTREE":
        words.append(f"USING {index.method}")
    words.append(f"({', '.join(map(index_part, index.parts))}){_include(index.include)}")
    if not index.nulls_distinct:
        words.append("NULLS NOT DISTINCT")
    if index.storage:
        words.append(f"WITH {storage(index.storage)}")
    if index.tablespace:
        words.append(f"TABLESPACE {quote_name(index.tablespace)}")
    if index.where:
        words.append(f"WHERE {wrapped(written(index.where))}")
    return " ".join(words)


def index_part(part: IndexPart) -> str:
    """One key of an index."""
    words = [quote_name(part.column) if part.column else wrapped(written(part.expr))]
    if part.collation:
        words.append(f"COLLATE {collation(part.collation)}")
    if part.ops:
        words.append(part.ops)
    if part.desc:
        words.append("DESC")
    if part.nulls_first is not None and part.nulls_first != part.desc:
        words.append("NULLS FIRST" if part.nulls_first else "NULLS LAST")
    return " ".join(words)


def create_enum(enum: Enum, schema: str, namer: Namer) -> str:
    """CREATE TYPE … AS ENUM."""
    return f"CREATE TYPE {namer(schema, enum.name)} AS ENUM ({', '.join(map(quote_text, enum.values))})"
