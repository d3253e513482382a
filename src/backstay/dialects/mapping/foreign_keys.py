"""`foreign_key "owner" { columns = [column.owner_id]  ref_columns = [table.users.column.id] }`."""

from __future__ import annotations

from typing import cast

from backstay.dialects.mapping import keys, reading
from backstay.dialects.mapping.grammar import ACTIONS, MATCHES
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing, columns, word
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.schema.model import Action, ForeignKey, Schema


def decode(block: Block, table: Named, scope: Scope) -> ForeignKey:
    """A foreign key; without a label the database names it."""
    names = keys.columns(block, "columns", table)
    target, ref_columns = _target(block, table, scope)
    if not names or len(names) != len(ref_columns):
        raise block.error(
            f'number of referencing and referenced columns do not match for foreign-key "{block.name}"'
        )
    return ForeignKey(
        name=block.name,
        columns=names,
        ref_table=target.name,
        ref_columns=ref_columns,
        ref_schema="" if target.schema == table.schema else target.schema,
        on_update=_action(block, "on_update"),
        on_delete=_action(block, "on_delete"),
        on_delete_columns=keys.columns(block, "on_delete_columns", table),
        match_full=reading.word(block, "match", MATCHES) == "FULL",
        period=reading.flag(block, "period"),
        deferrable=keys.deferrable(block),
        validated=not reading.flag(block, "not_valid"),
        enforced=reading.flag(block, "enforced", default=True),
        comment=reading.text(block, "comment"),
    )


def _target(block: Block, table: Named, scope: Scope) -> tuple[Named, tuple[str, ...]]:
    """The one table that all of `ref_columns` belong to, and the names of the columns."""
    if all(written[0] == "column" for written in block.mentions("ref_columns")):
        return table, keys.columns(block, "ref_columns", table)
    found = [scope.column(block, "ref_columns", at) for at in reading.references(block, "ref_columns")]
    tables = {id(target): target for target, _ in found}
    if len(tables) > 1:
        raise block.error(
            f'more than 1 table was referenced for foreign-key "{block.name}"', attribute="ref_columns"
        )
    return next(iter(tables.values()), table), tuple(column for _, column in found)


def _action(block: Block, attribute: str) -> Action:
    return cast(Action, reading.word(block, attribute, ACTIONS, "NO ACTION"))


def encode(key: ForeignKey, schema: Schema, writing: Writing) -> write.Block:
    """The block of a foreign key."""
    target = key.ref_schema or schema.name
    return write.block(
        "foreign_key",
        (key.name,) if key.name else (),
        {
            "columns": columns(key.columns),
            "ref_columns": tuple(writing.column(target, key.ref_table, name) for name in key.ref_columns),
            "on_update": word(key.on_update),
            "on_delete": word(key.on_delete),
            "on_delete_columns": columns(key.on_delete_columns),
            "match": word("FULL") if key.match_full else None,
            "period": key.period or None,
            "deferrable": word(key.deferrable) if key.deferrable else None,
            "not_valid": not key.validated or None,
            "enforced": None if key.enforced else False,
            "comment": key.comment or None,
        },
    )
