"""The catalogue's rows in the shape that builders need: by object, members of extensions left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from backstay.dialects.postgres.inspect.comments import CLASS, NAMESPACE, Comments
from backstay.dialects.postgres.inspect.rows import (
    ColumnRow,
    ConstraintRow,
    IndexRow,
    RelationRow,
    Rows,
    SequenceRow,
)
from backstay.dialects.postgres.inspect.unsupported import Unsupported
from backstay.dialects.postgres.names import qualified

TABLE_KINDS = frozenset("rpf")
"""`pg_class.relkind` of ordinary, partitioned and foreign tables."""


class Reading:
    """One inspection: `schema` is the bound schema; `unsupported` collects what cannot be carried.

    `members` are what belongs to an extension, `dependents` what was made to depend on some.
    `named_versions` are the versions of extensions that the session's statements have named.
    """

    def __init__(self, rows: Rows, schema: str, named_versions: Mapping[str, str]) -> None:
        self.rows = rows
        self.schema = schema
        self.named_versions = named_versions
        self.unsupported: list[Unsupported] = []
        self.comments = Comments(rows.comments)
        self.members = {
            (row.catalogue, row.oid): row.extension for row in rows.extension_members if row.belongs
        }
        self.dependents: dict[tuple[int, int], list[str]] = defaultdict(list)
        for member in rows.extension_members:
            if not member.belongs:
                self.dependents[member.catalogue, member.oid].append(member.extension)
        self.schemas = [row for row in rows.schemas if (NAMESPACE, row.oid) not in self.members]
        self.names = frozenset(row.name for row in self.schemas)
        own = [row for row in rows.relations if self.is_own(CLASS, row.oid, row.schema)]
        self.tables = {row.oid: row for row in own if row.kind in TABLE_KINDS}
        self.materialized = {row.oid: row for row in own if row.kind == "m"}
        self.sequences = [row for row in rows.sequences if self.is_own(CLASS, row.oid, row.schema)]
        self.collations = {row.oid: self._collation(row.schema, row.name) for row in rows.collations}
        self.columns: dict[int, dict[int, ColumnRow]] = defaultdict(dict)
        for column in rows.columns:
            self.columns[column.table][column.number] = column
        self._named: dict[int, dict[str, ColumnRow]] = {}
        self.constraints: dict[int, list[ConstraintRow]] = defaultdict(list)
        for constraint in rows.constraints:
            self.constraints[constraint.table].append(constraint)
        self.indexes: dict[int, list[IndexRow]] = defaultdict(list)
        for index in rows.indexes:
            self.indexes[index.table].append(index)

    def _collation(self, schema: str, name: str) -> str:
        """What the model calls a collation (`names.collation` is the way back)."""
        return name if schema == "pg_catalog" else self.words(schema, name)

    def words(self, schema: str, name: str) -> str:
        """How SQL names something in a schema: quoted, and qualified unless it is the bound one."""
        return qualified("" if schema == self.schema else schema, name)

    def is_own(self, catalogue: int, oid: int, schema: str) -> bool:
        """Is the object the user's, and not a part of an extension?"""
        return (catalogue, oid) not in self.members and schema in self.names

    def column_names(self, table: int, numbers: Iterable[int] | None) -> tuple[str, ...]:
        """The names of these columns of a table in scope."""
        columns = self.columns[table]
        return tuple(columns[number].name for number in numbers or ())

    def parent_column(self, column: ColumnRow) -> ColumnRow | None:
        """The column of a parent that this one is inherited from, if that parent is in the scope."""
        if not column.inherited:
            return None
        parents = self.tables[column.table].parents or ()
        columns = (self._by_name(parent).get(column.name) for parent in parents)
        return next((found for found in columns if found is not None), None)

    def _by_name(self, table: int) -> dict[str, ColumnRow]:
        """The columns of a parent table."""
        if table not in self._named:
            self._named[table] = {column.name: column for column in self.columns[table].values()}
        return self._named[table]

    def refuse(self, label: str, kind: str, of: RelationRow | SequenceRow, child: str = "") -> None:
        """Note a feature of a table, of a part of one, or of a sequence, that the model cannot carry."""
        self.unsupported.append(
            Unsupported(schema=of.schema, name=of.name, child=child, label=label, kind=kind)
        )


def parameters(options: Iterable[str] | None, prefix: str = "") -> dict[str, str]:
    """`reloptions` -> storage parameters, in the catalogue's order (it says nothing, but dumps show it)."""
    if not options:
        return {}
    pairs = (option.partition("=") for option in options)
    return {prefix + name: value for name, _, value in pairs}
