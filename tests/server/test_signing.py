"""A server with a key signs what its callers write anew, and nothing that was only brought along."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import responses
from msgspec.structs import replace

from backstay.credentials import Credential
from backstay.errors import AuthError, CorruptError, UnsignedError
from backstay.registry import chain, http_api
from backstay.registry.countersigning import countersign_entry, countersign_plan
from backstay.registry.http_connection import Connection
from backstay.registry.http_replica import HttpReplica
from backstay.registry.records import Approval, PlanEntry, RunContext
from backstay.registry.replicated import ReplicatedRegistry
from backstay.registry.signing import sign_approval, sign_plan, sign_removal
from backstay.registry.signing_keys import PublicKey, Signer, decode_bytes
from backstay.registry.store_replica import StoreReplica
from backstay.registry.trust import Trust
from backstay.schema.canonical import encode
from backstay.server.tokens import FOLDER, Tokens
from backstay.storage.memory import MemoryStore
from tests.registry.simulator import Forgetful, error_of, plan, state
from tests.registry.test_trust import RECORD
from tests.server.asking import ask
from tests.servers.registry import RegistryServer, registry_server

SERVERS, OURS = Signer(b"s" * 32), Signer(b"o" * 32)
TRUST = Trust((SERVERS.public,))
APPROVAL = Approval(time="2026-01-02T00:00:00Z", context=RunContext(username="ada"))


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with registry_server(MemoryStore("mem://storage"), signer=SERVERS) as running:
        yield running


@pytest.fixture
def backup() -> StoreReplica:
    return StoreReplica(MemoryStore("mem://backup"), TRUST)


def client(
    server: RegistryServer, *backups: StoreReplica, token: str | None = None, trust: Trust = TRUST
) -> ReplicatedRegistry:
    return ReplicatedRegistry(server.replica(token), backups, memory=Forgetful(), trust=trust)


def test_what_is_pushed_through_it_counts_everywhere(server: RegistryServer, backup: StoreReplica) -> None:
    client(server, backup).push("app", state("a"), tags=["latest"])
    client(server, backup).push("app", state("b"), tags=["latest"])
    alone = ReplicatedRegistry(backup, memory=Forgetful(), trust=TRUST)
    assert client(server).read("app").state == alone.read("app").state == state("b")
    assert backup.head("app") == server.replica().head("app")


def test_a_plan_goes_its_way_signed_at_each_step(server: RegistryServer, backup: StoreReplica) -> None:
    registry = client(server, backup)
    registry.create_plan(plan())
    registry.approve_plan("app", "add-email", APPROVAL)
    alone = ReplicatedRegistry(backup, memory=Forgetful(), trust=TRUST)
    assert [each.status for each in registry.plans("app")] == ["APPROVED"]
    assert registry.plans("app") == alone.plans("app")
    registry.delete_plan("app", "add-email")
    assert registry.plans("app") == alone.plans("app") == ()
    registry.create_plan(plan(status="APPROVED", sql="SELECT 2"))
    assert [(each.migration, each.status) for each in alone.plans("app")] == [("SELECT 2", "APPROVED")]


def test_what_was_pushed_elsewhere_meanwhile_is_brought_along_unsigned(
    server: RegistryServer, backup: StoreReplica
) -> None:
    client(server, backup).push("app", state("a"), tags=["latest"])
    ReplicatedRegistry(backup, memory=Forgetful()).push("app", state("evil"), tags=["latest"])
    client(server, backup).push("app", state("b"), tags=["other"])
    assert server.replica().entry("app", 2).record.signatures == ()
    assert type(error_of(lambda: client(server).read("app"))) is UnsignedError
    client(server, backup).push("app", state("c"), tags=["latest"])
    assert client(server).read("app").state == state("c")


def test_a_plan_that_lies_in_a_backup_is_not_signed_by_bringing_it_along(
    server: RegistryServer, backup: StoreReplica
) -> None:
    client(server, backup).push("app", state("a"), tags=["latest"])
    backup.merge_plan(PlanEntry(plan=plan(status="APPROVED", sql="DROP TABLE users")))
    careless = client(server, backup, trust=Trust())
    careless.push("app", state("b"), tags=["latest"])
    careless.approve_plan("app", "add-email", APPROVAL)
    assert type(error_of(lambda: client(server).plans("app"))) is UnsignedError


def test_sending_an_entry_again_stores_it_once(server: RegistryServer) -> None:
    client(server).push("app", state("a"), tags=["latest"])
    stored = server.replica().entry("app", 1)
    unsigned = chain.seal(replace(stored.record, signatures=()))
    assert server.replica().append("app", unsigned) == stored
    assert server.replica().head("app") == stored


def test_who_approves_vouches_for_the_approval_only(server: RegistryServer) -> None:
    server.replica().merge_plan(PlanEntry(plan=plan()))
    approver = server.replica(server.token("read", "approve"))
    approved = approver.advance_plan(sign_approval(PlanEntry(plan=plan()), APPROVAL, None))
    assert approved.signatures == ()
    assert [each.key for each in approved.plan.approvals[0].signatures] == [SERVERS.public.id]


def test_who_may_only_approve_vouches_for_no_plan(server: RegistryServer) -> None:
    server.replica().merge_plan(PlanEntry(plan=plan()))
    approver = server.replica(server.token("read", "approve"))
    signed = sign_plan(PlanEntry(plan=plan()), OURS)
    for step in (signed, sign_approval(signed, APPROVAL, OURS)):
        with pytest.raises(AuthError):
            approver.merge_plan(step)


def test_a_token_that_may_not_approve_gets_no_approval_signed(server: RegistryServer) -> None:
    planner = server.replica(server.token("read", "plan"))
    planner.advance_plan(PlanEntry(plan=plan()))
    for step in (
        sign_approval(PlanEntry(plan=plan()), APPROVAL, None),
        PlanEntry(plan=plan(status="APPROVED")),
    ):
        with pytest.raises(AuthError):
            planner.advance_plan(step)
        with pytest.raises(AuthError):
            planner.merge_plan(step)


def test_what_is_only_said_again_is_not_signed(server: RegistryServer) -> None:
    held = sign_approval(PlanEntry(plan=plan()), APPROVAL, None)
    server.replica().merge_plan(held)
    assert server.replica().advance_plan(held) == held


def test_what_came_along_unsigned_is_removed_and_stored_again(server: RegistryServer) -> None:
    server.replica().merge_plan(PlanEntry(plan=plan(status="APPROVED")))
    registry = client(server)
    registry.delete_plan("app", "add-email")
    registry.create_plan(plan())
    assert [(each.migration, each.status) for each in registry.plans("app")] == [
        (plan().migration, "PENDING")
    ]


def test_its_keys_are_for_everybody(server: RegistryServer) -> None:
    (key,) = ask(server, "GET", "/.well-known/jwks.json", token="").json()["keys"]
    assert (PublicKey(decode_bytes(key["x"])), key["kid"]) == (SERVERS.public, SERVERS.public.id)
    with registry_server(MemoryStore()) as unsigned:
        assert ask(unsigned, "GET", "/.well-known/jwks.json", token="").json() == {"keys": []}


def test_without_a_key_it_stores_what_it_gets() -> None:
    with registry_server(MemoryStore()) as unsigned:
        client(unsigned, trust=Trust()).push("app", state("a"), tags=["latest"])
        assert unsigned.replica().entry("app", 1).record.signatures == ()


@pytest.mark.parametrize("signer", [None, OURS])
def test_a_token_that_somebody_put_into_the_storage_opens_nothing(
    server: RegistryServer, signer: Signer | None
) -> None:
    now = datetime.now(UTC)
    forged, secret = Tokens(server.store, signer).create("eve", ["admin"], ["*"], now=now, expires=None)
    answer = ask(server, "GET", http_api.head("app"), secret)
    assert (answer.status_code, answer.json()["detail"]) == (
        401,
        "the token was not made with a key that this server trusts",
    )
    assert forged.signatures == Tokens(server.store).all()[0].signatures


def test_nor_does_one_that_was_given_more_rights(server: RegistryServer) -> None:
    secret = server.token("read")
    assert ask(server, "GET", http_api.tags("app"), secret).status_code == 200
    (key,) = server.store.list(FOLDER)
    data = server.store.get(key).data
    server.store.put(key, data.replace(b'"scopes":["read"]', b'"scopes":["admin"]'))
    with registry_server(server.store, signer=SERVERS) as other:
        assert ask(other, "GET", http_api.tags("app"), secret).status_code == 401


def test_tokens_of_a_key_that_the_server_trusts_too_are_good(server: RegistryServer) -> None:
    trust = Trust((SERVERS.public, OURS.public))
    with registry_server(MemoryStore(), signer=SERVERS, trust=trust) as lenient:
        tokens = Tokens(lenient.store, OURS)
        _, secret = tokens.create("ci", ["read"], ["*"], now=datetime.now(UTC), expires=None)
        assert ask(lenient, "GET", http_api.tags("app"), secret).status_code == 200
        tokens.revoke("ci", now=datetime.now(UTC))
    with registry_server(lenient.store, signer=SERVERS, trust=trust) as another:
        assert ask(another, "GET", http_api.tags("app"), secret).status_code == 401


@responses.activate
def test_a_server_that_answers_something_else_is_found_out() -> None:
    replica = HttpReplica(Connection("https://registry.example", Credential("secret", "BACKSTAY_TOKEN")))
    other_entry = chain.seal(replace(RECORD, description="x")).data
    other_plan = PlanEntry(plan=plan(sql="DROP TABLE users"))
    for path, body in (
        (http_api.log("app"), other_entry),
        (http_api.plan("app", other_plan.key), encode(other_plan)),
    ):
        responses.post(f"https://registry.example{path}", body=body, content_type="application/json")
    with pytest.raises(CorruptError, match="not stored as it was sent"):
        replica.append("app", chain.seal(RECORD))
    with pytest.raises(CorruptError, match="not stored as it was sent"):
        replica.advance_plan(PlanEntry(plan=plan()))


class TestWhatIsSigned:
    def test_signatures_of_others_stay(self) -> None:
        entry = countersign_entry(chain.seal(RECORD), OURS)
        both = countersign_entry(entry, SERVERS).record.signatures
        assert {each.key for each in both} == {OURS.public.id, SERVERS.public.id}
        assert countersign_entry(entry, None) == entry

    def test_a_plan_of_a_client_with_a_key_counts_for_both(self) -> None:
        ours = sign_plan(PlanEntry(plan=plan(status="APPROVED")), OURS)
        signed = countersign_plan(None, ours, SERVERS)
        for signer in (OURS, SERVERS):
            entry, notices = Trust((signer.public,)).check_plan(signed, "here")
            assert (entry.plan.status, notices) == ("APPROVED", ())

    def test_a_removal_is_signed_once_it_is_made(self) -> None:
        current = PlanEntry(plan=plan())
        removed = sign_removal(current, "2026-01-03T00:00:00Z", None)
        assert TRUST.accepts_plan(countersign_plan(current, removed, SERVERS))
        assert countersign_plan(removed, removed, SERVERS).removed_signatures == ()
