"""`column "id" { … }`: type, default, generated expression, identity."""

from __future__ import annotations

from decimal import Decimal

from backstay.dialects.mapping import literals, reading, sequences
from backstay.dialects.mapping.grammar import GENERATED, bare
from backstay.dialects.mapping.scope import Named, Scope
from backstay.hcl.document import Block
from backstay.hcl.values import RawSQL
from backstay.schema.model import Column, Generated, Identity


def decode(block: Block, table: Named, scope: Scope) -> Column:
    """A column."""
    type_, kind = scope.column_type(block, table.schema)
    name = block.name
    return Column(
        name=name,
        type=type_,
        null=reading.flag(block, "null"),
        default=_default(block, kind),
        generated=_generated(block, scope.grammar.stored),
        identity=_identity(block),
        collation=reading.text(block, "collate"),
        autoincrement=reading.flag(block, "auto_increment"),
        comment=reading.text(block, "comment"),
    )


def _default(block: Block, kind: str) -> str | None:
    """`default = …`, or the block `default "name" { as = … }`, whose name no dialect here keeps."""
    named = block.blocks("default")
    if named and block.has("default"):
        raise block.error("both default and default resource are set", attribute="default")
    holder, attribute = (named[0], "as") if named else (block, "default")
    value = holder.get(attribute)
    if value is None:
        return None
    if isinstance(value, RawSQL):
        return value.text
    if not isinstance(value, str | int | Decimal):
        raise reading.unexpected(holder, attribute, value, 'bool, number, string or sql("…")')
    return literals.to_sql(value, kind)


def _generated(block: Block, stored: tuple[str, ...]) -> Generated | None:
    """`as = "…"`, or the block `as { expr, type }`; `stored` are the types, the usual one first."""
    blocks = block.blocks("as")
    if len(blocks) + block.has("as") > 1:
        raise block.error(f'multiple as definitions for column "{block.name}"')
    if not blocks:
        expr = reading.expression(block, "as")
        return Generated(expr=expr, stored=stored[0] == "STORED") if expr else None
    expr = reading.expression(blocks[0], "expr")
    if not expr:
        raise blocks[0].error(f'missing attribute "expr" of as of column "{block.name}"')
    kind = reading.word(blocks[0], "type", bare(*stored), stored[0])
    return Generated(expr=expr, stored=kind == "STORED")


def _identity(block: Block) -> Identity | None:
    blocks = block.blocks("identity")
    if not blocks:
        return None
    generated = reading.word(blocks[0], "generated", GENERATED, "BY DEFAULT")
    return Identity(
        generated="ALWAYS" if generated == "ALWAYS" else "BY DEFAULT",
        options=sequences.decode_options(blocks[0]),
    )
