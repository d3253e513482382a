"""`trigger "t" { on = table.t  before { update = true }  execute { function = function.f } }`."""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects.mapping import keys, reading
from backstay.dialects.mapping.grammar import Shape, bare, words
from backstay.dialects.mapping.names import type_name
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing, columns, word
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.schema.model import Trigger, TriggerCopy

TIMINGS = {"before": "BEFORE", "after": "AFTER", "instead_of": "INSTEAD OF"}
EVENTS = ("insert", "delete", "update", "truncate")
LEVELS = bare("ROW", "STATEMENT")
ENABLED = bare("ORIGIN", "DISABLED", "REPLICA", "ALWAYS")


def decode(item: Named, scope: Scope) -> Trigger:
    """A trigger on the table or view that `on` refers to."""
    block = item.block
    timing = _one(block, *TIMINGS)
    execute = _one(block, "execute")
    referencing = block.blocks("referencing")
    relation = scope.relation(block, "on")
    level = "foreach" if block.has("foreach") else "for"
    return Trigger(
        name=item.name,
        table=item.table,
        timing=TIMINGS[timing.type],  # type: ignore[arg-type]
        events=_events(timing),  # type: ignore[arg-type]
        update_of=keys.columns(timing, "update_of", relation),
        level=reading.word(block, level, LEVELS, "STATEMENT"),  # type: ignore[arg-type]
        when=reading.expression(block, "when"),
        function=scope.function(execute, "function", item.schema),
        arguments=reading.strings(execute, "args"),
        constraint=reading.flag(block, "constraint") or block.has("from") or block.has("deferrable"),
        deferrable=keys.deferrable(block),
        from_table=_relation(block, "from", item.schema, scope) if block.has("from") else "",
        old_table=reading.text(referencing[0], "old_table") if referencing else "",
        new_table=reading.text(referencing[0], "new_table") if referencing else "",
        enabled=reading.word(block, "enabled", ENABLED, "ORIGIN"),  # type: ignore[arg-type]
        copies=tuple(_copy(copy, item.schema, scope) for copy in block.blocks("on_partition")),
        depends_on_extensions=tuple(sorted(reading.strings(block, "depends_on_extensions"))),
        comment=reading.text(block, "comment"),
    )


def _one(block: Block, *types: str) -> Block:
    found = [child for type_ in types for child in block.blocks(type_)]
    if len(found) != 1:
        raise block.error(f"{block.title} needs one block {' or '.join(types)}, and has {len(found)}")
    return found[0]


def _events(timing: Block) -> tuple[str, ...]:
    """The events that are switched on; `update_of` means an update, too."""
    found = tuple(
        event.upper()
        for event in EVENTS
        if reading.flag(timing, event) or (event == "update" and timing.has("update_of"))
    )
    if not found:
        raise timing.error(f"no event in {timing.title}", hint="write insert = true, update = true, …")
    return found


def _copy(block: Block, schema: str, scope: Scope) -> TriggerCopy:
    return TriggerCopy(
        table=_relation(block, "table", schema, scope),
        enabled=reading.word(block, "enabled", ENABLED, "ORIGIN"),  # type: ignore[arg-type]
    )


def _relation(block: Block, attribute: str, schema: str, scope: Scope) -> str:
    """A table as SQL names it: by a reference, or a string where it is not in the document."""
    if isinstance(block.get(attribute), str):
        return reading.text(block, attribute)
    relation = scope.relation(block, attribute)
    return scope.qualified(relation.schema, relation.name, schema)


def encode(trigger: Trigger, schema: str, writing: Writing) -> write.Block:
    """The block of a trigger."""
    own_deferrable = trigger.deferrable or trigger.from_table
    return write.block(
        "trigger",
        (trigger.name,),
        {
            "on": writing.relation(schema, trigger.table),
            "constraint": True if trigger.constraint and not own_deferrable else None,
            "from": _written_relation(trigger.from_table, schema, writing),
            "deferrable": word(trigger.deferrable) if trigger.deferrable else None,
            "foreach": write.Bare(trigger.level),
            "when": trigger.when or None,
            "enabled": _enabled(trigger.enabled),
            "depends_on_extensions": trigger.depends_on_extensions or None,
        },
        _blocks(trigger, schema, writing),
        {"comment": trigger.comment or None},
    )


def _blocks(trigger: Trigger, schema: str, writing: Writing) -> Iterator[write.Block]:
    timing = next(type_ for type_, timing in TIMINGS.items() if timing == trigger.timing)
    events = {event: True for event in EVENTS if event.upper() in trigger.events}
    if trigger.update_of:
        del events["update"]
        writing.referred[schema, trigger.table].update(trigger.update_of)
    yield write.block(timing, (), {**events, "update_of": columns(trigger.update_of)})
    if trigger.old_table or trigger.new_table:
        tables = {"old_table": trigger.old_table or None, "new_table": trigger.new_table or None}
        yield write.block("referencing", (), tables)
    function = writing.function(trigger.function, schema)
    yield write.block("execute", (), {"function": function, "args": trigger.arguments or None})
    for copy in trigger.copies:
        table = _written_relation(copy.table, schema, writing)
        yield write.block("on_partition", (), {"table": table, "enabled": write.Bare(copy.enabled)})


def _written_relation(text: str, schema: str, writing: Writing) -> write.Written:
    named = type_name(text) if text else None
    if named is None or (named.schema or schema, named.name) not in writing.labels.objects["table"]:
        return text or None
    return writing.relation(named.schema or schema, named.name)


def _enabled(enabled: str) -> write.Written:
    return write.Bare(enabled) if enabled != "ORIGIN" else None


TIMING = Shape(words("insert update update_of delete truncate"))
TRIGGER = ObjectBlock(
    kind="trigger",
    shape=Shape(
        words(
            "name on constraint from deferrable foreach for when enabled depends_on_extensions comment "
            "depends_on for_each"
        ),
        words("before after instead_of referencing execute on_partition"),
        named=True,
    ),
    shapes={
        **dict.fromkeys(TIMINGS, TIMING),
        "referencing": Shape(words("old_table new_table")),
        "execute": Shape(words("function args")),
        "on_partition": Shape(words("table enabled")),
    },
    decode=decode,
    encode=encode,
    repeated=True,
)
