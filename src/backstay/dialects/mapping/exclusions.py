"""`exclude "no_overlap" { type = GIST  on { column = column.at  op = "&&" } }`."""

from __future__ import annotations

from backstay.dialects.mapping import indexes, keys, reading, storage
from backstay.dialects.mapping.grammar import Grammar
from backstay.dialects.mapping.scope import Named
from backstay.dialects.mapping.writing import Writing, columns, word
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.schema.model import Exclusion


def decode(block: Block, table: Named, grammar: Grammar) -> Exclusion:
    """An exclusion constraint; each of its keys goes with an operator."""
    if block.has("columns"):
        raise block.error(f'exclude "{block.name}" needs "on" blocks with operators', attribute="columns")
    return Exclusion(
        name=block.name,
        parts=indexes.parts(block, table, grammar),
        operators=tuple(_operator(block, part) for part in block.blocks("on")),
        method=indexes.method(block, grammar, "GIST"),
        where=reading.expression(block, "where"),
        include=indexes.include(block, table),
        deferrable=keys.deferrable(block),
        storage=storage.decode_index(block),
        tablespace=reading.text(block, "tablespace"),
        clustered=reading.flag(block, "clustered"),
        partition_of=keys.partition_of(block),
        comment=reading.text(block, "comment"),
        index_comment=reading.text(block, "index_comment"),
    )


def _operator(block: Block, part: Block) -> str:
    operator = reading.expression(part, "op")
    if not operator:
        raise part.error(f'missing attribute "op" of on of exclude "{block.name}"')
    return operator


def encode(constraint: Exclusion, writing: Writing) -> write.Block:
    """The block of an exclusion constraint."""
    pairs = zip(constraint.parts, constraint.operators, strict=True)
    on = [indexes.encode_part(part, writing.grammar, operator) for part, operator in pairs]
    method = constraint.method
    return write.block(
        "exclude",
        (constraint.name,) if constraint.name else (),
        {
            "type": indexes.known(method, writing.grammar.methods) if method != "GIST" else None,
            "where": constraint.where or None,
            "include": columns(constraint.include),
            "page_per_range": indexes.pages(constraint.storage),
            "deferrable": word(constraint.deferrable) if constraint.deferrable else None,
            "tablespace": constraint.tablespace or None,
            "clustered": constraint.clustered or None,
            "partition_of": keys.written_partition_of(constraint.partition_of),
            "comment": constraint.comment or None,
            "index_comment": constraint.index_comment or None,
        },
        [*on, *storage.encode(indexes.without_pages(constraint.storage))],
    )
