"""`index "by_email" { … }`, and `unique "users_email_key" { … }` for a unique constraint."""

from __future__ import annotations

from backstay.dialects.mapping import keys, reading, storage
from backstay.dialects.mapping.scope import Named, Scope
from backstay.hcl.document import Block
from backstay.hcl.values import RawSQL
from backstay.schema.model import Index, IndexPart


def decode(block: Block, table: Named, scope: Scope) -> Index:
    """An index or a unique constraint."""
    constraint = block.type == "unique"
    return Index(
        name=block.name,
        parts=_parts(block, table, scope),
        unique=constraint or reading.flag(block, "unique"),
        constraint=constraint,
        method=_method(block, scope),
        where=reading.expression(block, "where"),
        include=_include(block, table, scope),
        nulls_distinct=reading.flag(block, "nulls_distinct", default=True),
        deferrable=keys.deferrable(block),
        storage=storage.decode_index(block),
        comment=reading.text(block, "comment"),
    )


def _parts(block: Block, table: Named, scope: Scope) -> tuple[IndexPart, ...]:
    columns = keys.columns(block, "columns", table, scope)
    parts = block.blocks("on")
    if columns and parts:
        raise block.error(f'multiple definitions for index "{block.name}", use "columns" or "on"')
    if not columns and not parts:
        raise block.error(f'missing definition for index "{block.name}"')
    if columns:
        return tuple(IndexPart(column=name) for name in columns)
    return tuple(_part(block, position, part, table, scope) for position, part in enumerate(parts))


def _part(block: Block, position: int, part: Block, table: Named, scope: Scope) -> IndexPart:
    column, expr = keys.column(part, "column", table, scope), reading.expression(part, "expr")
    where = f'index "{block.name}" at position {position}'
    if column and expr:
        raise part.error(f'cannot use both "column" and "expr" in {where}')
    if not column and not expr:
        raise part.error(f'"column" or "expr" are required for {where}')
    desc = reading.flag(part, "desc")
    nulls_first = reading.flag(part, "nulls_first", default=desc and not reading.flag(part, "nulls_last"))
    return IndexPart(
        column=column,
        expr=expr,
        desc=desc,
        nulls_first=None if nulls_first == desc else nulls_first,
        ops=_operators(part, scope),
        collation=reading.text(part, "collate"),
    )


def _operators(part: Block, scope: Scope) -> str:
    """An operator class: a known name bare, any other as a string, with parameters as `sql("…")`."""
    value = part.get("ops", scope.grammar.operators)
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, RawSQL):
        return value.text
    raise reading.unexpected(part, "ops", value, 'operator class, string or sql("…")')


def _method(block: Block, scope: Scope) -> str:
    value = block.get("type", scope.grammar.methods)
    if value is None:
        return "BTREE"
    if not isinstance(value, str):
        raise reading.unexpected(block, "type", value, "index method")
    return value.upper()


def _include(block: Block, table: Named, scope: Scope) -> tuple[str, ...]:
    names = keys.columns(block, "include", table, scope)
    if not names and block.get("include") is not None:
        raise block.error(f'empty "include" of index "{block.name}"', attribute="include")
    return names
