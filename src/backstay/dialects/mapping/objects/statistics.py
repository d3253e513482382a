"""`statistics "s" { schema = schema.public  on = table.t  columns = [table.t.column.a, …] }`."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, bare, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.hcl.values import Reference
from backstay.schema.model import Statistics, TableRef

KINDS = bare("NDISTINCT", "DEPENDENCIES", "MCV")


def decode(item: Named, scope: Scope) -> Statistics:
    """Statistics of the table that `on` refers to."""
    block = item.block
    table = scope.relation(block, "on")
    found = Statistics(
        name=item.name,
        of=TableRef(name=table.name, schema="" if table.schema == item.schema else table.schema),
        columns=tuple(sorted(table.columns.get(label, label) for label in scope.names(block, "columns"))),
        exprs=reading.strings(block, "exprs"),
        kinds=tuple(sorted(scope.names(block, "types", KINDS))),  # type: ignore[arg-type]
        target=reading.optional_integer(block, "target"),
        comment=reading.text(block, "comment"),
    )
    if not found.columns and not found.exprs:
        raise block.error(f'"columns" or "exprs" are required for statistics "{item.name}"')
    return found


def encode(statistics: Statistics, schema: str, writing: Writing) -> write.Block:
    """The block of extended statistics."""
    of = statistics.of.schema or schema, statistics.of.name
    table = writing.relation(*of)
    writing.referred[of].update(statistics.columns)
    columns = tuple(Reference((*table.path, "column", name)) for name in statistics.columns)
    return write.block(
        "statistics",
        writing.labels.objects["statistics"][schema, statistics.name],
        {
            "schema": Reference(("schema", schema)),
            "on": table,
            "columns": columns or None,
            "exprs": statistics.exprs or None,
            "types": write.Bare(f"[{', '.join(statistics.kinds)}]") if statistics.kinds else None,
            "target": statistics.target,
            "comment": statistics.comment or None,
        },
    )


STATISTICS = ObjectBlock(
    kind="statistics",
    shape=Shape(words("name schema on columns exprs types target comment for_each depends_on"), named=True),
    decode=decode,
    encode=encode,
)
