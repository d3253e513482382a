"""What keys have in common: lists of columns, and when a constraint is checked."""

from __future__ import annotations

import re

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import DEFERRABLE
from backstay.dialects.mapping.names import quote_identifier, type_name
from backstay.dialects.mapping.scope import Named
from backstay.hcl.document import Block, Names
from backstay.hcl.syntax import Traversal, Tuple, Variable
from backstay.schema.model import Deferrable, TableRef

PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def columns(block: Block, attribute: str, table: Named) -> tuple[str, ...]:
    """The names behind `[column.a, table.t.column.b]`, all of them of this table."""
    plain = _plain(block, attribute, table)
    if plain is not None:
        return plain
    own = (*table.block.address, "column")
    known = table.block.kind("column")
    scope = Names(variables={"column": known} if known else {})
    names = []
    for reference in reading.references(block, attribute, scope):
        *path, name = reference.path
        if tuple(path) != own:
            raise block.error(f'column "{name}" was not found in table {table.name}', attribute=attribute)
        names.append(name)
    return tuple(names)


def _plain(block: Block, attribute: str, table: Named) -> tuple[str, ...] | None:
    """The names in `[column.a, column.b]`: nearly every list is written so, and needs no evaluation."""
    written = block.node.body.attributes.get(attribute)
    if written is None:
        return ()
    value = written.value
    names = []
    for item in value.items if isinstance(value, Tuple) else (value,):
        if not isinstance(item, Traversal) or len(item.steps) != 1:
            return None
        root, step = item.root, item.steps[0]
        if not isinstance(root, Variable) or root.name != "column" or not isinstance(step, str):
            return None
        if step not in table.columns:
            return None
        names.append(table.columns[step])
    return tuple(names)


def column(block: Block, attribute: str, table: Named) -> str:
    """The name behind `column.a`; empty where there is none."""
    names = columns(block, attribute, table)
    if len(names) > 1:
        raise block.error(f"expected 1 column ref, got {len(names)}", attribute=attribute)
    return names[0] if names else ""


def partition_of(block: Block) -> TableRef | None:
    """The index of the partitioned table that this one is attached to: its name, as SQL has it."""
    text = reading.text(block, "partition_of")
    if not text:
        return None
    name = type_name(text)
    if name is None or name.array:
        raise block.error(f'"{text}" is not the name of an index', attribute="partition_of")
    return TableRef(name=name.name, schema=name.schema)


def written_partition_of(index: TableRef | None) -> str | None:
    """The text that `partition_of` reads."""
    if index is None:
        return None
    names = (name for name in (index.schema, index.name) if name)
    return ".".join(name if PLAIN.fullmatch(name) else quote_identifier(name) for name in names)


def deferrable(block: Block) -> Deferrable:
    """`INITIALLY_IMMEDIATE`, `INITIALLY_DEFERRED`, or not deferrable at all."""
    words = reading.word(block, "deferrable", DEFERRABLE)
    if words == "INITIALLY DEFERRED":
        return "INITIALLY DEFERRED"
    return "INITIALLY IMMEDIATE" if words else ""
