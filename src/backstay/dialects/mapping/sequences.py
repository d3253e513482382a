"""`sequence "order_number" { … }`, and the same options where an identity column has them."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.access import owner
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.hcl.values import Reference
from backstay.schema.model import ColumnRef, Schema, Sequence, SequenceOptions


def decode(item: Named, scope: Scope) -> Sequence:
    """A sequence."""
    block = item.block
    type_ = scope.column_type(block, item.schema)[0] if block.has("type") else "bigint"
    return Sequence(
        name=item.name,
        type=type_,
        options=decode_options(block),
        owner=_owner(item, scope),
        unlogged=reading.flag(block, "unlogged"),
        comment=reading.text(block, "comment"),
    )


def decode_options(block: Block) -> SequenceOptions:
    """The options of a sequence or identity column."""
    return SequenceOptions(
        start=reading.optional_integer(block, "start"),
        increment=reading.integer(block, "increment", 1),
        min_value=reading.optional_integer(block, "min_value"),
        max_value=reading.optional_integer(block, "max_value"),
        cache=reading.integer(block, "cache", 1),
        cycle=reading.flag(block, "cycle"),
    )


def _owner(item: Named, scope: Scope) -> ColumnRef | None:
    if owner(item.block, scope):
        return None
    references = reading.references(item.block, "owner")
    if not references:
        return None
    if len(references) > 1:
        raise item.block.error(f"expected 1 column ref, got {len(references)}", attribute="owner")
    table, column = scope.column(item.block, "owner", references[0])
    if table.schema != item.schema:
        raise item.block.error(
            f'sequence "{item.name}" and its owner are not in one schema', attribute="owner"
        )
    return ColumnRef(table=table.name, column=column)


def encode(sequence: Sequence, schema: Schema, writing: Writing) -> write.Block:
    """The block of a sequence."""
    owner = sequence.owner
    return write.block(
        "sequence",
        writing.labels.sequences[schema.name, sequence.name],
        {
            "schema": Reference(("schema", schema.name)),
            "type": writing.type(sequence.type, schema.name)[0] if sequence.type != "bigint" else None,
            **encode_options(sequence.options),
            "owner": writing.column(schema.name, owner.table, owner.column) if owner else None,
            "unlogged": sequence.unlogged or None,
            "comment": sequence.comment or None,
        },
    )


def encode_options(options: SequenceOptions) -> dict[str, write.Written]:
    """The options that are not the default ones."""
    return {
        "start": options.start,
        "increment": options.increment if options.increment != 1 else None,
        "min_value": options.min_value,
        "max_value": options.max_value,
        "cache": options.cache if options.cache != 1 else None,
        "cycle": options.cycle or None,
    }
