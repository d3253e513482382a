"""`foreign_key "owner" { columns = [column.owner_id]  ref_columns = [table.users.column.id] }`."""

from __future__ import annotations

from typing import cast

from backstay.dialects.mapping import keys, reading
from backstay.dialects.mapping.grammar import ACTIONS, MATCHES
from backstay.dialects.mapping.scope import Named, Scope
from backstay.hcl.document import Block
from backstay.schema.model import Action, ForeignKey


def decode(block: Block, table: Named, scope: Scope) -> ForeignKey:
    """A foreign key; without a label the database names it."""
    columns = keys.columns(block, "columns", table, scope)
    target, ref_columns = _target(block, table, scope)
    if not columns or len(columns) != len(ref_columns):
        raise block.error(
            f'number of referencing and referenced columns do not match for foreign-key "{block.name}"'
        )
    return ForeignKey(
        name=block.name,
        columns=columns,
        ref_table=target.name,
        ref_columns=ref_columns,
        ref_schema="" if target.schema == table.schema else target.schema,
        on_update=_action(block, "on_update"),
        on_delete=_action(block, "on_delete"),
        match_full=reading.word(block, "match", MATCHES) == "FULL",
        deferrable=keys.deferrable(block),
        validated=not reading.flag(block, "not_valid"),
        comment=reading.text(block, "comment"),
    )


def _target(block: Block, table: Named, scope: Scope) -> tuple[Named, tuple[str, ...]]:
    """The one table that all of `ref_columns` belong to, and the names of the columns."""
    found: list[tuple[Named, str]] = []
    for reference in reading.references(block, "ref_columns"):
        if reference.path[0] == "column":
            scope.check_column(block, "ref_columns", table, reference.path[-1])
            found.append((table, reference.path[-1]))
        else:
            found.append(scope.table(block, "ref_columns", reference))
    tables = {id(target): target for target, _ in found}
    if len(tables) > 1:
        raise block.error(
            f'more than 1 table was referenced for foreign-key "{block.name}"', attribute="ref_columns"
        )
    return next(iter(tables.values()), table), tuple(column for _, column in found)


def _action(block: Block, attribute: str) -> Action:
    return cast(Action, reading.word(block, attribute, ACTIONS, "NO ACTION"))
