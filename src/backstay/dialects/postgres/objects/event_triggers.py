"""Event triggers (CREATE EVENT TRIGGER)."""

from __future__ import annotations

from msgspec.structs import replace

from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.dialects.postgres.objects.triggers import FIRES
from backstay.schema.model import EventTrigger


def create(trigger: EventTrigger, place: Place) -> tuple[str | Act, ...]:
    """CREATE EVENT TRIGGER, and when it fires where that is not the usual."""
    tags = f" WHEN TAG IN ({', '.join(map(quote_text, trigger.tags))})" if trigger.tags else ""
    made = (
        f"CREATE EVENT TRIGGER {quote_name(trigger.name)} ON {trigger.event}{tags} "
        f"EXECUTE FUNCTION {trigger.function}()"
    )
    return made, *_firing(replace(trigger, enabled="ORIGIN"), trigger)


def alter(before: EventTrigger, after: EventTrigger, place: Place) -> tuple[Act, ...] | None:
    """Only when it fires can be changed where it is."""
    if replace(before, enabled=after.enabled, comment="") != replace(after, comment=""):
        return None
    return _firing(before, after)


def _firing(before: EventTrigger, after: EventTrigger) -> tuple[Act, ...]:
    return () if before.enabled == after.enabled else (Act(sql=_fires(after), reverse=(_fires(before),)),)


def _fires(trigger: EventTrigger) -> str:
    return f"ALTER EVENT TRIGGER {quote_name(trigger.name)} {FIRES[trigger.enabled]}"


EVENT_TRIGGER = Planner(
    kind="event_trigger",
    keyword="EVENT TRIGGER",
    noun="event trigger",
    create=create,
    alter=alter,
    danger="BS203",
)
