"""`index "by_email" { … }`, and `unique "users_email_key" { … }` for a unique constraint."""

from __future__ import annotations

from collections.abc import Mapping

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
    without_overlaps = reading.flag(block, "without_overlaps")
    return Index(
        name=block.name,
        parts=parts(block, table, grammar),
        unique=constraint or reading.flag(block, "unique"),
        constraint=constraint,
        method=method(block, grammar, "GIST" if without_overlaps else "BTREE"),
        where=reading.expression(block, "where"),
        include=include(block, table),
        nulls_distinct=reading.flag(block, "nulls_distinct", default=True),
        without_overlaps=without_overlaps,
        deferrable=keys.deferrable(block),
        storage=storage.decode_index(block),
        tablespace=reading.text(block, "tablespace"),
        clustered=reading.flag(block, "clustered"),
        partition_of=keys.partition_of(block),
        valid=reading.flag(block, "valid", default=True),
        comment=reading.text(block, "comment"),
        index_comment=reading.text(block, "index_comment"),
    )


def parts(block: Block, table: Named, grammar: Grammar) -> tuple[IndexPart, ...]:
    """The keys: `columns`, or `on` blocks. Raises `HCLError` unless there is one of both."""
    if not block.has("columns") and not block.blocks("on"):
        raise block.error(f'missing definition for index "{block.name}"')
    return parts_of(block, f'index "{block.name}"', "on", table, grammar)


def parts_of(block: Block, title: str, each: str, table: Named, grammar: Grammar) -> tuple[IndexPart, ...]:
    """The keys of what messages call `title`: `columns`, or blocks of the type `each`."""
    names = keys.columns(block, "columns", table)
    found = block.blocks(each)
    if names and found:
        raise block.error(f'multiple definitions for {title}, use "columns" or "{each}"')
    if names:
        return tuple(IndexPart(column=name) for name in names)
    return tuple(
        _part(f"{title} at position {position}", part, table, grammar) for position, part in enumerate(found)
    )


def _part(where: str, part: Block, table: Named, grammar: Grammar) -> IndexPart:
    column, expr = keys.column(part, "column", table), reading.expression(part, "expr")
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
        statistics=reading.optional_integer(part, "statistics"),
    )


def _operators(part: Block, grammar: Grammar) -> str:
    """An operator class: a known name bare, any other as a string, with parameters as `sql("…")`."""
    value = part.get("ops", grammar.operators)
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, RawSQL):
        return value.text
    raise reading.unexpected(part, "ops", value, 'operator class, string or sql("…")')


def method(block: Block, grammar: Grammar, usual: str) -> str:
    """The access method, in upper case."""
    value = block.get("type", grammar.methods)
    if value is None:
        return usual
    if not isinstance(value, str):
        raise reading.unexpected(block, "type", value, "index method")
    return value.upper()


def include(block: Block, table: Named) -> tuple[str, ...]:
    """The columns that are no keys of the index."""
    names = keys.columns(block, "include", table)
    if not names and block.get("include") is not None:
        raise block.error(f'empty "include" of index "{block.name}"', attribute="include")
    return names


def encode(index: Index, writing: Writing) -> write.Block:
    """The block of an index or unique constraint."""
    plain = all(part == IndexPart(column=part.column) for part in index.parts)
    on = [] if plain else [encode_part(part, writing.grammar) for part in index.parts]
    usual = "GIST" if index.without_overlaps else "BTREE"
    return write.block(
        "unique" if index.constraint else "index",
        (index.name,) if index.name else (),
        {
            "unique": (index.unique and not index.constraint) or None,
            "columns": columns(part.column for part in index.parts) if plain else None,
            "comment": index.comment or None,
            "index_comment": index.index_comment or None,
            "type": known(index.method, writing.grammar.methods) if index.method != usual else None,
            "where": index.where or None,
            "nulls_distinct": None if index.nulls_distinct else False,
            "include": columns(index.include),
            "without_overlaps": index.without_overlaps or None,
            "page_per_range": pages(index.storage),
            "deferrable": word(index.deferrable) if index.deferrable else None,
            "tablespace": index.tablespace or None,
            "clustered": index.clustered or None,
            "partition_of": keys.written_partition_of(index.partition_of),
            "valid": None if index.valid else False,
        },
        [*on, *storage.encode(without_pages(index.storage))],
    )


def encode_part(part: IndexPart, grammar: Grammar, operator: str = "") -> write.Block:
    """The block of one key; those of exclusion constraints have an operator."""
    ops: write.Written = RawSQL(part.ops) if "(" in part.ops else known(part.ops, grammar.operators)
    return write.block(
        "on",
        (),
        {
            "desc": part.desc or None,
            "column": Reference(("column", part.column)) if part.column else None,
            "expr": part.expr or None,
            "ops": ops if part.ops else None,
            "op": operator or None,
            "nulls_last": True if part.nulls_first is False else None,
            "nulls_first": True if part.nulls_first else None,
            "collate": part.collation or None,
            "statistics": part.statistics,
        },
    )


def known(name: str, names: Names) -> write.Written:
    """Bare where the name is in scope, else as a string."""
    return write.Bare(name) if name in names.variables else name


def pages(parameters: Mapping[str, str]) -> int | None:
    """`page_per_range` of a BRIN index, which stands outside of the block of the other parameters."""
    text = parameters.get("pages_per_range")
    return int(text) if text else None


def without_pages(parameters: Mapping[str, str]) -> dict[str, str]:
    """The other parameters."""
    return {name: text for name, text in parameters.items() if name != "pages_per_range"}
