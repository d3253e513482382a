"""A registry that is asked for nothing which the grant does not allow while the server is away."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.grants.obtain import Grants
from backstay.grants.rights import Scope
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
from backstay.registry.registry import Registry
from backstay.schema.state import State


class GrantedRegistry:
    """See `Registry`. What a scope allows is what the server says it does: docs/server.md."""

    def __init__(self, registry: Registry, grants: Grants) -> None:
        self.url = registry.url
        self._registry = registry
        self._grants = grants

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
        self._grants.require(repo, "push")
        return self._registry.push(
            repo, state, tags=tags, version=version, description=description, context=context
        )

    def read(self, repo: str, *, tag: str = "", version: str = "") -> ReadVersion:
        self._grants.require(repo, "read")
        return self._registry.read(repo, tag=tag, version=version)

    def log(self, repo: str, limit: int) -> ReadLog:
        self._grants.require(repo, "read")
        return self._registry.log(repo, limit)

    def plans(self, repo: str, from_hash: str = "", to_hash: str = "") -> tuple[PlanRecord, ...]:
        self._grants.require(repo, "read")
        return self._registry.plans(repo, from_hash, to_hash)

    def plan(self, repo: str, name: str) -> PlanRecord:
        self._grants.require(repo, "read")
        return self._registry.plan(repo, name)

    def create_plan(self, plan: PlanRecord) -> WrittenPlan:
        scopes: tuple[Scope, ...] = ("plan", "approve") if plan.status == "APPROVED" else ("plan",)
        self._grants.require(plan.repo, *scopes)
        return self._registry.create_plan(plan)

    def approve_plan(self, repo: str, name: str, approval: Approval) -> WrittenPlan:
        self._grants.require(repo, "approve")
        return self._registry.approve_plan(repo, name, approval)

    def delete_plan(self, repo: str, name: str) -> WrittenPlan:
        self._grants.require(repo, "plan")
        return self._registry.delete_plan(repo, name)

    def report(self, repo: str, deployment: Deployment) -> None:
        """Only the server can be told, and decides for itself."""
        self._registry.report(repo, deployment)
