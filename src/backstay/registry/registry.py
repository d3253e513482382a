"""What every registry can do, whatever it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from backstay.registry.records import (
    Approval,
    PlanRecord,
    PushedVersion,
    ReadVersion,
    RunContext,
    WrittenPlan,
)
from backstay.schema.state import State


class Registry(Protocol):
    """Versions, tags and plans by repository name."""

    url: str
    """As shown to people: without credentials."""

    def push(
        self,
        repo: str,
        state: State,
        *,
        tags: Sequence[str] = (),
        version: str = "",
        description: str = "",
        context: RunContext = RunContext(),
    ) -> PushedVersion:
        """Make `state` the newest version and move `tags` to it.

        The newest version with equal content is reused and only gets the tags, so a repeated push is
        idempotent. `version` defaults to the UTC time `YYYYMMDDHHMMSS`; one that is already there with
        other content is a `ConflictError`.
        """

    def read(self, repo: str, *, tag: str = "", version: str = "") -> ReadVersion:
        """The newest version, or the one of that tag or version. Raises `NotFoundError`."""

    def plans(self, repo: str, from_hash: str = "", to_hash: str = "") -> tuple[PlanRecord, ...]:
        """The plans of a repository, or of one transition, sorted by name; an unknown one has none."""

    def plan(self, repo: str, name: str) -> PlanRecord:
        """The plan of that name. Raises `NotFoundError`."""

    def create_plan(self, plan: PlanRecord) -> WrittenPlan:
        """Store a plan. The same plan again is idempotent; the name taken otherwise, a `ConflictError`."""

    def approve_plan(self, repo: str, name: str, approval: Approval) -> WrittenPlan:
        """PENDING -> APPROVED; an approved plan stays as it is."""

    def delete_plan(self, repo: str, name: str) -> WrittenPlan:
        """Remove the plan from every target. Raises `NotFoundError` when none has it."""
