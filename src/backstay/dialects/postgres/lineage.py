"""What tables have from their parents, or from their type: the model tells it there, and here is the whole.

A column that is given is described by `Column` of its parent; what the table adds comes on top
(PostgreSQL documentation, CREATE TABLE, INHERITS, PARTITION OF and OF).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec.structs import replace

from backstay.dialects.dialect import TableName as TableName
from backstay.dialects.postgres.ddl import Namer
from backstay.dialects.postgres.names import parse_name, quote_name, quote_text
from backstay.dialects.postgres.serial import INTEGER_OF
from backstay.schema.model import Check, Column, Composite, Field, NotNull, Realm, Table, TableRef
from backstay.schema.names import default_name

NO_DEFAULT = "NULL"
"""The default of an inherited column whose parent has one that it does not."""

PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")
"""Names that the server does not quote, unless they are key words."""
NEXTVAL = re.compile(r"nextval\('((?:[^']|'')*)'::regclass\)")


class Lineage:
    """The tables of one state with all that they have. `namer` words what a serial column stands for."""

    def __init__(
        self, tables: Mapping[TableName, Table], composites: Mapping[TableName, Composite], namer: Namer
    ) -> None:
        self.tables = tables
        self.composites = composites
        self.namer = namer
        self._columns: dict[TableName, Mapping[str, Column]] = {}
        self._given: dict[tuple[TableName, bool], Mapping[str, Column]] = {}

    @staticmethod
    def of(realm: Realm, namer: Namer, tables: Mapping[TableName, Table] | None = None) -> Lineage:
        """Of the tables of a realm, or of these with its types."""
        return Lineage(
            tables_of(realm) if tables is None else tables,
            {TableName(s.name, item.name): item for s in realm.schemas for item in s.composites},
            namer,
        )

    def parents(self, name: TableName) -> tuple[TableName, ...]:
        """The tables that this one is a partition of, or inherits from."""
        table = self.tables.get(name)
        return parents(table, name.schema) if table is not None else ()

    def ancestors(self, name: TableName) -> Iterator[TableName]:
        """The parents, and theirs."""
        for parent in self.parents(name):
            yield parent
            yield from self.ancestors(parent)

    def given(self, name: TableName) -> Mapping[str, Column]:
        """The columns that the parents (or the type) give, by name."""
        table, above = self.tables.get(name), self.parents(name)
        if len(above) == 1 and table is not None and not table.of_type:
            return self._gives(above[0], table.partition_of is not None and table.partition_of.parent_names)
        found: dict[str, Column] = {}
        for columns in (*(self._gives(parent, False) for parent in above), self._of_type(name)):
            for column in columns.values():
                other = found.get(column.name)
                found[column.name] = column if other is None else _merged(other, column)
        return found

    def columns(self, name: TableName) -> Mapping[str, Column]:
        """All columns of a table in full, by name: given ones first."""
        if name not in self._columns:
            self._columns[name] = self._whole(name)
        return self._columns[name]

    def _whole(self, name: TableName) -> Mapping[str, Column]:
        table, given = self.tables.get(name), self.given(name)
        if table is None or not table.columns:
            return given
        found = dict(given)
        for column in table.columns:
            base, own = found.get(column.name), self._plain(name, column)
            found[column.name] = own if base is None else _added(base, own)
        return found

    def _gives(self, parent: TableName, named: bool) -> Mapping[str, Column]:
        """What a table gives to each of its children; `named`: with its names of what forbids NULL."""
        if (parent, named) not in self._given:
            columns = self.columns(parent).values()
            self._given[parent, named] = {column.name: _given(parent, column, named) for column in columns}
        return self._given[parent, named]

    def declared(self, name: TableName) -> tuple[Column, ...]:
        """The columns that the model tells of a table, or in full those of a typed one."""
        table = self.tables.get(name)
        if table is not None and table.of_type:
            return tuple(self.columns(name).values())
        return table.columns if table is not None else ()

    def checks(self, name: TableName) -> Iterator[Check]:
        """The checks that the parents give, theirs from their parents too."""
        for parent in self.parents(name):
            yield from self.given_checks(parent)

    def given_checks(self, parent: TableName) -> Iterator[Check]:
        """The checks that a table gives to its children."""
        table = self.tables.get(parent)
        for check in table.checks if table is not None else ():
            if not check.no_inherit:
                yield check
        yield from self.checks(parent)

    def partitions(self, name: TableName) -> Sequence[TableName]:
        """The partitions of a table, by name."""
        return self._partitions.get(name, ())

    @cached_property
    def _partitions(self) -> Mapping[TableName, Sequence[TableName]]:
        found: dict[TableName, list[TableName]] = {}
        for name in sorted(name for name, table in self.tables.items() if table.partition_of is not None):
            found.setdefault(self.parents(name)[0], []).append(name)
        return found

    @cached_property
    def foreign_names(self) -> frozenset[tuple[str, str]]:
        """Schema and name of what forbids NULL, where the name is not the usual one of its table."""
        return frozenset(
            (table.schema, column.not_null.name)
            for table, state in self.tables.items()
            for column in state.columns
            if column.not_null.name
        )

    def is_known(self, name: TableName) -> bool:
        """Are all parents of the table part of the state?"""
        return all(parent in self.tables for parent in self.parents(name))

    def fields(self, name: TableName) -> tuple[Field, ...]:
        """The fields of the type that a typed table is of, without comments."""
        table = self.tables.get(name)
        parsed = parse_name(table.of_type) if table is not None else None
        type_ = self.composites.get(TableName(parsed[0] or name.schema, parsed[1])) if parsed else None
        return tuple(replace(field, comment="") for field in type_.fields) if type_ is not None else ()

    def _of_type(self, name: TableName) -> dict[str, Column]:
        return {
            field.name: Column(name=field.name, type=field.type, null=True, collation=field.collation)
            for field in self.fields(name)
        }

    def _plain(self, name: TableName, column: Column) -> Column:
        """A column of the table itself; a serial type is notation for a default."""
        if column.inherited or column.type not in INTEGER_OF:
            return column
        path = (name.schema if self.namer.qualify else "", default_name(name.name, column.name, "seq"))
        sequence = ".".join(part if PLAIN.fullmatch(part) else quote_name(part) for part in path if part)
        default = f"nextval({quote_text(sequence)}::regclass)"
        return replace(column, type=INTEGER_OF[column.type], default=default)


def tables_of(realm: Realm) -> dict[TableName, Table]:
    """The tables of a realm by name."""
    return {TableName(schema.name, table.name): table for schema in realm.schemas for table in schema.tables}


def parents(table: Table, schema: str) -> tuple[TableName, ...]:
    """The tables that a table of this schema is a partition of, or inherits from."""
    found: Iterable[TableRef] = (table.partition_of.parent,) if table.partition_of else table.inherits
    return tuple(TableName(parent.schema or schema, parent.name) for parent in found)


def kept_parents(before: Lineage, after: Lineage, name: TableName) -> tuple[TableName, ...]:
    """The parents of both states; a partition whose bound changes is without one for a time."""
    old, new = before.tables[name], after.tables[name]
    if old.partition_of != new.partition_of:
        return ()
    lost = set(parents(old, name.schema))
    return tuple(parent for parent in parents(new, name.schema) if parent in lost)


def _given(table: TableName, column: Column, named: bool) -> Column:
    """What a column of this table gives to those that are inherited from it."""
    null = column.null or column.not_null.no_inherit
    name = column.not_null.name or default_name(table.name, column.name, "not_null")
    return replace(
        column,
        not_null=NotNull(name=name) if named and not null else NotNull(),
        identity=None,
        statistics=None,
        options={},
        foreign_options={},
        inherited=False,
        comment="",
        null=null,
    )


def _merged(one: Column, other: Column) -> Column:
    """A column that two parents give."""
    return replace(one, null=one.null and other.null)


def _added(base: Column, own: Column) -> Column:
    """A given column with what the table adds, in full; one that the table declares itself is as it says."""
    if not own.inherited:
        return replace(own, null=own.null and base.null, inherited=False)
    generated = own.generated or (base.generated if own.default is None else None)
    default = base.default if own.default is None and own.generated is None else own.default
    return replace(
        own,
        not_null=base.not_null if own.not_null == NotNull() else own.not_null,
        type=base.type,
        collation=base.collation,
        null=own.null and base.null,
        default=None if default == NO_DEFAULT or generated is not None else default,
        generated=generated,
        storage=own.storage or base.storage,
        compression="" if own.compression == "default" else own.compression or base.compression,
        inherited=False,
    )


def reduced(column: Column, given: Column) -> Column | None:
    """What a declared column adds to the one that a parent gives; nothing if it is the same."""
    same = column.generated == given.generated and _same_default(column.default, given.default)
    default = None if same or column.generated is not None else column.default or NO_DEFAULT
    found = replace(
        column,
        type="",
        collation="",
        null=column.null or (not given.null and column.not_null == NotNull()),
        default=default,
        generated=None if same else column.generated,
        storage="" if column.storage == given.storage else column.storage,
        compression="" if column.compression == given.compression else column.compression or "default",
        inherited=True,
    )
    return None if found == Column(name=column.name, type="", null=True, inherited=True) else found


def _same_default(one: str | None, other: str | None) -> bool:
    """Are the defaults the same, with or without the name of the schema that a sequence is in?"""
    sequences = [
        parse_name(match[1]) if (match := NEXTVAL.fullmatch(text or "")) else None for text in (one, other)
    ]
    if None in sequences or one == other:
        return one == other
    (first, second) = (found for found in sequences if found is not None)
    return first[1] == second[1] and (first[0] == second[0] or not (first[0] and second[0]))


def declared_alike(before: Realm, after: Realm) -> Realm:
    """The state before, with the columns declared by inheriting tables that the same tables declare after.

    Nothing but making a table anew changes whether it declares a column that its parent gives, too, or that
    such a column forbids NULL as the parent does.
    """
    desired = tables_of(after)
    if not any(table.inherits for table in desired.values()):
        return before
    had, has = Lineage.of(before, Namer(True)), Lineage.of(after, Namer(True))
    return replace(
        before,
        schemas=tuple(
            replace(
                schema,
                tables=tuple(
                    _declared_alike(table, TableName(schema.name, table.name), had, has)
                    for table in schema.tables
                ),
            )
            for schema in before.schemas
        ),
    )


def _declared_alike(table: Table, name: TableName, had: Lineage, has: Lineage) -> Table:
    wanted = has.tables.get(name)
    if wanted is None or not (table.inherits and wanted.inherits):
        return table
    given, given_after, full = had.given(name), has.given(name), had.columns(name)
    own = {column.name: column for column in table.columns}
    declared = {column.name: not column.inherited for column in wanted.columns}
    columns: list[Column] = []
    for column in full.values():
        old, base = own.get(column.name), given.get(column.name)
        if base is None or column.name not in given_after:
            columns += [old] if old is not None else []
        elif declared.get(column.name, False):
            own_column = column if old is None or old.inherited else old
            columns.append(_forbidden_alike(own_column, wanted, base, given_after[column.name]))
        elif old is not None:
            found = old if old.inherited else reduced(column, base)
            columns += [found] if found is not None else []
    return replace(table, columns=tuple(columns))


def _forbidden_alike(column: Column, wanted: Table, base: Column, base_after: Column) -> Column:
    """The column as far as its parents forbid NULL: whether it does so, too, cannot be changed under them."""
    other = next(found for found in wanted.columns if found.name == column.name)
    if base.null or base_after.null or column.null == other.null:
        return column
    return replace(column, null=other.null, not_null=other.not_null)


def named_alike(before: Realm, after: Realm) -> Realm:
    """The state before, in which what forbids NULL in partitions has the names that the state after has.

    Where the parent forbids it, too, nothing can rename it, and a new type of the parent's column does.
    """
    desired = tables_of(after)
    found = {
        name: table
        for name, table in tables_of(before).items()
        if table.partition_of is not None and name in desired and desired[name].partition_of is not None
    }
    if all(table.columns == desired[name].columns for name, table in found.items()):
        return before
    had, has = Lineage.of(before, Namer(True)), Lineage.of(after, Namer(True))

    def named(schema: str, table: Table) -> Table:
        name = TableName(schema, table.name)
        if name not in found or table.columns == desired[name].columns:
            return table
        forbidden = [
            {column.name for column in state.given(name).values() if not column.null} for state in (had, has)
        ]
        names = {column.name: column.not_null.name for column in desired[name].columns}
        return _named_alike(table, {column: names.get(column, "") for column in forbidden[0] & forbidden[1]})

    return replace(
        before,
        schemas=tuple(
            replace(schema, tables=tuple(named(schema.name, table) for table in schema.tables))
            for schema in before.schemas
        ),
    )


def _named_alike(table: Table, names: Mapping[str, str]) -> Table:
    """The partition with these names of what forbids NULL in its columns."""
    own = {column.name: column for column in table.columns}
    for name, wanted in names.items():
        plain = Column(name=name, type="", null=True, inherited=True)
        column = own.get(name, plain)
        not_null = replace(column.not_null, name=wanted)
        if column.inherited:
            own[name] = replace(column, not_null=not_null, null=not_null == NotNull())
            if own[name] == plain:
                del own[name]
    return replace(table, columns=tuple(own.values()))
