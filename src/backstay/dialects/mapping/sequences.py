"""`sequence "order_number" { … }`, and the same options where an identity column has them."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.scope import Named, Scope
from backstay.hcl.document import Block
from backstay.schema.model import ColumnRef, Sequence, SequenceOptions


def decode(item: Named, scope: Scope) -> Sequence:
    """A sequence."""
    block = item.block
    type_ = scope.column_type(block, item.schema)[0] if block.has("type") else "bigint"
    return Sequence(
        name=item.name,
        type=type_,
        options=decode_options(block),
        owner=_owner(item, scope),
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
    references = reading.references(item.block, "owner")
    if not references:
        return None
    if len(references) > 1:
        raise item.block.error(f"expected 1 column ref, got {len(references)}", attribute="owner")
    table, column = scope.table(item.block, "owner", references[0])
    if table.schema != item.schema:
        raise item.block.error(
            f'sequence "{item.name}" and its owner are not in one schema', attribute="owner"
        )
    return ColumnRef(table=table.name, column=column)
