"""`event_trigger "e" { on = ddl_command_end  tags = ["CREATE TABLE"]  execute = function.f }`."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, bare, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.objects.triggers import ENABLED
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.schema.model import EventTrigger

EVENTS = bare("ddl_command_start", "ddl_command_end", "table_rewrite", "sql_drop", "login")


def decode(item: Named, scope: Scope) -> EventTrigger:
    """An event trigger."""
    block = item.block
    event = block.get("on", EVENTS)
    if not isinstance(event, str):
        raise block.error(
            f'attribute "on" of {block.title} must be an event',
            attribute="on",
            hint=f"one of {', '.join(EVENTS.variables)}",
        )
    return EventTrigger(
        name=item.name,
        event=event,
        function=scope.function(block, "execute", ""),
        tags=reading.strings(block, "tags"),
        enabled=reading.word(block, "enabled", ENABLED, "ORIGIN"),  # type: ignore[arg-type]
        comment=reading.text(block, "comment"),
    )


def encode(trigger: EventTrigger, schema: str, writing: Writing) -> write.Block:
    """The block of an event trigger."""
    return write.block(
        "event_trigger",
        (trigger.name,),
        {
            "on": write.Bare(trigger.event) if trigger.event in EVENTS.variables else trigger.event,
            "tags": trigger.tags or None,
            "execute": writing.function(trigger.function, ""),
            "enabled": write.Bare(trigger.enabled) if trigger.enabled != "ORIGIN" else None,
            "comment": trigger.comment or None,
        },
    )


EVENT_TRIGGER = ObjectBlock(
    kind="event_trigger",
    shape=Shape(words("name on tags execute enabled comment depends_on for_each"), named=True),
    decode=decode,
    encode=encode,
)
