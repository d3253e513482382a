"""What counts for whom: every way to alter a signed record, and what it is then called."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from backstay.decoding import decode
from backstay.errors import (
    BadSignatureError,
    ConfigError,
    CorruptError,
    RevokedKeyError,
    UnknownKeyError,
    UnsignedError,
    UntrustedError,
)
from backstay.registry import chain, plans
from backstay.registry.records import Approval, PlanEntry, RunContext, Signature, VersionRecord
from backstay.registry.signing import (
    approval_statement,
    entry_statement,
    plan_statement,
    removal_statement,
    sign_approval,
    sign_entry,
    sign_plan,
    sign_removal,
)
from backstay.registry.signing_keys import Signer
from backstay.registry.trust import Trust
from tests.registry.simulator import plan

OURS, NEXT, THEIRS = (Signer(bytes([number]) * 32) for number in (1, 2, 3))
TRUST = Trust((OURS.public, NEXT.public))
ADA = Approval(time="2026-01-02T00:00:00Z", context=RunContext(username="ada"))
RECORD = VersionRecord(
    repo="app",
    sequence=2,
    version="v2",
    state="0" * 64,
    parent="1" * 64,
    time="2026-01-01T00:00:00Z",
    tags=("latest",),
    description="why",
    context=RunContext(username="ada"),
    missed=("s3://x",),
)
CHANGES: dict[str, Any] = {
    "repo": "other",
    "sequence": 3,
    "version": "v3",
    "state": "2" * 64,
    "parent": "",
    "time": "2027-01-01T00:00:00Z",
    "tags": ("latest", "prod"),
    "description": "",
    "context": RunContext(username="eve"),
    "missed": (),
}
PENDING = sign_plan(PlanEntry(plan=plan()), OURS)
APPROVED = sign_approval(PENDING, ADA, OURS)
REMOVED = sign_removal(APPROVED, "2026-01-03T00:00:00Z", OURS)
PLAN_CHANGES: dict[str, Any] = {
    "repo": "other",
    "name": "other",
    "from_hash": "other",
    "to_hash": "other",
    "migration": "DROP TABLE t",
    "time": "2027-01-01T00:00:00Z",
    "from_desc": "other",
    "to_desc": "other",
    "dialect": "other",
    "context": RunContext(username="eve"),
}


def sealed(signer: Signer | None = OURS, **changes: Any) -> chain.Entry:
    """An entry that was signed, and changed after that."""
    return chain.seal(replace(sign_entry(RECORD, signer), **changes))


def counted(entry: PlanEntry, trust: Trust = TRUST) -> PlanEntry:
    return trust.check_plan(entry, "here")[0]


class TestEntries:
    def test_a_signed_one_counts(self) -> None:
        assert TRUST.check_entry(sealed(), "here") == ""
        assert TRUST.check_entry(sealed(NEXT), "here") == ""

    def test_without_trusted_keys_nothing_is_asked(self) -> None:
        assert Trust().check_entry(sealed(None), "here") == ""
        assert Trust().check_entry(sealed(version="v9"), "here") == ""

    def test_every_part_is_signed(self) -> None:
        assert CHANGES.keys() == set(VersionRecord.__struct_fields__) - {"signatures"}

    @pytest.mark.parametrize("name", CHANGES)
    def test_whatever_is_changed_the_signature_fails(self, name: str) -> None:
        with pytest.raises(BadSignatureError, match=r"is not what key .* has signed") as caught:
            TRUST.check_entry(sealed(**{name: CHANGES[name]}), "here")
        assert caught.value.hint

    def test_one_without_a_signature_is_unsigned(self) -> None:
        with pytest.raises(UnsignedError, match=r"^here: entry 2 of app is not signed$") as caught:
            TRUST.check_entry(sealed(None), "here")
        assert "BACKSTAY_SIGNING_KEY" in caught.value.hint

    def test_where_unsigned_ones_count_a_notice_tells(self) -> None:
        lenient = replace(TRUST, unsigned="WARN")
        assert lenient.check_entry(sealed(None), "here") == "here: entry 2 of app is not signed"
        with pytest.raises(BadSignatureError):
            lenient.check_entry(sealed(version="v9"), "here")
        with pytest.raises(UnknownKeyError):
            lenient.check_entry(sealed(THEIRS), "here")

    def test_another_key_is_unknown_and_the_known_ones_are_named(self) -> None:
        with pytest.raises(UnknownKeyError) as caught:
            TRUST.check_entry(sealed(THEIRS), "here")
        assert all(key.public.id in caught.value.message for key in (OURS, NEXT, THEIRS))

    def test_a_revoked_key_is_called_that(self) -> None:
        revoking = replace(TRUST, revoked=frozenset({OURS.public.id, THEIRS.public.id}))
        for signer in (OURS, THEIRS):
            with pytest.raises(RevokedKeyError, match=signer.public.id):
                revoking.check_entry(sealed(signer), "here")
        assert revoking.accepts(sealed(NEXT))

    def test_where_every_key_is_revoked_nothing_counts(self) -> None:
        everything = replace(TRUST, revoked=frozenset({OURS.public.id, NEXT.public.id}))
        with pytest.raises(RevokedKeyError):
            everything.check_entry(sealed(), "here")
        with pytest.raises(UnsignedError):
            everything.check_entry(sealed(None), "here")

    def test_one_signature_that_counts_is_enough(self) -> None:
        strangers = sign_entry(RECORD, THEIRS).signatures
        assert TRUST.accepts(sealed(signatures=(*strangers, *sign_entry(RECORD, OURS).signatures)))

    def test_the_signature_of_one_key_under_the_id_of_another_does_not_count(self) -> None:
        (signature,) = sign_entry(RECORD, THEIRS).signatures
        with pytest.raises(BadSignatureError):
            TRUST.check_entry(sealed(signatures=(replace(signature, key=OURS.public.id),)), "here")

    @pytest.mark.parametrize("value", ["", "AAAA", "A" * 86])
    def test_what_is_no_signature_is_a_bad_one(self, value: str) -> None:
        with pytest.raises(BadSignatureError):
            TRUST.check_entry(sealed(signatures=(Signature(key=OURS.public.id, value=value),)), "here")

    @pytest.mark.parametrize(
        "altered",
        [
            lambda data: b"{" + b'"extra":1,' + data[1:],
            lambda data: b'{"sequence":1,' + data[1:],
            lambda data: data + b"\n",
            lambda data: json.dumps(json.loads(data)).encode(),
        ],
    )
    def test_the_same_record_in_other_bytes_is_refused(self, altered: Any) -> None:
        entry = chain.open_entry(altered(sealed().data), "app", 2, "here")
        with pytest.raises(BadSignatureError, match="more than what is signed"):
            TRUST.check_entry(entry, "here")

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b'"sequence":2', b'"sequence":2.5'),
            (b'"sequence":2', b'"sequence":1e400'),
            (b'"sequence":2', b'"sequence":NaN'),
            (b'"sequence":2', b'"sequence":"2"'),
            (b'"sequence":2', b'"sequence":' + b"9" * 5000),
            (b'"repo":"app"', '"repo":"аpp"'.encode()),
            (b'"signatures":[{', b'"signatures":[[{'),
        ],
    )
    def test_numbers_and_names_that_only_look_alike_are_not_read(self, old: bytes, new: bytes) -> None:
        data = sealed().data.replace(old, new)
        assert data != sealed().data
        with pytest.raises(CorruptError):
            chain.open_entry(data, "app", 2, "here")

    def test_ids_from_elsewhere_do_not_flood_the_message(self) -> None:
        strangers = tuple(Signature(key=f"{n}" * 5000, value="") for n in range(100))
        with pytest.raises(UnknownKeyError) as caught:
            TRUST.check_entry(sealed(signatures=strangers), "here")
        assert len(caught.value.message) < 500


class TestPlans:
    @pytest.mark.parametrize("entry", [PENDING, APPROVED, REMOVED])
    def test_a_signed_one_counts_as_it_is(self, entry: PlanEntry) -> None:
        assert TRUST.check_plan(entry, "here") == (entry, ())

    def test_one_that_is_stored_as_approved_says_by_whom(self) -> None:
        made = plan(status="APPROVED", context=RunContext(username="ada"))
        entry = sign_plan(PlanEntry(plan=made), OURS)
        assert counted(entry) == entry
        assert [(each.time, each.context) for each in entry.plan.approvals] == [(made.time, made.context)]

    def test_without_a_key_nothing_is_added(self) -> None:
        entry = PlanEntry(plan=plan(status="APPROVED"))
        assert sign_plan(entry, None) == entry
        assert Trust().check_plan(entry, "here") == (entry, ())

    @pytest.mark.parametrize("name", PLAN_CHANGES)
    @pytest.mark.parametrize("entry", [PENDING, APPROVED])
    def test_whatever_is_changed_the_signature_fails(self, entry: PlanEntry, name: str) -> None:
        altered = replace(entry, plan=replace(entry.plan, **{name: PLAN_CHANGES[name]}))
        with pytest.raises(BadSignatureError):
            counted(altered)

    def test_a_pending_plan_is_not_approved_by_editing_it(self) -> None:
        edited = replace(PENDING, plan=replace(PENDING.plan, status="APPROVED"))
        entry, notices = TRUST.check_plan(edited, "here")
        assert entry.plan.status == "PENDING"
        assert "no approval is signed" in notices[0]

    def test_an_approval_without_a_signature_is_left_out(self) -> None:
        entry, notices = TRUST.check_plan(sign_approval(PENDING, ADA, None), "here")
        assert (entry.plan.status, entry.plan.approvals) == ("PENDING", ())
        assert notices == (
            'here: plan "add-email" of app: the approval by ada is not signed; it is left out',
        )

    def test_neither_does_the_approval_of_another_plan_count(self) -> None:
        other = sign_approval(sign_plan(PlanEntry(plan=plan(sql="DROP TABLE t")), OURS), ADA, OURS)
        stolen = replace(
            PENDING, plan=replace(PENDING.plan, status="APPROVED", approvals=other.plan.approvals)
        )
        assert counted(stolen).plan.status == "PENDING"

    def test_nor_that_of_an_earlier_revision(self) -> None:
        again = sign_plan(PlanEntry(plan=plan(), revision=2), OURS)
        stolen = replace(again, plan=APPROVED.plan)
        assert counted(stolen).plan.status == "PENDING"

    def test_nor_one_under_another_name(self) -> None:
        forged = replace(APPROVED.plan.approvals[0], context=RunContext(username="eve"))
        assert (
            counted(replace(PENDING, plan=replace(APPROVED.plan, approvals=(forged,)))).plan.approvals == ()
        )

    def test_a_plan_does_not_get_another_revision_by_editing_it(self) -> None:
        with pytest.raises(BadSignatureError):
            counted(replace(APPROVED, revision=2))

    def test_a_removal_needs_a_signature_of_its_own(self) -> None:
        with pytest.raises(UnsignedError, match="its removal is not signed"):
            counted(sign_removal(APPROVED, "2026-01-03T00:00:00Z", None))
        with pytest.raises(BadSignatureError):
            counted(replace(REMOVED, removed="2026-01-04T00:00:00Z"))

    def test_nobodys_plan_is_refused(self) -> None:
        with pytest.raises(UnsignedError):
            counted(PlanEntry(plan=plan()))
        with pytest.raises(UnknownKeyError):
            counted(sign_plan(PlanEntry(plan=plan()), THEIRS))

    def test_where_unsigned_ones_count_a_notice_tells(self) -> None:
        lenient = replace(TRUST, unsigned="WARN")
        entry, notices = lenient.check_plan(PlanEntry(plan=plan(status="APPROVED")), "here")
        assert entry.plan.status == "APPROVED"
        assert notices == ('here: plan "add-email" of app is not signed',)
        with pytest.raises(BadSignatureError):
            lenient.check_plan(replace(PENDING, plan=plan(dialect="other")), "here")

    def test_what_two_copies_know_counts_together(self) -> None:
        other = sign_approval(PENDING, replace(ADA, context=RunContext(username="bob")), NEXT)
        merged = plans.merge(APPROVED, other)
        assert [each.context.username for each in counted(merged).plan.approvals] == ["ada", "bob"]
        assert counted(plans.merge(merged, REMOVED)).removed

    def test_an_unsigned_twin_does_not_displace_a_signed_plan(self) -> None:
        older = PlanEntry(plan=plan(time="2020-01-01T00:00:00Z"))
        assert counted(plans.merge(older, PENDING)) == PENDING


def test_no_signature_of_one_purpose_serves_another() -> None:
    statements = [
        entry_statement(RECORD),
        plan_statement(PENDING),
        approval_statement(PENDING, ADA),
        removal_statement(REMOVED),
    ]
    assert len({statement.partition(b"\n")[0] for statement in statements}) == 4


def test_a_writer_whose_signatures_it_would_refuse_itself_is_told() -> None:
    TRUST.check_signer(OURS)
    TRUST.check_signer(None)
    Trust().check_signer(THEIRS)
    with pytest.raises(ConfigError, match="not one of the trusted keys"):
        TRUST.check_signer(THEIRS)
    with pytest.raises(ConfigError, match="is revoked"):
        replace(TRUST, revoked=frozenset({OURS.public.id})).check_signer(OURS)


def test_all_these_are_kinds_of_corruption_so_that_another_copy_may_answer() -> None:
    from backstay.registry.fallback import is_eligible

    kinds = (UnsignedError, UnknownKeyError, RevokedKeyError, BadSignatureError)
    assert all(issubclass(kind, UntrustedError) and is_eligible(kind("")) for kind in kinds)
    assert len({kind.reason for kind in kinds}) == 4


def test_records_without_signatures_have_the_bytes_they_had() -> None:
    assert b"signature" not in chain.seal(RECORD).data
    assert decode(chain.seal(RECORD).data, VersionRecord) == RECORD
