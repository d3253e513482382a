"""What every registry can do, whatever it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from backstay.registry.http_api import Deployment
from backstay.registry.records import (
    Approval,
    PlanRecord,
    PushedVersion,
    ReadLog,
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

        The newest version is reused if its content is equal and no other `version` is asked for: it only
        gets the tags, so a repeated push is idempotent. `version` defaults to the UTC time
        `YYYYMMDDHHMMSS`; one that is already there with other content is a `ConflictError`.
        """

    def read(self, repo: str, *, tag: str = "", version: str = "") -> ReadVersion:
        """The version of that tag, or that version; of the tag `latest` if neither is given.

        Where nothing was ever pushed as `latest`, that is the newest. Raises `NotFoundError`.
        """

    def log(self, repo: str, limit: int) -> ReadLog:
        """The newest `limit` entries of the history, the newest first. Raises `NotFoundError`."""

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

    def report(self, repo: str, deployment: Deployment) -> None:
        """Tell of an apply, if the registry is a server; a bucket collects no reports."""
