"""`index "by_email" { … }`, and `unique "users_email_key" { … }` for a unique constraint."""

from __future__ import annotations

from backstay.dialects.mapping import keys, reading, storage
from backstay.dialects.mapping.grammar import Grammar
from backstay.dialects.mapping.scope import Named
from backstay.dialects.mapping.writing import Writing, columns, word
from backstay.hcl import write
from backstay.hcl.document import Block, Names
from backstay.hcl.values import RawSQL, Reference
from backstay.schema.model import Index, IndexPart


def decode(block: Block, table: Named, grammar: Grammar) -> Index:
    """An index or a unique constraint."""
    constraint = block.type == "unique"
    return Index(
        name=block.name,
        parts=_parts(block, table, grammar),
        unique=constraint or reading.flag(block, "unique"),
        constraint=constraint,
        method=_method(block, grammar),
        where=reading.expression(block, "where"),
        include=_include(block, table),
        nulls_distinct=reading.flag(block, "nulls_distinct", default=True),
        deferrable=keys.deferrable(block),
        storage=storage.decode_index(block),
        comment=reading.text(block, "comment"),
    )


def _parts(block: Block, table: Named, grammar: Grammar) -> tuple[IndexPart, ...]:
    names = keys.columns(block, "columns", table)
    parts = block.blocks("on")
    if names and parts:
        raise block.error(f'multiple definitions for index "{block.name}", use "columns" or "on"')
    if not names and not parts:
        raise block.error(f'missing definition for index "{block.name}"')
    if names:
        return tuple(IndexPart(column=name) for name in names)
    return tuple(_part(block, position, part, table, grammar) for position, part in enumerate(parts))


def _part(block: Block, position: int, part: Block, table: Named, grammar: Grammar) -> IndexPart:
    column, expr = keys.column(part, "column", table), reading.expression(part, "expr")
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
        ops=_operators(part, grammar),
        collation=reading.text(part, "collate"),
    )


def _operators(part: Block, grammar: Grammar) -> str:
    """An operator class: a known name bare, any other as a string, with parameters as `sql("…")`."""
    value = part.get("ops", grammar.operators)
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, RawSQL):
        return value.text
    raise reading.unexpected(part, "ops", value, 'operator class, string or sql("…")')


def _method(block: Block, grammar: Grammar) -> str:
    value = block.get("type", grammar.methods)
    if value is None:
        return "BTREE"
    if not isinstance(value, str):
        raise reading.unexpected(block, "type", value, "index method")
    return value.upper()


def _include(block: Block, table: Named) -> tuple[str, ...]:
    names = keys.columns(block, "include", table)
    if not names and block.get("include") is not None:
        raise block.error(f'empty "include" of index "{block.name}"', attribute="include")
    return names


def encode(index: Index, writing: Writing) -> write.Block:
    """The block of an index or unique constraint."""
    plain = all(part == IndexPart(column=part.column) for part in index.parts)
    storage_params = {name: text for name, text in index.storage.items() if name != "pages_per_range"}
    parts = [] if plain else [_encode_part(part, writing.grammar) for part in index.parts]
    return write.block(
        "unique" if index.constraint else "index",
        (index.name,) if index.name else (),
        {
            "unique": (index.unique and not index.constraint) or None,
            "columns": columns(part.column for part in index.parts) if plain else None,
            "comment": index.comment or None,
            "type": _known(index.method, writing.grammar.methods) if index.method != "BTREE" else None,
            "where": index.where or None,
            "nulls_distinct": None if index.nulls_distinct else False,
            "include": columns(index.include),
            "page_per_range": _pages(index),
            "deferrable": word(index.deferrable) if index.deferrable else None,
        },
        [*parts, *storage.encode(storage_params)],
    )


def _encode_part(part: IndexPart, grammar: Grammar) -> write.Block:
    ops: write.Written = RawSQL(part.ops) if "(" in part.ops else _known(part.ops, grammar.operators)
    return write.block(
        "on",
        (),
        {
            "desc": part.desc or None,
            "column": Reference(("column", part.column)) if part.column else None,
            "expr": part.expr or None,
            "ops": ops if part.ops else None,
            "nulls_last": True if part.nulls_first is False else None,
            "nulls_first": True if part.nulls_first else None,
            "collate": part.collation or None,
        },
    )


def _known(name: str, names: Names) -> write.Written:
    """Bare where the name is in scope, else as a string."""
    return write.Bare(name) if name in names.variables else name


def _pages(index: Index) -> int | None:
    pages = index.storage.get("pages_per_range")
    return int(pages) if pages else None
