"""What keys have in common: lists of columns, and when a constraint is checked."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import DEFERRABLE
from backstay.dialects.mapping.scope import Named, Scope
from backstay.hcl.document import Block
from backstay.schema.model import Deferrable


def columns(block: Block, attribute: str, table: Named, scope: Scope) -> tuple[str, ...]:
    """The names behind `[column.a, table.t.column.b]`, all of them of this table."""
    names = []
    for reference in reading.references(block, attribute):
        if len(reference.path) < 2 or reference.path[-2] != "column":
            raise reading.unexpected(block, attribute, reference, "references to columns")
        scope.check_column(block, attribute, table, reference.path[-1])
        names.append(reference.path[-1])
    return tuple(names)


def column(block: Block, attribute: str, table: Named, scope: Scope) -> str:
    """The name behind `column.a`; empty where there is none."""
    names = columns(block, attribute, table, scope)
    if len(names) > 1:
        raise block.error(f"expected 1 column ref, got {len(names)}", attribute=attribute)
    return names[0] if names else ""


def deferrable(block: Block) -> Deferrable:
    """`INITIALLY_IMMEDIATE`, `INITIALLY_DEFERRED`, or not deferrable at all."""
    words = reading.word(block, "deferrable", DEFERRABLE)
    if words == "INITIALLY DEFERRED":
        return "INITIALLY DEFERRED"
    return "INITIALLY IMMEDIATE" if words else ""
