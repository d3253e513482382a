"""How two copies of a plan become one: the rule of docs/decisions/0003-plan-replication.md.

A plan only ever moves forward: pending, approved, removed, and then a new revision. Of two copies the one
that is further on counts, whichever order they are looked at in, so copies that missed a step agree again
after any exchange. What cannot be ordered, other content under the same name and revision, is a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from backstay.errors import ConflictError
from backstay.registry.records import Approval, PlanEntry, PlanKey, PlanRecord, Signature
from backstay.registry.signing import as_made
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
    made, signatures = _made(a, b)
    removed, removed_signatures = _removal(a, b)
    plan = msgspec.structs.replace(
        made,
        status="APPROVED" if "APPROVED" in (a.plan.status, b.plan.status) else "PENDING",
        approvals=merge_approvals((*a.plan.approvals, *b.plan.approvals)),
    )
    return PlanEntry(
        plan=plan,
        revision=a.revision,
        removed=removed,
        signatures=signatures,
        removed_signatures=removed_signatures,
    )


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


def merge_approvals(approvals: Iterable[Approval]) -> tuple[Approval, ...]:
    """Each approval once, with everybody who vouches for it."""
    known: dict[tuple[str, bytes], Approval] = {}
    for approval in approvals:
        key = approval.time, encode(msgspec.structs.replace(approval, signatures=()))
        before = known.get(key, approval)
        signatures = merge_signatures(before.signatures, approval.signatures)
        known[key] = msgspec.structs.replace(approval, signatures=signatures)
    return tuple(known[key] for key in sorted(known))


def merge_signatures(*several: tuple[Signature, ...]) -> tuple[Signature, ...]:
    """Each signature once, in a stable order."""
    found = dict.fromkeys(signature for signatures in several for signature in signatures)
    return tuple(sorted(found, key=lambda signature: (signature.key, signature.value)))


def _identity(plan: PlanRecord) -> tuple[str, ...]:
    return (plan.repo, plan.name, plan.from_hash, plan.to_hash, plan.migration)


def _made(a: PlanEntry, b: PlanEntry) -> tuple[PlanRecord, tuple[Signature, ...]]:
    """Which of two records of one migration is kept, a signed one or the older; and who vouches for it."""
    first, second = sorted((a, b), key=lambda entry: (not entry.signatures, _age(entry.plan)))
    same = as_made(first.plan) == as_made(second.plan)
    return first.plan, merge_signatures(first.signatures, second.signatures) if same else first.signatures


def _removal(a: PlanEntry, b: PlanEntry) -> tuple[str, tuple[Signature, ...]]:
    """When a plan was removed, and who vouches for that: a signed removal, the earlier one."""
    removals = [entry for entry in (a, b) if entry.removed]
    if not removals:
        return "", ()
    first = min(removals, key=_removed)
    same = [entry.removed_signatures for entry in removals if _removed(entry) == _removed(first)]
    return first.removed, merge_signatures(*same)


def _removed(entry: PlanEntry) -> tuple[bool, str]:
    return not entry.removed_signatures, entry.removed


def _age(plan: PlanRecord) -> tuple[str, bytes]:
    """The order in which plans were made, whatever became of them since."""
    return plan.time, encode(as_made(plan))
