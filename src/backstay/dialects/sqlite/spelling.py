"""One spelling for names that SQLite takes for the same: `Users` and `users` are one table, with its rows."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from backstay.dialects.sqlite import normal
from backstay.dialects.sqlite.tokens import fold, tokens
from backstay.schema.model import Check, Column, ForeignKey, Index, Schema, Table


class Spelling(msgspec.Struct, frozen=True):
    """How a table and what is in it are spelled: folded names -> names."""

    table: str
    columns: dict[str, str]
    indexes: dict[str, str]

    @staticmethod
    def of(table: Table) -> Spelling:
        return Spelling(
            table=table.name,
            columns={fold(column.name): column.name for column in table.columns},
            indexes={fold(index.name): index.name for index in table.indexes},
        )

    def over(self, other: Spelling) -> Spelling:
        """This spelling, and the other one for what is not known here."""
        return Spelling(
            table=self.table,
            columns={**other.columns, **self.columns},
            indexes={**other.indexes, **self.indexes},
        )


def respelled(old: Schema, new: Schema) -> Schema:
    """The old schema in the spelling of the new one, where they differ in nothing but case."""
    own = {fold(table.name): Spelling.of(table) for table in old.tables}
    theirs = {fold(table.name): Spelling.of(table) for table in new.tables}
    spellings = {name: theirs[name].over(known) if name in theirs else known for name, known in own.items()}
    if spellings == own:
        return old
    return replace(old, tables=tuple(_table(table, spellings) for table in old.tables))


def _table(table: Table, spellings: dict[str, Spelling]) -> Table:
    spelling = spellings[fold(table.name)]
    key = table.primary_key
    return replace(
        table,
        name=spelling.table,
        columns=tuple(_column(column, spelling) for column in table.columns),
        primary_key=key and replace(key, columns=_columns(key.columns, spelling)),
        indexes=tuple(_index(index, spelling) for index in table.indexes),
        checks=tuple(_check(check, spelling) for check in table.checks),
        foreign_keys=tuple(_foreign_key(key, spelling, spellings) for key in table.foreign_keys),
    )


def _column(column: Column, spelling: Spelling) -> Column:
    generated = column.generated
    return replace(
        column,
        name=spelling.columns[fold(column.name)],
        generated=generated and replace(generated, expr=_expression(generated.expr, spelling)),
    )


def _index(index: Index, spelling: Spelling) -> Index:
    parts = (
        replace(
            part,
            column=spelling.columns.get(fold(part.column), part.column),
            expr=_expression(part.expr, spelling),
        )
        for part in index.parts
    )
    return replace(
        index,
        name=spelling.indexes[fold(index.name)],
        parts=tuple(parts),
        where=_expression(index.where, spelling),
    )


def _check(check: Check, spelling: Spelling) -> Check:
    return replace(check, expr=_expression(check.expr, spelling))


def _foreign_key(key: ForeignKey, spelling: Spelling, spellings: dict[str, Spelling]) -> ForeignKey:
    target = spellings.get(fold(key.ref_table))
    return replace(
        key,
        columns=_columns(key.columns, spelling),
        ref_table=target.table if target else key.ref_table,
        ref_columns=_columns(key.ref_columns, target) if target else key.ref_columns,
    )


def _columns(names: tuple[str, ...], spelling: Spelling) -> tuple[str, ...]:
    return tuple(spelling.columns.get(fold(name), name) for name in names)


def _expression(text: str, spelling: Spelling) -> str:
    return text and normal.expression(tokens(text), spelling.table, spelling.columns)
