"""A copy behind a registry server does what one in a store does, and is no more to be believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import pytest

from backstay.credentials import Credential
from backstay.errors import AuthError, BackstayError, ConfigError, ConflictError, CorruptError, NotFoundError
from backstay.registry import chain
from backstay.registry.http_connection import Connection
from backstay.registry.http_replica import HttpReplica
from backstay.registry.records import Approval, PlanEntry
from backstay.registry.replica import Replica
from backstay.registry.replicated import ReplicatedRegistry
from backstay.registry.store_replica import StoreReplica
from backstay.schema.canonical import encode
from backstay.storage.memory import MemoryStore
from tests.registry.simulator import Forgetful, plan, state
from tests.registry.test_store_replica import entry
from tests.servers.registry import RegistryServer, registry_server

NAMES = ("app", "My App/ünïcode", "../../etc", ".hidden", "a?b#c%2f")


@pytest.fixture(scope="module")
def server() -> Iterator[RegistryServer]:
    with registry_server(MemoryStore()) as running:
        yield running


@pytest.fixture(params=["store", "server"])
def make(request: pytest.FixtureRequest, server: RegistryServer) -> Callable[[], Replica]:
    """Makes clients of one copy, with or without a server in between."""
    if request.param == "store":
        store = MemoryStore()
        return lambda: StoreReplica(store)
    return server.replica


def first(repo: str, *tags: str) -> tuple[chain.Entry, bytes]:
    data = encode(state("a"))
    record = entry(1, None, *tags).record

    return chain.seal(msgspec.structs.replace(record, repo=repo, state=chain.digest(data))), data


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_read(
    make: Callable[[], Replica], name: str, request: pytest.FixtureRequest
) -> None:
    repo = f"{name}-{request.node.callspec.id}"
    new, data = first(repo, name)
    replica = make()
    assert replica.head(repo) is None
    replica.put_state(repo, new.record.state, data)
    replica.append(repo, new)
    other = make()
    assert other.head(repo) == other.entry(repo, 1) == other.tagged(repo, name) == new
    assert other.versioned(repo, "v1") == new
    assert other.state(repo, new.record.state) == data


def test_appending_twice_is_idempotent_and_another_entry_is_a_conflict(make: Callable[[], Replica]) -> None:
    new, data = first("twice")
    replica = make()
    replica.put_state("twice", new.record.state, data)
    for _ in range(2):
        replica.append("twice", new)
        replica.index("twice", new)
    other, _ = first("twice", "other")
    with pytest.raises(ConflictError):
        replica.append("twice", other)


@pytest.mark.parametrize(
    ("ask", "kind"),
    [
        (lambda r: r.entry("none", 1), NotFoundError),
        (lambda r: r.tagged("none", "latest"), NotFoundError),
        (lambda r: r.versioned("none", "v1"), NotFoundError),
        (lambda r: r.state("none", "0" * 64), CorruptError),
        (lambda r: r.plan("none", PlanEntry(plan=plan()).key), CorruptError),
        (lambda r: r.head("x" * 500), ConfigError),
    ],
)
def test_what_is_not_there(
    make: Callable[[], Replica], ask: Callable[[Replica], object], kind: type[BackstayError]
) -> None:
    with pytest.raises(kind) as caught:
        ask(make())
    assert type(caught.value) is kind


def test_plans_are_merged_and_listed_over_all_pages(make: Callable[[], Replica]) -> None:
    replica = make()
    entries = [PlanEntry(plan=plan(f"Plan {n}", repo="many")) for n in range(205)]
    for each in entries:
        assert replica.merge_plan(each) == each
    assert replica.plan_keys("many") == {each.key for each in entries}
    assert replica.plan_keys("many", "from+/=", "to+/=") == {each.key for each in entries}
    assert replica.plan_keys("many", "other") == frozenset()
    approved = plan("Plan 7", repo="many", status="APPROVED", approvals=(Approval(time="2026"),))
    removed = PlanEntry(plan=plan("Plan 7", repo="many"), removed="2026-01-02T00:00:00Z")
    replica.merge_plan(PlanEntry(plan=approved))
    merged = replica.merge_plan(removed)
    assert merged == replica.plan("many", merged.key)
    assert (merged.plan.status, merged.removed) == ("APPROVED", removed.removed)
    with pytest.raises(ConflictError):
        replica.merge_plan(PlanEntry(plan=plan("Plan 8", "DROP TABLE t;", repo="many")))


@pytest.mark.parametrize("primary", ["store", "server"])
def test_a_server_is_a_primary_or_a_backup_like_any_other(server: RegistryServer, primary: str) -> None:
    repo = f"both-{primary}"
    store = StoreReplica(MemoryStore("mem://other"))
    copies: list[Replica] = [server.replica(), store] if primary == "server" else [store, server.replica()]
    registry = ReplicatedRegistry(copies[0], copies[1:], memory=Forgetful())
    for name in ("a", "b"):
        registry.push(repo, state(name), tags=["latest"])
    registry.create_plan(plan(repo=repo))
    registry.approve_plan(repo, "add-email", Approval(time="2026-01-01T00:00:00Z"))
    registry.delete_plan(repo, "add-email")
    for copy in copies:
        alone = ReplicatedRegistry(copy, memory=Forgetful())
        assert alone.read(repo).state == state("b")
        assert alone.plans(repo) == ()
    assert copies[0].head(repo) == copies[1].head(repo)


def test_a_token_is_not_sent_in_the_open() -> None:
    token = Credential("bst_hush", "BACKSTAY_TOKEN")
    with pytest.raises(ConfigError, match="in the open") as caught:
        Connection("http://registry.example", token)
    assert "hush" not in str(caught.value) + caught.value.hint
    Connection("http://registry.example?plain=on", token)
    Connection("http://localhost:1", token)
    Connection("http://[::1]:1", token)


@pytest.mark.parametrize(
    "url", ["https://t:hush@host", "https:///path", "https://host?token=hush", "https://h#f"]
)
def test_urls_that_name_no_server(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Connection(url)
    assert "hush" not in str(caught.value)


def test_without_a_token_the_error_says_which_variable(server: RegistryServer) -> None:
    with pytest.raises(AuthError) as caught:
        HttpReplica(Connection(server.url)).head("app")
    assert "BACKSTAY_TOKEN" in caught.value.hint


def test_a_wrong_token_is_named_by_its_source_alone(server: RegistryServer) -> None:
    with pytest.raises(AuthError, match="token from BACKSTAY_TOKEN") as caught:
        server.replica("bst_hush").head("app")
    assert "hush" not in str(caught.value) + caught.value.hint


def test_a_state_is_known_to_be_there_or_not(make: Callable[[], Replica]) -> None:
    new, data = first("states")
    assert not make().has_state("states", new.record.state)
    make().put_state("states", new.record.state, data)
    assert make().has_state("states", new.record.state)
