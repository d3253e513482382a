"""What kind of table it is: partitioned, a partition, inheriting, typed, foreign; and how it is kept.

table "events" { partition { type = RANGE  columns = [column.at] } }
table "events_2026" { partition_of { parent = table.events  values = "FOR VALUES FROM …" } }
table "child" { inherits = [table.parent] }
table "typed" { type = composite.address }
foreign_table "orders" { server = server.shop  options = { table_name = "orders" } }
"""

from __future__ import annotations

from typing import Any, Literal, cast

from msgspec.structs import replace

from backstay.dialects.mapping import indexes, reading
from backstay.dialects.mapping.grammar import bare
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing, columns, texts_by_name
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.schema.model import (
    ForeignSource,
    IndexPart,
    Partitioning,
    PartitionOf,
    RowSecurity,
    Table,
    TableRef,
)

METHODS = bare("RANGE", "LIST", "HASH")
WORDS = ("access_method", "tablespace", "replica_identity")
"""Attributes that are a word: `replica_identity` is FULL, NOTHING or `USING INDEX …`."""
REPLICA_IDENTITIES = bare("FULL", "NOTHING")


def decode(item: Named, scope: Scope) -> dict[str, Any]:
    """The fields of the table that tell its kind. Raises `HCLError`."""
    block = item.block
    partition, partition_of = (_single(block, name) for name in ("partition", "partition_of"))
    return {
        "partitioning": _partitioning(partition, item, scope) if partition else None,
        "partition_of": _partition_of(partition_of, item, scope) if partition_of else None,
        "inherits": tuple(_ref(parent, item) for parent in scope.relations(block, "inherits")),
        "of_type": scope.column_type(block, item.schema)[0] if block.has("type") else "",
        "foreign": _foreign(block, scope) if block.type == "foreign_table" else None,
        "row_security": _row_security(_single(block, "row_security")),
        "access_method": reading.text(block, "access_method"),
        "tablespace": reading.text(block, "tablespace"),
        "replica_identity": _replica_identity(block),
    }


def _single(block: Block, type_: str) -> Block | None:
    found = block.blocks(type_)
    if len(found) > 1:
        raise found[1].error(f'multiple {type_} blocks in table "{block.name}"')
    return found[0] if found else None


def _partitioning(block: Block, item: Named, scope: Scope) -> Partitioning:
    path = f"{item.name}.partition"
    if not block.has("type"):
        raise block.error(f"missing attribute {path}.type")
    if not block.has("columns") and not block.blocks("by"):
        raise block.error(f"missing columns or expressions for {path}")
    method = reading.word(block, "type", METHODS)
    parts = indexes.parts_of(block, path, "by", item, scope.grammar)
    return Partitioning(method=cast(Literal["RANGE", "LIST", "HASH"], method), parts=parts)


def _partition_of(block: Block, item: Named, scope: Scope) -> PartitionOf:
    bound = reading.expression(block, "values")
    if not bound:
        raise block.error(
            f'missing attribute "values" of partition_of in table "{item.name}"',
            hint='write values = "FOR VALUES …", or values = "DEFAULT"',
        )
    return PartitionOf(
        parent=_ref(scope.relation(block, "parent"), item),
        bound=bound,
        parent_names=reading.flag(block, "parent_names"),
    )


def _ref(table: Named, item: Named) -> TableRef:
    return TableRef(name=table.name, schema="" if table.schema == item.schema else table.schema)


def _foreign(block: Block, scope: Scope) -> ForeignSource:
    server = scope.named(block, "server")
    if not server:
        raise block.error(f'missing attribute "server" of foreign_table "{block.name}"')
    return ForeignSource(server=server, options=reading.texts_by_name(block, "options"))


def _row_security(block: Block | None) -> RowSecurity:
    if block is None:
        return RowSecurity()
    return RowSecurity(enabled=reading.flag(block, "enabled"), forced=reading.flag(block, "enforced"))


def _replica_identity(block: Block) -> str:
    value = block.get("replica_identity", REPLICA_IDENTITIES)
    if value is not None and not isinstance(value, str):
        raise reading.unexpected(block, "replica_identity", value, "FULL, NOTHING or string")
    return value or ""


def encode(table: Table, schema: str, writing: Writing) -> dict[str, write.Written]:
    """The attributes that tell the kind of the table."""
    identity = table.replica_identity
    foreign = table.foreign
    return {
        "inherits": tuple(writing.table(p.schema or schema, p.name) for p in table.inherits) or None,
        "type": writing.type(table.of_type, schema)[0] if table.of_type else None,
        "server": writing.named(foreign.server, "server") if foreign else None,
        "options": texts_by_name(foreign.options) if foreign else None,
        "access_method": table.access_method or None,
        "tablespace": table.tablespace or None,
        "replica_identity": write.Bare(identity)
        if identity in REPLICA_IDENTITIES.variables
        else identity or None,
    }


def encode_blocks(table: Table, schema: str, writing: Writing) -> list[write.Block]:
    """The blocks that tell the kind of the table."""
    blocks = []
    if table.partitioning is not None:
        blocks.append(_encode_partitioning(table.partitioning, writing))
    if table.partition_of is not None:
        parent = table.partition_of.parent
        values: dict[str, write.Written] = {
            "parent": writing.table(parent.schema or schema, parent.name),
            "values": table.partition_of.bound,
            "parent_names": table.partition_of.parent_names or None,
        }
        blocks.append(write.block("partition_of", (), values))
    if table.row_security != RowSecurity():
        switches: dict[str, write.Written] = {
            "enabled": table.row_security.enabled or None,
            "enforced": table.row_security.forced or None,
        }
        blocks.append(write.block("row_security", (), switches))
    return blocks


def _encode_partitioning(key: Partitioning, writing: Writing) -> write.Block:
    plain = all(part == IndexPart(column=part.column) for part in key.parts)
    return write.block(
        "partition",
        (),
        {
            "type": write.Bare(key.method),
            "columns": columns(part.column for part in key.parts) if plain else None,
        },
        () if plain else (_by(part, writing) for part in key.parts),
    )


def _by(part: IndexPart, writing: Writing) -> write.Block:
    return replace(indexes.encode_part(part, writing.grammar), type="by")
