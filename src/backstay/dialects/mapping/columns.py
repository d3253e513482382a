"""`column "id" { … }`: type, default, generated expression, identity."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from backstay.dialects.mapping import literals, reading, sequences, storage
from backstay.dialects.mapping.grammar import GENERATED, Grammar, bare
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing, texts_by_name, word
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.hcl.values import RawSQL
from backstay.schema.model import Column, Generated, Identity, NotNull


def decode(block: Block, table: Named, scope: Scope) -> Column:
    """A column; one without a type is inherited from a parent of the table."""
    inherited = not block.has("type") and table.has_parents
    type_, kind = ("", "") if inherited else scope.column_type(block, table.schema)
    children = block.blocks()
    return Column(
        name=block.name,
        type=type_,
        null=reading.flag(block, "null", default=inherited),
        not_null=decode_not_null(block, _typed(children, "not_null")),
        default=_default(block, _typed(children, "default"), kind),
        generated=_generated(block, _typed(children, "as"), scope.grammar.stored),
        identity=_identity(_typed(children, "identity")),
        collation=scope.collation(block, table.schema),
        autoincrement=reading.flag(block, "auto_increment"),
        storage=reading.text(block, "storage"),
        compression=reading.text(block, "compression"),
        statistics=reading.optional_integer(block, "statistics"),
        options=storage.parameters(_typed(children, "options")),
        foreign_options=reading.texts_by_name(block, "foreign_options"),
        inherited=inherited,
        comment=reading.text(block, "comment"),
    )


def unchanged(name: str) -> Column:
    """An inherited column to which the table adds nothing."""
    return Column(name=name, type="", null=True, inherited=True)


def decode_not_null(block: Block, blocks: Sequence[Block]) -> NotNull:
    """`not_null_name = "…"`, or the block `not_null "…" { … }` where there is more to say."""
    name = reading.text(block, "not_null_name")
    if (name or blocks) and reading.flag(block, "null"):
        raise block.error("only a column that is not null has a not_null_name", attribute="not_null_name")
    if not blocks:
        return NotNull(name=name)
    if name or len(blocks) > 1:
        raise blocks[-1].error(f'multiple not-null constraints for column "{block.name}"')
    return NotNull(
        name=blocks[0].name,
        no_inherit=reading.flag(blocks[0], "no_inherit"),
        validated=not reading.flag(blocks[0], "not_valid"),
        comment=reading.text(blocks[0], "comment"),
    )


def _typed(blocks: Sequence[Block], type_: str) -> Sequence[Block]:
    return [block for block in blocks if block.type == type_] if blocks else blocks


def _default(block: Block, named: Sequence[Block], kind: str) -> str | None:
    """`default = …`, or the block `default "name" { as = … }`, whose name no dialect here keeps."""
    if len(named) + block.has("default") > 1:
        raise block.error("both default and default resource are set", attribute="default")
    return decode_value(named[0], "as", kind) if named else decode_value(block, "default", kind)


def decode_value(holder: Block, attribute: str, kind: str) -> str | None:
    """The SQL of a default for a type of this kind: a literal, or `sql("…")`; `None` where there is none."""
    value = holder.get(attribute)
    if value is None:
        return None
    if isinstance(value, RawSQL):
        return value.text
    if not isinstance(value, str | int | Decimal):
        raise reading.unexpected(holder, attribute, value, 'bool, number, string or sql("…")')
    return literals.to_sql(value, kind)


def _generated(block: Block, blocks: Sequence[Block], stored: tuple[str, ...]) -> Generated | None:
    """`as = "…"`, or the block `as { expr, type }`; `stored` are the types, the usual one first."""
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


def _identity(blocks: Sequence[Block]) -> Identity | None:
    if not blocks:
        return None
    if len(blocks) > 1:
        raise blocks[1].error("a column has one identity at most")
    generated = reading.word(blocks[0], "generated", GENERATED, "BY DEFAULT")
    return Identity(
        generated="ALWAYS" if generated == "ALWAYS" else "BY DEFAULT",
        options=sequences.decode_options(blocks[0]),
        sequence_name=reading.text(blocks[0], "sequence_name"),
        unlogged=reading.optional_flag(blocks[0], "unlogged"),
        comment=reading.text(blocks[0], "comment"),
    )


def encode(column: Column, schema: str, writing: Writing) -> write.Block:
    """The block of a column of a table or view in this schema."""
    type_, kind = (None, "") if column.inherited else writing.type(column.type, schema)
    return write.block(
        "column",
        (column.name,),
        {
            "null": None if column.inherited and column.null else column.null,
            "not_null_name": (is_only_named(column.not_null) and column.not_null.name) or None,
            "type": type_,
            "default": _encode_default(column, kind, writing.grammar),
            "comment": column.comment or None,
            "collate": writing.collation(column.collation, schema),
            "auto_increment": column.autoincrement or None,
            "storage": column.storage or None,
            "compression": column.compression or None,
            "statistics": column.statistics,
            "foreign_options": texts_by_name(column.foreign_options),
        },
        [
            *storage.encode(column.options, "options"),
            *encode_not_null(column.not_null),
            *_encode_identity(column.identity),
            *_encode_generated(column.generated),
        ],
    )


def _encode_default(column: Column, kind: str, grammar: Grammar) -> write.Written:
    """The type of an inherited column is not known here, so nothing is known about its literals."""
    if column.inherited:
        return None if column.default is None else RawSQL(column.default)
    return encode_value(column.default, column.type, kind, grammar)


def encode_value(default: str | None, type_: str, kind: str, grammar: Grammar) -> write.Written:
    """A literal where reading it gives the same default again, else the expression as it is."""
    if default is None:
        return None
    value = literals.from_sql(grammar.literal(default, type_, kind), kind)
    return RawSQL(default) if isinstance(value, RawSQL) else value


def is_only_named(constraint: NotNull) -> bool:
    """Is there no more to say of it than its name?"""
    return constraint == NotNull(name=constraint.name)


def encode_not_null(constraint: NotNull) -> list[write.Block]:
    """The block of what the name does not tell."""
    if is_only_named(constraint):
        return []
    values: dict[str, write.Written] = {
        "no_inherit": constraint.no_inherit or None,
        "not_valid": not constraint.validated or None,
        "comment": constraint.comment or None,
    }
    return [write.block("not_null", (constraint.name,) if constraint.name else (), values)]


def _encode_identity(identity: Identity | None) -> list[write.Block]:
    if identity is None:
        return []
    values = {
        "generated": word(identity.generated),
        "sequence_name": identity.sequence_name or None,
        **sequences.encode_options(identity.options),
        "unlogged": identity.unlogged,
        "comment": identity.comment or None,
    }
    return [write.block("identity", (), values)]


def _encode_generated(generated: Generated | None) -> list[write.Block]:
    if generated is None:
        return []
    type_ = word("STORED" if generated.stored else "VIRTUAL")
    return [write.block("as", (), {"expr": generated.expr, "type": type_})]
