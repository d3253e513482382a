"""Extended statistics (CREATE STATISTICS)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects.postgres.expressions import written
from backstay.dialects.postgres.locks import SHARE_UPDATE
from backstay.dialects.postgres.names import qualified, quote_name, wrapped
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.model import Statistics

SERVER_TARGET = -1
"""The statistics target that stands for `default_statistics_target`."""


def create(statistics: Statistics, place: Place) -> tuple[str | Act, ...]:
    """CREATE STATISTICS, and the target where it has one of its own."""
    kinds = f" ({', '.join(statistics.kinds).lower()})" if statistics.kinds else ""
    exprs = (wrapped(written(expr)) for expr in statistics.exprs)
    parts = ", ".join((*map(quote_name, statistics.columns), *exprs))
    of = statistics.of
    table = qualified(of.schema, of.name) if of.schema else place.name(of.name)
    return (
        f"CREATE STATISTICS {place.name(statistics.name)}{kinds} ON {parts} FROM {table}",
        *_targeting(replace(statistics, target=None), statistics, place),
    )


def alter(before: Statistics, after: Statistics, place: Place) -> tuple[Act, ...] | None:
    """ALTER STATISTICS changes the target alone."""
    if replace(before, target=None, comment="") != replace(after, target=None, comment=""):
        return None
    return tuple(_targeting(before, after, place))


def _targeting(before: Statistics, after: Statistics, place: Place) -> Iterator[Act]:
    if before.target != after.target:
        yield Act(sql=_set_target(after, place), reverse=(_set_target(before, place),), lock=SHARE_UPDATE)


def _set_target(statistics: Statistics, place: Place) -> str:
    target = SERVER_TARGET if statistics.target is None else statistics.target
    return f"ALTER STATISTICS {place.name(statistics.name)} SET STATISTICS {target}"


STATISTICS = Planner(
    kind="statistics", keyword="STATISTICS", noun="statistics", create=create, alter=alter, lock=SHARE_UPDATE
)
