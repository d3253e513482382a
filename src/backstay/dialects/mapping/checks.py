"""`check "positive" { expr = "price > 0" }`; the label may be missing."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.schema.model import Check


def decode(block: Block) -> Check:
    """A check constraint."""
    expr = reading.expression(block, "expr")
    if not expr:
        raise block.error(f'missing attribute "expr" of check "{block.name}"')
    return Check(
        name=block.name,
        expr=expr,
        no_inherit=reading.flag(block, "no_inherit"),
        validated=not reading.flag(block, "not_valid"),
        enforced=reading.flag(block, "enforced", default=True),
        comment=reading.text(block, "comment"),
    )


def encode(check: Check) -> write.Block:
    """The block of a check constraint."""
    return write.block(
        "check",
        (check.name,) if check.name else (),
        {
            "expr": check.expr,
            "no_inherit": check.no_inherit or None,
            "not_valid": not check.validated or None,
            "enforced": None if check.enforced else False,
            "comment": check.comment or None,
        },
    )
