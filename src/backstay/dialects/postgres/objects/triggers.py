"""Triggers (CREATE TRIGGER), and when they fire (ALTER TABLE … ENABLE TRIGGER)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects.postgres.ddl import columns
from backstay.dialects.postgres.locks import EXCLUSIVE, SHARE_ROW
from backstay.dialects.postgres.names import parse_name, quote_name, quote_text
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.model import Enabled, Trigger, TriggerCopy

FIRES: dict[Enabled, str] = {
    "ORIGIN": "ENABLE",
    "DISABLED": "DISABLE",
    "REPLICA": "ENABLE REPLICA",
    "ALWAYS": "ENABLE ALWAYS",
}


def create(trigger: Trigger, place: Place) -> tuple[str | Act, ...]:
    """CREATE TRIGGER, and what makes it (or its copies on partitions) fire at other times than usual."""
    return f"CREATE {_definition(trigger, place)}", *_firing(_usual(trigger), trigger, place)


def alter(before: Trigger, after: Trigger, place: Place) -> tuple[Act, ...] | None:
    """CREATE OR REPLACE where the trigger itself is another one: it fires as usual then.

    That is not for constraint triggers; and one for each row has copies on partitions, which would stay.
    """
    if _usual(before) == _usual(after):
        return _firing(before, after, place)
    if before.constraint or after.constraint or before.level != after.level:
        return None
    back = (act.sql for act in _firing(_usual(before), before, place))
    replaced = Act(
        sql=f"CREATE OR REPLACE {_definition(after, place)}",
        reverse=(f"CREATE OR REPLACE {_definition(before, place)}", *back),
        lock=SHARE_ROW,
    )
    return replaced, *_firing(_usual(after), after, place)


def _usual(trigger: Trigger) -> Trigger:
    """The trigger as it is after it was made."""
    return replace(trigger, enabled="ORIGIN", copies=(), comment="")


def _firing(before: Trigger, after: Trigger, place: Place) -> tuple[Act, ...]:
    """ALTER TABLE, where a trigger or one of its copies fires at other times than before.

    What is said of a partitioned table holds for its partitions, too, until it is said of ONLY one of them.
    """
    if (before.enabled, before.copies) == (after.enabled, after.copies):
        return ()
    copies = tuple(_copy_fires(copy, after, place) for copy in after.copies)
    if before.enabled == after.enabled and not before.copies:
        return copies
    table = place.name(after.table)
    back = (_fires(f"ONLY {copy.table}", after.name, copy.enabled) for copy in before.copies)
    own = Act(
        sql=_fires(table, after.name, after.enabled),
        reverse=(_fires(table, after.name, before.enabled), *back),
        lock=SHARE_ROW,
    )
    return own, *copies


def _copy_fires(copy: TriggerCopy, after: Trigger, place: Place) -> Act:
    """When a copy fires; it is there as soon as its table is a partition."""
    table = parse_name(copy.table)
    return Act(
        sql=_fires(f"ONLY {copy.table}", after.name, copy.enabled),
        reverse=(_fires(f"ONLY {copy.table}", after.name, after.enabled),),
        lock=SHARE_ROW,
        needs=() if table is None else (("tied", table[0] or place.schema, table[1]),),
    )


def _fires(table: str, name: str, enabled: Enabled) -> str:
    return f"ALTER TABLE {table} {FIRES[enabled]} TRIGGER {quote_name(name)}"


def target(trigger: Trigger, place: Place) -> str:
    """The trigger and its table."""
    return f"{quote_name(trigger.name)} ON {place.name(trigger.table)}"


def _definition(trigger: Trigger, place: Place) -> str:
    """CREATE behind its first word (and behind OR REPLACE)."""
    return " ".join(_clauses(trigger, place))


def _clauses(trigger: Trigger, place: Place) -> Iterator[str]:
    yield "CONSTRAINT TRIGGER" if trigger.constraint else "TRIGGER"
    yield f"{quote_name(trigger.name)} {trigger.timing} {' OR '.join(_events(trigger))}"
    yield f"ON {place.name(trigger.table)}"
    if trigger.from_table:
        yield f"FROM {trigger.from_table}"
    if trigger.deferrable:
        yield f"DEFERRABLE {trigger.deferrable}"
    if trigger.old_table or trigger.new_table:
        yield "REFERENCING"
    if trigger.old_table:
        yield f"OLD TABLE AS {quote_name(trigger.old_table)}"
    if trigger.new_table:
        yield f"NEW TABLE AS {quote_name(trigger.new_table)}"
    yield f"FOR EACH {trigger.level}"
    if trigger.when:
        yield f"WHEN ({trigger.when})"
    yield f"EXECUTE FUNCTION {trigger.function}({', '.join(map(quote_text, trigger.arguments))})"


def _events(trigger: Trigger) -> Iterator[str]:
    for event in trigger.events:
        of = event == "UPDATE" and trigger.update_of
        yield f"UPDATE OF {columns(trigger.update_of)[1:-1]}" if of else event


TRIGGER = Planner(
    kind="trigger",
    keyword="TRIGGER",
    noun="trigger",
    create=create,
    alter=alter,
    target=target,
    lock=SHARE_ROW,
    drop_lock=EXCLUSIVE,
    danger="BS203",
)
