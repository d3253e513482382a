"""`rule "keep" { on = table.t  event = DELETE  as = "DO INSTEAD NOTHING" }`."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, bare, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing, text
from backstay.hcl import write
from backstay.schema.model import Rule

EVENTS = bare("INSERT", "UPDATE", "DELETE")
ENABLED = bare("ORIGIN", "DISABLED", "REPLICA", "ALWAYS")


def decode(item: Named, scope: Scope) -> Rule:
    """A rule on the table or view that `on` refers to; `as` is what follows that in CREATE RULE."""
    block = item.block
    for attribute in ("event", "as"):
        if not block.has(attribute):
            raise block.error(f'missing attribute "{attribute}" of rule "{item.name}"')
    return Rule(
        name=item.name,
        table=item.table,
        event=reading.word(block, "event", EVENTS),  # type: ignore[arg-type]
        definition=reading.expression(block, "as").strip().removesuffix(";"),
        enabled=reading.word(block, "enabled", ENABLED, "ORIGIN"),  # type: ignore[arg-type]
        comment=reading.text(block, "comment"),
    )


def encode(rule: Rule, schema: str, writing: Writing) -> write.Block:
    """The block of a rule."""
    return write.block(
        "rule",
        (rule.name,),
        {
            "on": writing.relation(schema, rule.table),
            "event": write.Bare(rule.event),
            "enabled": write.Bare(rule.enabled) if rule.enabled != "ORIGIN" else None,
            "as": text(rule.definition),
            "comment": rule.comment or None,
        },
    )


RULE = ObjectBlock(
    kind="rule",
    shape=Shape(words("name on event enabled as comment for_each depends_on"), named=True),
    decode=decode,
    encode=encode,
    repeated=True,
)
