"""What a signature of a record says: the exact bytes, and the records with signatures on them.

A statement begins with its purpose, so that no signature of one kind passes for another, and goes on with
canonical JSON that names everything it is about:

- an *entry* of the history: all of it, thus repository, sequence, entry before, state, tags, version, time;
- a *plan* as it was made: all of it and its revision, before anybody approved or removed it;
- an *approval*: of this very migration (repository, name, both states, SQL) and revision, by whom and when;
- a *removal*: of this very migration and revision, and when;
- a *pruning*: all of it, thus repository, newest entry, the states that were removed, and when.

The steps of a plan are signed one by one because copies merge them (`plans.merge`): each of them is true for
itself, whichever others a copy has heard of. That a plan is approved is said by nothing but an approval.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from backstay.registry.records import Approval, PlanEntry, PlanRecord, Pruning, Signature, VersionRecord
from backstay.registry.signing_keys import Signer
from backstay.schema.canonical import encode


def entry_statement(record: VersionRecord) -> bytes:
    return statement("entry", replace(record, signatures=()))


def plan_statement(entry: PlanEntry) -> bytes:
    return statement("plan", {"plan": as_made(entry.plan), "revision": entry.revision})


def approval_statement(entry: PlanEntry, approval: Approval) -> bytes:
    return statement("approval", {**_migration(entry), "approval": replace(approval, signatures=())})


def removal_statement(entry: PlanEntry) -> bytes:
    return statement("removal", {**_migration(entry), "removed": entry.removed})


def pruning_statement(pruning: Pruning) -> bytes:
    return statement("pruning", replace(pruning, signatures=()))


def as_made(plan: PlanRecord) -> PlanRecord:
    """The plan before anybody approved it."""
    return replace(plan, status="PENDING", approvals=())


def sign_entry(record: VersionRecord, signer: Signer | None) -> VersionRecord:
    """The record, signed where there is a key."""
    return replace(record, signatures=by(signer, entry_statement(record)))


def sign_plan(entry: PlanEntry, signer: Signer | None) -> PlanEntry:
    """A plan that is stored for the first time.

    One that is stored as approved is approved by whoever stores it; signed, it says so as an approval.
    """
    entry = replace(entry, signatures=by(signer, plan_statement(entry)))
    if signer is None or entry.plan.status != "APPROVED" or entry.plan.approvals:
        return entry
    approval = Approval(time=entry.plan.time, context=entry.plan.context)
    return sign_approval(entry, approval, signer)


def sign_approval(entry: PlanEntry, approval: Approval, signer: Signer | None) -> PlanEntry:
    """The plan with one more approval."""
    signed = replace(approval, signatures=by(signer, approval_statement(entry, approval)))
    plan = replace(entry.plan, status="APPROVED", approvals=(*entry.plan.approvals, signed))
    return replace(entry, plan=plan)


def sign_removal(entry: PlanEntry, time: str, signer: Signer | None) -> PlanEntry:
    """The plan, removed at that time."""
    removed = replace(entry, removed=time)
    return replace(removed, removed_signatures=by(signer, removal_statement(removed)))


def sign_pruning(pruning: Pruning, signer: Signer | None) -> Pruning:
    return replace(pruning, signatures=by(signer, pruning_statement(pruning)))


def _migration(entry: PlanEntry) -> dict[str, Any]:
    plan = entry.plan
    return {
        "repo": plan.repo,
        "name": plan.name,
        "from": plan.from_hash,
        "to": plan.to_hash,
        "migration": plan.migration,
        "revision": entry.revision,
    }


def statement(purpose: str, content: object) -> bytes:
    """The bytes that are signed."""
    return f"backstay {purpose} v1\n".encode() + encode(content)


def by(signer: Signer | None, statement: bytes) -> tuple[Signature, ...]:
    """The signature of who has a key; of nobody else."""
    return (signer.sign(statement),) if signer else ()
