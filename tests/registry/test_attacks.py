"""Whoever can write to the storage, against readers who ask for signatures.

The attacks are those that The Update Framework lists (theupdateframework.io, "Security"), each on a primary,
a backup, or all of them, with nothing but access to their objects.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from backstay.errors import (
    BadSignatureError,
    CorruptError,
    ForkError,
    NotFoundError,
    RollbackError,
    StaleError,
    UnknownKeyError,
    UnsignedError,
    UntrustedError,
)
from backstay.registry import chain, layout, signing
from backstay.registry.records import Approval, PlanEntry, Pointer
from backstay.registry.replicated import ReplicatedRegistry
from backstay.registry.signing_keys import Signer
from backstay.registry.store_replica import StoreReplica
from backstay.registry.trust import Trust
from backstay.schema.canonical import encode
from tests.registry.simulator import FaultyStore, Forgetful, World, error_of, plan, refuse, state

OURS, THEIRS = Signer(b"o" * 32), Signer(b"t" * 32)
TRUST = Trust((OURS.public,))
HASHES = ("from+/=", "to+/=")


class Besieged(World):
    """A world whose registry signs with our key, and asks for it."""

    def signing(self, signer: Signer | None = OURS, **settings: Any) -> ReplicatedRegistry:
        return self.registry(**{"trust": TRUST, "signer": signer, **settings})

    def elsewhere(self, **settings: Any) -> ReplicatedRegistry:
        """A machine that has never seen this registry, and has no key to sign with."""
        return self.signing(None, **{"memory": Forgetful(), **settings})

    def forge(self, *stores: FaultyStore, signer: Signer | None = None, **changes: Any) -> chain.Entry:
        """Append an entry to these stores as somebody with their keys and without ours would."""
        for store in stores:
            replica = StoreReplica(store.real)
            head = replica.head("app")
            assert head is not None
            data = encode(state("evil"))
            replica.put_state("app", chain.digest(data), data)
            record = replace(
                head.record,
                **{
                    "sequence": head.sequence + 1,
                    "parent": head.digest,
                    "state": chain.digest(data),
                    "version": "evil",
                    **changes,
                },
            )
            entry = chain.seal(signing.sign_entry(record, signer))
            replica.append("app", entry)
        return entry

    def point(self, tag: str, sequence: int, *stores: FaultyStore) -> None:
        for store in stores or self.stores:
            store.real.put(layout.tag("app", tag), encode(Pointer(name=tag, sequence=sequence)))

    def remove(self, key: str, *stores: FaultyStore) -> None:
        for store in stores or self.stores:
            store.real.delete(key)

    def edit(self, key: str, change: Callable[[Any], None], *stores: FaultyStore) -> None:
        """Change the JSON of an object."""
        for store in stores or self.stores:
            members = json.loads(store.real.get(key).data)
            change(members)
            store.real.put(key, encode(members))


@pytest.fixture
def world() -> Besieged:
    return Besieged()


@pytest.fixture
def history(world: Besieged) -> Besieged:
    """Entries 1 to 4: prod was moved by 1 and 3, once by 2; latest by 1, 2 and 4."""
    for name, tags in (
        ("a", ["latest", "prod"]),
        ("b", ["latest", "once"]),
        ("c", ["prod"]),
        ("d", ["latest"]),
    ):
        world.signing().push("app", state(name), tags=tags)
    return world


def test_without_an_attack_every_machine_reads_everything(history: Besieged) -> None:
    registry = history.elsewhere()
    for tag, name in (("latest", "d"), ("prod", "c"), ("once", "b")):
        found = registry.read("app", tag=tag)
        assert (found.state, found.notices) == (state(name), ())
    assert registry.read("app", version=registry.read("app", tag="prod").version.version).state == state("c")
    assert history.notices == []


class TestArbitraryInstallation:
    """Something is served that nobody published."""

    def test_an_unsigned_entry_on_every_copy_is_refused(self, history: Besieged) -> None:
        history.forge(*history.stores)
        assert type(error_of(lambda: history.elsewhere().read("app"))) is UnsignedError

    def test_an_entry_signed_by_a_stranger_is_refused(self, history: Besieged) -> None:
        history.forge(*history.stores, signer=THEIRS)
        assert type(error_of(lambda: history.elsewhere().read("app"))) is UnknownKeyError

    @pytest.mark.parametrize("signer", [None, THEIRS])
    def test_on_a_backup_it_is_left_out_and_told(self, history: Besieged, signer: Signer | None) -> None:
        history.forge(history.backups[0], signer=signer)
        found = history.elsewhere().read("app")
        assert (found.state, found.source) == (state("d"), "mem://primary")
        assert "mem://backup1: entry 5 of app" in found.notices[0]

    def test_in_fallback_too(self, history: Besieged) -> None:
        history.forge(history.backups[0])
        history.primary.fail(refuse)
        found = history.elsewhere().read("app")
        assert (found.state, found.source) == (state("d"), "mem://backup2")

    def test_on_the_primary_a_backup_answers(self, history: Besieged) -> None:
        history.forge(history.primary)
        found = history.elsewhere().read("app")
        assert (found.state, found.source) == (state("d"), "mem://backup1")

    def test_an_entry_is_not_altered(self, history: Besieged) -> None:
        digest = chain.digest(encode(state("a")))
        history.edit(layout.entry("app", 4), lambda entry: entry.update(state=digest))
        assert type(error_of(lambda: history.elsewhere().read("app"))) is BadSignatureError

    def test_a_state_is_not_altered(self, history: Besieged) -> None:
        for store in history.stores:
            store.real.put(layout.state("app", chain.digest(encode(state("d")))), encode(state("evil")))
        assert type(error_of(lambda: history.elsewhere().read("app"))) is CorruptError


class TestMixAndMatch:
    """Parts are served together that never belonged together."""

    def test_an_entry_in_anothers_place_is_refused(self, history: Besieged) -> None:
        for store in history.stores:
            store.real.put(layout.entry("app", 4), store.real.get(layout.entry("app", 3)).data)
        assert type(error_of(lambda: history.elsewhere().read("app"))) is CorruptError

    def test_so_is_a_signed_entry_of_a_branch_that_was_given_up(self, history: Besieged) -> None:
        branch = Besieged()
        for name, tags in (("a", ["latest", "prod"]), ("x", ["prod"])):
            branch.signing().push("app", state(name), tags=tags)
        for store in history.stores:
            store.real.put(layout.entry("app", 3), branch.primary.real.get(layout.entry("app", 2)).data)
            data = encode(state("x"))
            store.real.put(layout.state("app", chain.digest(data)), data)
        with pytest.raises(CorruptError):
            history.elsewhere().read("app", tag="prod")

    def test_so_is_a_tag_that_leads_there(self, history: Besieged) -> None:
        """The branch begins at the same entry 1, so each of its entries could pass for one of ours."""
        branch = Besieged()
        for store, theirs in zip(branch.stores, history.stores, strict=True):
            for key in theirs.real.list(""):
                if "/log/" not in key or key.endswith("1.json"):
                    store.real.put(key, theirs.real.get(key).data)
        branch.remove(layout.tag("app", "prod"))
        branch.signing(memory=Forgetful()).push("app", state("x"), tags=["prod"])
        forked = branch.primary.real.get(layout.entry("app", 2)).data
        for store in history.stores:
            store.real.put(layout.entry("app", 2), forked)
        assert isinstance(error_of(lambda: history.elsewhere().read("app", tag="once")), CorruptError)

    def test_so_is_one_that_is_another_when_it_is_asked_for_again(self, history: Besieged) -> None:
        branch = Besieged()
        for name in "abc":
            branch.signing().push("app", state(name), tags=["prod"])
        key = layout.entry("app", 3)
        answers = [branch.primary.real.get(key), history.primary.real.get(key)]
        history.primary.fail(lambda call, proceed: answers.pop(0), methods=["get"], part=key)
        error = error_of(lambda: history.elsewhere(stores=[history.primary]).read("app", tag="prod"))
        assert "tag prod of app points out of the history" in error.message


class TestWrongSoftware:
    """Something of ours is served, and it is not what was asked for."""

    def test_an_entry_of_another_repository_is_refused(self, history: Besieged) -> None:
        for _ in range(4):
            history.signing().push("other", state("x"), tags=[str(_)])
        for store in history.stores:
            store.real.put(layout.entry("app", 4), store.real.get(layout.entry("other", 4)).data)
        assert type(error_of(lambda: history.elsewhere().read("app"))) is CorruptError

    def test_so_is_one_whose_repository_was_edited(self, history: Besieged) -> None:
        for number in range(4):
            history.signing().push("other", state("x"), tags=[str(number)])
        for store in history.stores:
            store.real.put(layout.entry("app", 4), store.real.get(layout.entry("other", 4)).data)
        history.edit(layout.entry("app", 4), lambda entry: entry.update(repo="app"))
        assert type(error_of(lambda: history.elsewhere().read("app"))) is BadSignatureError

    def test_so_is_a_plan_of_another_repository(self, history: Besieged) -> None:
        history.signing().create_plan(plan(repo="other", status="APPROVED"))
        key = PlanEntry(plan=plan()).key
        for store in history.stores:
            store.real.put(layout.plan("app", key), store.real.get(layout.plan("other", key)).data)
        history.edit(layout.plan("app", key), lambda entry: entry["plan"].update(repo="app"))
        assert type(error_of(lambda: history.elsewhere().plans("app"))) is BadSignatureError


class TestRollback:
    """Something older is served than was served before."""

    def test_a_tag_that_was_moved_back_is_noticed(self, history: Besieged) -> None:
        history.point("prod", 1)
        error = error_of(lambda: history.elsewhere().read("app", tag="prod"))
        assert type(error) is RollbackError
        assert "points at entry 1" in error.message
        assert "entry 3" in error.message

    def test_on_the_primary_a_backup_answers(self, history: Besieged) -> None:
        history.point("prod", 1, history.primary)
        found = history.elsewhere().read("app", tag="prod")
        assert (found.state, found.source) == (state("c"), "mem://backup1")
        assert any("moved back" in notice for notice in found.notices)

    def test_the_newest_entry_needs_no_pointer(self, history: Besieged) -> None:
        history.point("latest", 1)
        assert history.elsewhere().read("app").state == state("d")

    def test_neither_is_a_tag_hidden_behind_entries_that_were_removed(self, history: Besieged) -> None:
        history.point("prod", 1)
        history.remove(layout.entry("app", 3))
        error = error_of(lambda: history.elsewhere().read("app", tag="prod"))
        assert "entry 3 of app is not there" in error.message

    def test_nor_behind_ones_that_were_edited(self, history: Besieged) -> None:
        history.point("prod", 1)
        history.edit(layout.entry("app", 3), lambda entry: entry.update(tags=[]))
        error = error_of(lambda: history.elsewhere().read("app", tag="prod"))
        assert "is not the one that entry 4 names" in error.message

    def test_removing_latest_does_not_put_the_newest_in_its_place(self, history: Besieged) -> None:
        history.signing().push("app", state("feature"), tags=["feature"])
        history.remove(layout.tag("app", "latest"))
        error = error_of(lambda: history.elsewhere().read("app"))
        assert type(error) is RollbackError
        assert "is not there" in error.message

    def test_where_nothing_was_pushed_as_latest_the_newest_is(self, world: Besieged) -> None:
        for name in ("a", "b"):
            world.signing().push("app", state(name), tags=["feature"])
        assert world.elsewhere().read("app").state == state("b")

    def test_an_entry_that_does_not_count_moves_no_tag(self, history: Besieged) -> None:
        history.forge(*history.stores, tags=("prod",))
        history.signing().push("app", state("e"), tags=["latest"])
        history.point("prod", 3)
        found = history.elsewhere().read("app", tag="prod")
        assert found.state == state("c")
        assert "entry 5 of app moves tag prod, and is not signed" in found.notices[0]

    def test_a_shorter_history_is_noticed_by_who_has_seen_more(self, history: Besieged) -> None:
        history.signing(None).read("app")
        history.remove(layout.entry("app", 4))
        assert type(error_of(lambda: history.signing(None).read("app", tag="prod"))) is StaleError
        assert history.signing(None, allow_stale=True).read("app", tag="prod").state == state("c")

    def test_and_is_not_built_upon(self, history: Besieged) -> None:
        history.remove(layout.entry("app", 4))
        assert type(error_of(lambda: history.signing().push("app", state("e")))) is StaleError

    def test_one_copy_that_is_whole_is_enough(self, history: Besieged) -> None:
        history.remove(layout.entry("app", 4), history.primary, history.backups[0])
        found = history.elsewhere().read("app")
        assert (found.state, found.source) == (state("d"), "mem://backup2")


class TestFastForward:
    """A sequence is served so high that no true one is ever newer."""

    def test_a_forged_sequence_is_not_remembered(self, history: Besieged) -> None:
        for store in history.stores:
            entry = store.real.get(layout.entry("app", 4)).data
            store.real.put(
                layout.entry("app", 9_999_999_999), entry.replace(b'"sequence":4', b'"sequence":9999999999')
            )
        assert isinstance(error_of(lambda: history.signing(None).read("app")), UntrustedError)
        history.remove(layout.entry("app", 9_999_999_999))
        assert history.signing(None).read("app").state == state("d")

    def test_a_tag_that_points_beyond_the_history_is_set_right_by_a_push(self, history: Besieged) -> None:
        history.point("prod", 9_999_999_999)
        assert isinstance(error_of(lambda: history.elsewhere().read("app", tag="prod")), CorruptError)
        history.signing().push("app", state("e"), tags=["prod"])
        history.signing().push("app", state("f"), tags=["latest"])
        assert history.elsewhere().read("app", tag="prod").state == state("e")


class TestIndefiniteFreeze:
    """The same thing is served for ever: nobody can force a copy to speak, but any other is heard."""

    def test_one_copy_that_is_not_frozen_is_heard(self, history: Besieged) -> None:
        before = [{key: store.real.get(key).data for key in store.real.list("")} for store in history.stores]
        history.signing().push("app", state("e"), tags=["latest"])
        for store, objects in zip(history.stores[:2], before, strict=False):
            history.remove(layout.entry("app", 5), store)
            for key, data in objects.items():
                store.real.put(key, data)
        assert history.elsewhere().read("app").state == state("e")

    def test_a_backup_says_how_old_its_answer_is(self, history: Besieged) -> None:
        history.primary.fail(refuse)
        found = history.elsewhere().read("app")
        assert any(found.version.time in notice for notice in found.notices)


class TestKeyCompromise:
    """A key is in other hands."""

    def test_a_revoked_key_counts_no_more(self, history: Besieged) -> None:
        trust = Trust((OURS.public, THEIRS.public), frozenset({OURS.public.id}))
        assert "revoked" in error_of(lambda: history.elsewhere(trust=trust).read("app")).message
        history.signing(THEIRS, trust=trust).push("app", state("d"), tags=["latest"])
        assert history.elsewhere(trust=trust).read("app").state == state("d")
        assert "revoked" in error_of(lambda: history.elsewhere(trust=trust).read("app", tag="prod")).message

    def test_both_keys_count_while_one_follows_the_other(self, history: Besieged) -> None:
        trust = Trust((OURS.public, THEIRS.public))
        history.signing(THEIRS, trust=trust).push("app", state("e"), tags=["latest"])
        assert history.elsewhere(trust=trust).read("app").state == state("e")
        assert history.elsewhere(trust=trust).read("app", tag="prod").state == state("c")


class TestPlans:
    KEY = layout.plan("app", PlanEntry(plan=plan()).key)

    def test_a_pending_plan_stays_pending_whatever_its_json_says(self, history: Besieged) -> None:
        history.signing().create_plan(plan())
        history.edit(self.KEY, lambda entry: entry["plan"].update(status="APPROVED"))
        history.edit(
            self.KEY, lambda entry: entry["plan"].update(approvals=[{"time": "2026-01-02T00:00:00Z"}])
        )
        (found,) = history.elsewhere().plans("app", *HASHES)
        assert (found.status, found.approvals) == ("PENDING", ())
        assert any("not signed" in notice for notice in history.notices)

    def test_another_sql_is_refused(self, history: Besieged) -> None:
        history.signing().create_plan(plan(status="APPROVED"))
        history.edit(self.KEY, lambda entry: entry["plan"].update(migration="DROP TABLE users"))
        assert type(error_of(lambda: history.elsewhere().plans("app", *HASHES))) is BadSignatureError

    def test_one_copy_that_is_whole_is_enough(self, history: Besieged) -> None:
        history.signing().create_plan(plan(status="APPROVED"))
        history.edit(
            self.KEY, lambda entry: entry["plan"].update(migration="DROP TABLE users"), *history.stores[:2]
        )
        (found,) = history.elsewhere().plans("app", *HASHES)
        assert (found.migration, found.status) == (plan().migration, "APPROVED")

    def test_a_plan_from_nowhere_is_refused_and_not_copied(self, history: Besieged) -> None:
        forged = PlanEntry(plan=plan(status="APPROVED", sql="DROP TABLE users"))
        StoreReplica(history.backups[0].real).merge_plan(forged)
        history.signing().push("app", state("e"))
        assert self.KEY not in history.contents()[0]
        assert history.elsewhere().plans("app", *HASHES) == ()
        assert any("is not signed" in notice for notice in history.notices)
        alone = history.elsewhere(stores=[history.backups[0]])
        assert type(error_of(lambda: alone.plans("app", *HASHES))) is UnsignedError

    def test_it_makes_room_for_ours(self, history: Besieged) -> None:
        older = plan(status="APPROVED", sql="DROP TABLE users", time="2000-01-01T00:00:00Z")
        for store in history.stores:
            StoreReplica(store.real).merge_plan(PlanEntry(plan=older))
        history.signing().create_plan(plan())
        assert [each.migration for each in history.elsewhere().plans("app", *HASHES)] == [plan().migration]

    def test_it_is_approved_by_nobody_and_can_be_removed(self, history: Besieged) -> None:
        for store in history.stores:
            StoreReplica(store.real).merge_plan(PlanEntry(plan=plan()))
        approval = Approval(time="2026-01-02T00:00:00Z")
        assert (
            type(error_of(lambda: history.signing().approve_plan("app", "add-email", approval)))
            is UnsignedError
        )
        history.signing().delete_plan("app", "add-email")
        assert history.elsewhere().plans("app", *HASHES) == ()

    def test_a_removal_that_nobody_signed_neither_counts_nor_is_ignored(self, history: Besieged) -> None:
        history.signing().create_plan(plan(status="APPROVED"))
        history.edit(self.KEY, lambda entry: entry.update(removed="2026-01-03T00:00:00Z"))
        assert type(error_of(lambda: history.elsewhere().plans("app", *HASHES))) is UnsignedError
        history.signing().delete_plan("app", "add-email")
        assert history.elsewhere().plans("app", *HASHES) == ()

    def test_on_one_copy_it_takes_nothing_from_the_others(self, history: Besieged) -> None:
        history.signing().create_plan(plan(status="APPROVED"))
        history.edit(
            self.KEY, lambda entry: entry.update(removed="2026-01-03", revision=99), history.backups[1]
        )
        (found,) = history.elsewhere().plans("app", *HASHES)
        assert found.status == "APPROVED"

    def test_a_signed_removal_counts_for_all(self, history: Besieged) -> None:
        history.signing().create_plan(plan(status="APPROVED"))
        history.signing(stores=[history.stores[0]]).delete_plan("app", "add-email")
        assert history.elsewhere().plans("app", *HASHES) == ()


class TestHeld:
    """Pushed by somebody without a key: kept, told, and used by nobody."""

    def test_a_push_without_a_key_is_told(self, history: Besieged) -> None:
        pushed = history.signing(None).push("app", state("e"), tags=["latest"])
        assert pushed.created
        assert "not signed" in history.notices[0]
        assert type(error_of(lambda: history.elsewhere().read("app"))) is UnsignedError

    def test_the_same_push_with_a_key_lets_it_count(self, history: Besieged) -> None:
        held = history.signing(None).push("app", state("e"), tags=["latest"])
        pushed = history.signing().push("app", state("e"), tags=["latest"])
        assert (pushed.created, pushed.version.version) == (False, held.version.version)
        found = history.elsewhere().read("app")
        assert (found.state, found.version.version) == (state("e"), held.version.version)
        assert not history.signing().push("app", state("e"), tags=["latest"]).created
        assert history.elsewhere().read("app").version.sequence == 6

    def test_a_tag_that_was_moved_without_a_key_is_moved_by_the_next_push_with_one(
        self, history: Besieged
    ) -> None:
        history.signing(None).push("app", state("d"), tags=["release"])
        history.signing().push("app", state("d"), tags=["release"])
        assert history.elsewhere().read("app", tag="release").state == state("d")

    def test_also_where_something_else_was_signed_since(self, history: Besieged) -> None:
        history.signing(None).push("app", state("d"), tags=["release"])
        history.signing().push("app", state("d"), tags=["other"])
        history.signing().push("app", state("d"), tags=["release"])
        assert history.elsewhere().read("app", tag="release").state == state("d")

    def test_what_was_pushed_while_the_primary_was_away_is_kept(self, history: Besieged) -> None:
        history.primary.fail(refuse)
        history.signing(None).push("app", state("e"), tags=["latest"])
        history.heal()
        found = history.elsewhere().read("app")
        assert (found.state, found.source) == (state("d"), "mem://primary")
        assert "mem://backup1: entry 5 of app is not signed" in found.notices
        history.signing().push("app", state("f"), tags=["latest"])
        first, *others = history.contents()
        assert [first] * 2 == others
        assert history.elsewhere().read("app").state == state("f")

    def test_a_policy_may_take_it_with_a_notice(self, history: Besieged) -> None:
        history.signing(None).push("app", state("e"), tags=["latest"])
        found = history.elsewhere(trust=Trust((OURS.public,), unsigned="WARN")).read("app")
        assert found.state == state("e")
        assert "mem://primary: entry 5 of app is not signed" in found.notices

    def test_an_approval_without_a_key_waits_for_one(self, history: Besieged) -> None:
        history.signing().create_plan(plan())
        approval = Approval(time="2026-01-02T00:00:00Z")
        history.signing(None).approve_plan("app", "add-email", approval)
        assert any("not signed" in notice for notice in history.notices)
        assert [found.status for found in history.elsewhere().plans("app")] == ["PENDING"]
        history.signing().approve_plan("app", "add-email", approval)
        assert [found.status for found in history.elsewhere().plans("app")] == ["APPROVED"]


def test_a_tampered_newest_entry_of_the_primary_is_not_built_upon(history: Besieged) -> None:
    history.edit(layout.entry("app", 4), lambda entry: entry.update(version="evil"), history.primary)
    pushed = history.signing().push("app", state("e"), tags=["latest"])
    assert "forked" in pushed.targets[0].error
    found = history.elsewhere().read("app")
    assert (found.state, found.source) == (state("e"), "mem://backup1")


def test_two_signed_histories_are_still_a_fork(history: Besieged) -> None:
    for store, name in ((history.backups[0], "x"), (history.backups[1], "y")):
        history.signing(stores=[store], memory=Forgetful()).push("app", state(name), tags=["latest"])
    history.primary.fail(refuse)
    assert type(error_of(lambda: history.elsewhere().read("app"))) is ForkError


def test_an_unknown_tag_is_not_found(history: Besieged) -> None:
    assert type(error_of(lambda: history.elsewhere().read("app", tag="nope"))) is NotFoundError


def test_a_key_without_trusted_ones_signs_and_asks_for_nothing(world: Besieged) -> None:
    world.registry().push("app", state("a"), tags=["latest"])
    signing_only = world.registry(signer=OURS)
    assert not signing_only.push("app", state("a"), tags=["latest"]).created
    assert world.elsewhere().read("app").state == state("a")
    before = world.contents()
    signing_only.push("app", state("a"), tags=["latest"])
    assert world.contents() == before
