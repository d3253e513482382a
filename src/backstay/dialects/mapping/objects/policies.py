"""`policy "p" { on = table.t  for = SELECT  to = [PUBLIC]  using = "…" }`."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, bare, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.schema.model import Policy

COMMANDS = bare("ALL", "SELECT", "INSERT", "UPDATE", "DELETE")
KINDS = bare("PERMISSIVE", "RESTRICTIVE")
ROLES = bare("PUBLIC", "CURRENT_ROLE", "CURRENT_USER", "SESSION_USER")


def decode(item: Named, scope: Scope) -> Policy:
    """A policy of the table that `on` refers to."""
    block = item.block
    roles = scope.roles(block, "to", ROLES)
    return Policy(
        name=item.name,
        table=item.table,
        permissive=reading.word(block, "as", KINDS, "PERMISSIVE") == "PERMISSIVE",
        command=reading.word(block, "for", COMMANDS, "ALL"),  # type: ignore[arg-type]
        roles=() if "PUBLIC" in roles else roles,
        using=reading.expression(block, "using"),
        check=reading.expression(block, "check"),
        comment=reading.text(block, "comment"),
    )


def encode(policy: Policy, schema: str, writing: Writing) -> write.Block:
    """The block of a policy."""
    return write.block(
        "policy",
        (policy.name,),
        {
            "on": writing.relation(schema, policy.table),
            "as": None if policy.permissive else write.Bare("RESTRICTIVE"),
            "for": write.Bare(policy.command) if policy.command != "ALL" else None,
            "to": writing.roles(policy.roles),
            "using": policy.using or None,
            "check": policy.check or None,
            "comment": policy.comment or None,
        },
    )


POLICY = ObjectBlock(
    kind="policy",
    shape=Shape(words("on for to as using check comment for_each depends_on"), named=True),
    decode=decode,
    encode=encode,
    repeated=True,
)
