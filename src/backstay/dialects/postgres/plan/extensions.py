"""Objects that are dropped with an extension without belonging to it (ALTER … DEPENDS ON EXTENSION)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.model import Model


def alone(item: Model) -> Model:
    """The object as it is before it depends on any extension."""
    return replace(item, depends_on_extensions=()) if _of(item) else item


def acts(before: Model, after: Model, planner: Planner, place: Place) -> Iterator[Act]:
    """What ties the object to other extensions than before."""
    alter = f"ALTER {planner.keyword} {planner.target(after, place)}"
    old, new = _of(before), _of(after)
    for name in sorted(old ^ new):
        ties = f"DEPENDS ON EXTENSION {quote_name(name)}"
        tie, untie = f"{alter} {ties}", f"{alter} NO {ties}"
        sql, back = (tie, untie) if name in new else (untie, tie)
        yield Act(sql=sql, reverse=(back,))


def with_ties(
    found: tuple[Act, ...], before: Model, after: Model, planner: Planner, place: Place
) -> tuple[Act, ...]:
    """The acts that alter an object, and what ties it; CREATE OR REPLACE forgets that it was tied."""
    if not _of(before) and not _of(after):
        return found
    if found and found[0].sql.startswith("CREATE OR REPLACE"):
        first, *rest = found
        again = tuple(act.sql for act in acts(alone(before), before, planner, place))
        first = replace(first, reverse=(*first.reverse, *again) if first.reverse else ())
        return (first, *rest, *acts(alone(before), after, planner, place))
    return (*found, *acts(before, after, planner, place))


def _of(item: Model) -> frozenset[str]:
    return frozenset(getattr(item, "depends_on_extensions", ()))
