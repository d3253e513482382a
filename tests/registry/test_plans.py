"""Copies of a plan become one, whichever order they meet in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.errors import ConflictError
from backstay.registry import plans
from backstay.registry.records import Approval, PlanEntry, RunContext, Signature
from tests.registry.simulator import plan

SIGNATURES = st.sets(st.sampled_from("ab"), max_size=2).map(
    lambda keys: tuple(Signature(key=key, value="v") for key in sorted(keys))
)
APPROVALS = st.builds(
    Approval,
    signatures=SIGNATURES,
    time=st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
    context=st.builds(RunContext, username=st.sampled_from(["ada", "bob"])),
)


def entry(
    status: str,
    approvals: set[Approval],
    time: str,
    author: str,
    revision: int,
    removed: str,
    signatures: tuple[tuple[Signature, ...], tuple[Signature, ...]],
) -> PlanEntry:
    made = plan(
        status=status,
        approvals=plans.merge_approvals(approvals),
        time=time,
        context=RunContext(username=author),
    )
    return PlanEntry(
        plan=made,
        revision=revision,
        removed=removed,
        signatures=signatures[0],
        removed_signatures=signatures[1] if removed else (),
    )


ENTRIES = st.builds(
    entry,
    status=st.sampled_from(["PENDING", "APPROVED"]),
    approvals=st.sets(APPROVALS, max_size=2),
    time=st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
    author=st.sampled_from(["ada", "bob"]),
    revision=st.integers(1, 2),
    removed=st.sampled_from(["", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z"]),
    signatures=st.tuples(SIGNATURES, SIGNATURES),
)


@given(ENTRIES, ENTRIES)
def test_order_does_not_matter(a: PlanEntry, b: PlanEntry) -> None:
    assert plans.merge(a, b) == plans.merge(b, a)


@given(ENTRIES, ENTRIES, ENTRIES)
def test_neither_does_grouping(a: PlanEntry, b: PlanEntry, c: PlanEntry) -> None:
    assert plans.merge(plans.merge(a, b), c) == plans.merge(a, plans.merge(b, c))


@given(ENTRIES, ENTRIES)
def test_what_was_merged_changes_nothing_more(a: PlanEntry, b: PlanEntry) -> None:
    merged = plans.merge(a, b)
    assert plans.merge(merged, merged) == plans.merge(merged, a) == merged


PENDING = PlanEntry(plan=plan())
APPROVED = PlanEntry(plan=plan(status="APPROVED", approvals=(Approval(time="t"),)))
REMOVED = PlanEntry(plan=plan(), removed="2026-01-02T00:00:00Z")
NEXT = PlanEntry(plan=plan(sql="SELECT 2"), revision=2)


@pytest.mark.parametrize(
    ("behind", "ahead"), [(PENDING, APPROVED), (PENDING, REMOVED), (REMOVED, NEXT), (APPROVED, NEXT)]
)
def test_the_further_one_counts(behind: PlanEntry, ahead: PlanEntry) -> None:
    assert plans.merge(behind, ahead) == ahead


def test_an_approval_does_not_bring_a_removed_plan_back() -> None:
    assert plans.living([plans.merge(REMOVED, APPROVED)]) == ()


def test_different_plans_of_one_name_are_a_conflict() -> None:
    with pytest.raises(ConflictError, match="two different plans"):
        plans.merge(PENDING, PlanEntry(plan=plan(sql="DROP TABLE t")))


def test_of_contradicting_copies_the_first_counts_and_a_notice_tells() -> None:
    merged, notices = plans.union([PENDING, PlanEntry(plan=plan(sql="DROP TABLE t")), APPROVED])
    assert [entry.plan.migration for entry in merged] == [plan().migration]
    assert merged[0].plan.status == "APPROVED"
    assert len(notices) == 1
