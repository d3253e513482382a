"""Objects other than tables, sequences and enums: a file per family of kinds, one `Planner` per kind."""

from __future__ import annotations

from collections.abc import Mapping

from backstay.dialects.postgres.objects.planner import Planner
from backstay.dialects.postgres.objects.policies import POLICY

PLANNERS: Mapping[str, Planner] = {planner.kind: planner for planner in (POLICY,)}
"""Kind of change -> how it is planned."""
