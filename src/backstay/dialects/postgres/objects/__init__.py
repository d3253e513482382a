"""Objects other than tables, sequences and enums: a file per family of kinds, one `Planner` per kind."""

from __future__ import annotations

from collections.abc import Mapping

from backstay.dialects.postgres.objects.foreign import FOREIGN_DATA_WRAPPER, SERVER, USER_MAPPING
from backstay.dialects.postgres.objects.planner import Planner
from backstay.dialects.postgres.objects.policies import POLICY
from backstay.dialects.postgres.objects.publications import PUBLICATION

KINDS: tuple[Planner, ...] = (
    FOREIGN_DATA_WRAPPER,
    SERVER,
    USER_MAPPING,
    POLICY,
    PUBLICATION,
)

PLANNERS: Mapping[str, Planner] = {planner.kind: planner for planner in KINDS}
"""Kind of change -> how it is planned."""
