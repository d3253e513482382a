"""How two copies of a plan become one: the rule of docs/decisions/0003-plan-replication.md.

A plan only ever moves forward: pending, approved, removed, and then a new revision. Of two copies the one
that is further on counts, whichever order they are looked at in, so copies that missed a step agree again
after any exchange. What cannot be ordered, other content under the same name and revision, is a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from backstay.errors import ConflictError
from backstay.registry.records import Approval, PlanEntry, PlanKey, PlanRecord
from backstay.schema.canonical import encode


def same_plan(a: PlanRecord, b: PlanRecord) -> bool:
    """Is it the same migration, however far on its way and whoever stored it?"""
    return _identity(a) == _identity(b)


def merge(a: PlanEntry, b: PlanEntry) -> PlanEntry:
    """The further one. Raises `ConflictError` for different plans of one revision."""
    if a.revision != b.revision:
        return max(a, b, key=lambda entry: entry.revision)
    if not same_plan(a.plan, b.plan):
        raise ConflictError(
            f'there are two different plans "{a.plan.name}" for one transition of {a.plan.repo}',
            hint="give one of them another name, or remove it",
        )
    plan = msgspec.structs.replace(
        min(a.plan, b.plan, key=_age),
        status="APPROVED" if "APPROVED" in (a.plan.status, b.plan.status) else "PENDING",
        approvals=_union(a.plan.approvals, b.plan.approvals),
    )
    removed = min((time for time in (a.removed, b.removed) if time), default="")
    return PlanEntry(plan=plan, revision=a.revision, removed=removed)


def union(entries: Iterable[PlanEntry]) -> tuple[tuple[PlanEntry, ...], tuple[str, ...]]:
    """One of each plan: the furthest.

    Where two contradict each other the earlier one in order counts, and a notice says so.
    """
    merged: dict[PlanKey, PlanEntry] = {}
    notices: list[str] = []
    for entry in entries:
        try:
            merged[entry.key] = merge(merged[entry.key], entry) if entry.key in merged else entry
        except ConflictError as conflict:
            notices.append(conflict.message)
    return tuple(merged.values()), tuple(notices)


def living(entries: Iterable[PlanEntry]) -> tuple[PlanRecord, ...]:
    """The plans that are not removed, by name."""
    return tuple(sorted((e.plan for e in entries if not e.removed), key=lambda p: (p.name, p.time)))


def _identity(plan: PlanRecord) -> tuple[str, ...]:
    return (plan.repo, plan.name, plan.from_hash, plan.to_hash, plan.migration)


def _age(plan: PlanRecord) -> tuple[str, bytes]:
    """The order in which plans were made, whatever became of them since."""
    made = msgspec.structs.replace(plan, status="PENDING", approvals=())
    return plan.time, encode(made)


def _union(a: tuple[Approval, ...], b: tuple[Approval, ...]) -> tuple[Approval, ...]:
    return tuple(sorted(dict.fromkeys(a + b), key=lambda approval: (approval.time, encode(approval))))
