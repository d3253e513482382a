"""What a server signs for its callers: what a request says anew, and nothing that it only repeats.

A record that was written elsewhere while the server was away, perhaps by nobody whom it knows, comes in as a
copy and stays as it is. Signed are a new entry, a plan that is stored, an approval or removal made now.
Signatures that are on a record already stay on it.
"""

from __future__ import annotations

from msgspec.structs import replace

from backstay.registry import chain, plans, signing
from backstay.registry.chain import Entry
from backstay.registry.records import Approval, PlanEntry
from backstay.registry.signing_keys import Signer


def countersign_entry(entry: Entry, signer: Signer | None) -> Entry:
    """The entry, with the server's signature beside those it has."""
    if signer is None:
        return entry
    own = signing.sign_entry(entry.record, signer).signatures
    signatures = plans.merge_signatures(entry.record.signatures, own)
    return chain.seal(replace(entry.record, signatures=signatures))


def same_entry(a: Entry, b: Entry) -> bool:
    """Do they say the same, whoever vouches for it?"""
    return replace(a.record, signatures=()) == replace(b.record, signatures=())


def countersign_plan(current: PlanEntry | None, given: PlanEntry, signer: Signer | None) -> PlanEntry:
    """What is given, with the server's signature on what it says beyond what is there.

    Who approves or removes a plan that is there vouches for that step, not for the plan. One that is there
    unsigned is removed, and stored again, to be signed.
    """
    if signer is None:
        return given
    before = current if current and current.revision == given.revision else None
    signed = given if before else signing.sign_plan(given, signer)
    known = {_bare(approval) for approval in before.plan.approvals} if before else set()
    approvals = tuple(
        approval if _bare(approval) in known else _countersigned(given, approval, signer)
        for approval in signed.plan.approvals
    )
    signed = replace(
        signed,
        plan=replace(signed.plan, approvals=approvals),
        signatures=plans.merge_signatures(given.signatures, signed.signatures),
    )
    if not given.removed or (before and before.removed):
        return signed
    removal = signing.sign_removal(given, given.removed, signer).removed_signatures
    return replace(signed, removed_signatures=plans.merge_signatures(given.removed_signatures, removal))


def _countersigned(entry: PlanEntry, approval: Approval, signer: Signer) -> Approval:
    own = signer.sign(signing.approval_statement(entry, approval))
    return replace(approval, signatures=plans.merge_signatures(approval.signatures, (own,)))


def _bare(approval: Approval) -> Approval:
    return replace(approval, signatures=())
