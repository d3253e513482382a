"""Triggers (CREATE TRIGGER), and when they fire (ALTER TABLE … ENABLE TRIGGER)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects.postgres.ddl import columns
from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.model import Enabled, Trigger

LOCK = "SHARE ROW EXCLUSIVE"
FIRES: dict[Enabled, str] = {
    "ORIGIN": "ENABLE",
    "DISABLED": "DISABLE",
    "REPLICA": "ENABLE REPLICA",
    "ALWAYS": "ENABLE ALWAYS",
}


def create(trigger: Trigger, place: Place) -> tuple[str, ...]:
    """CREATE TRIGGER, and what makes it (or its copies on partitions) fire at other times than usual."""
    usual = replace(trigger, enabled="ORIGIN", copies=())
    return f"CREATE {_definition(trigger, place)}", *_firing(usual, trigger, place)


def alter(before: Trigger, after: Trigger, place: Place) -> tuple[Act, ...] | None:
    """CREATE OR REPLACE where the trigger itself is another one: it fires as usual then.

    That is not for constraint triggers; and one for each row has copies on partitions, which would stay.
    """
    was, becomes = (replace(item, enabled="ORIGIN", copies=()) for item in (before, after))
    if was == becomes:
        return _acts(_firing(before, after, place), _firing(after, before, place))
    if before.constraint or after.constraint or before.level != after.level:
        return None
    return _acts(_replacing(was, after, place), _replacing(becomes, before, place))


def _replacing(was: Trigger, after: Trigger, place: Place) -> tuple[str, ...]:
    return f"CREATE OR REPLACE {_definition(after, place)}", *_firing(was, after, place)


def _acts(forward: tuple[str, ...], back: tuple[str, ...]) -> tuple[Act, ...]:
    """The statements; the way back is that of all of them together, after the last one is undone."""
    first, *rest = forward
    return Act(sql=first, reverse=back, lock=LOCK), *(Act(sql=sql, reverse=back, lock=LOCK) for sql in rest)


def _firing(before: Trigger, after: Trigger, place: Place) -> tuple[str, ...]:
    """ALTER TABLE, where a trigger or one of its copies fires at other times than before.

    What is said of a partitioned table holds for its partitions, too, until it is said of them.
    """
    if (before.enabled, before.copies) == (after.enabled, after.copies):
        return ()
    own = _fires(place.name(after.table), after.name, after.enabled)
    return own, *(_fires(copy.table, after.name, copy.enabled) for copy in after.copies)


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
    lock=LOCK,
)
