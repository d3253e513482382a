"""A server in trouble says so in a way that sends clients to a backup, and never says it is their token."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backstay.credentials import Credential
from backstay.errors import AuthError, CorruptError, NetworkError, NotFoundError, RefusedError
from backstay.registry import chain, http_api
from backstay.registry.http_api import JSON, PROBLEM_JSON
from backstay.registry.http_connection import Connection
from backstay.registry.http_replica import HttpReplica
from backstay.registry.records import Approval, PlanEntry
from backstay.registry.replicated import ReplicatedRegistry
from backstay.registry.store_replica import StoreReplica
from backstay.server import threads
from backstay.server.protocol import PatientProtocol
from backstay.server.routes import OPERATIONS
from backstay.storage.memory import MemoryStore
from tests.registry.simulator import (
    FaultyStore,
    Forgetful,
    Hang,
    cut_short,
    deny,
    error_of,
    plan,
    refuse,
    state,
)
from tests.server.asking import STATE, ask, filled, raw
from tests.servers.registry import RegistryServer, registry_server
from tests.servers.scripted import Reply, scripted_server


@pytest.mark.parametrize(
    ("fault", "methods", "status", "kind"),
    [
        (refuse, (), 503, NetworkError),
        (deny, (), 503, NetworkError),
        (cut_short, ("get",), 500, CorruptError),
    ],
)
def test_a_storage_that_fails_is_not_the_clients_fault(
    server: RegistryServer, faulty: FaultyStore, fault: Any, methods: tuple[str, ...], status: int, kind: type
) -> None:
    filled(server)
    token = server.token()
    ask(server, "GET", http_api.head("app"), token)
    faulty.fail(fault, methods=methods, part="app/")
    answer = ask(server, "GET", http_api.head("app"), token)
    assert answer.status_code == status
    assert "secret-bucket" not in answer.text + str(answer.headers)
    assert type(error_of(lambda: server.replica(token).head("app"))) is kind
    assert all(event.get("error") for event in server.events if event["status"] >= 500)


def test_tokens_that_cannot_be_looked_up_are_not_wrong(server: RegistryServer, faulty: FaultyStore) -> None:
    token = server.token()
    for fault in (refuse, deny):
        faulty.fail(fault)
        assert ask(server, "GET", http_api.head("app"), token).status_code == 503


def test_a_storage_without_its_bucket_is_not_one_without_the_repository(
    server: RegistryServer, faulty: FaultyStore
) -> None:
    token = server.token()
    ask(server, "GET", http_api.head("app"), token)

    def no_bucket(call: Any, proceed: Any) -> Any:
        raise NotFoundError("there is no such bucket")

    faulty.fail(no_bucket)
    assert ask(server, "GET", http_api.head("app"), token).status_code == 500


def test_readiness_is_that_of_the_storage(server: RegistryServer, faulty: FaultyStore) -> None:
    assert ask(server, "GET", "/readyz", "").status_code == 200
    faulty.fail(refuse)
    assert ask(server, "GET", "/readyz", "").status_code == 503
    assert ask(server, "GET", "/healthz", "").status_code == 200


def test_a_bug_is_an_internal_error_without_its_text(server: RegistryServer, faulty: FaultyStore) -> None:
    token = server.token()
    ask(server, "GET", http_api.head("app"), token)

    def bug(call: Any, proceed: Any) -> Any:
        raise ValueError("hush")

    faulty.fail(bug)
    answer = ask(server, "GET", http_api.head("app"), token)
    assert (answer.status_code, answer.json()["reason"]) == (500, "internal")
    event = next(e for e in server.events if e["request"] == answer.headers["X-Request-Id"])
    assert event["error"].startswith("ValueError at ")
    assert "hush" not in answer.text + str(event)


def registry_of(server: RegistryServer, backup: StoreReplica, token: str) -> ReplicatedRegistry:
    return ReplicatedRegistry(server.replica(token), [backup], memory=Forgetful())


def test_a_backup_answers_for_a_server_whose_storage_is_away(
    server: RegistryServer, faulty: FaultyStore
) -> None:
    backup, token = StoreReplica(MemoryStore("mem://backup")), server.token()
    registry_of(server, backup, token).push("app", state("a"), tags=["latest"])
    faulty.fail(refuse)
    read = registry_of(server, backup, token).read("app")
    assert (read.state, read.source) == (state("a"), "mem://backup")
    pushed = registry_of(server, backup, token).push("app", state("b"), tags=["latest"])
    assert pushed.targets[0].error
    faulty.fail(None)
    again = registry_of(server, backup, token).push("app", state("c"), tags=["latest"])
    assert again.targets[0].notice == "caught up 1 entry"
    assert server.replica(token).head("app") == backup.head("app")


def test_a_backup_does_not_answer_for_a_token_that_was_revoked(server: RegistryServer) -> None:
    backup = StoreReplica(MemoryStore("mem://backup"))
    registry_of(server, backup, server.token()).push("app", state("a"), tags=["latest"])
    for token in ("bst_" + "0" * 43, server.token(repo="other")):
        with pytest.raises(AuthError):
            registry_of(server, backup, token).read("app")


HTML = {"Content-Type": "text/html"}
STRANGERS: list[tuple[str, Reply, type]] = [
    ("a login page", Reply(200, b"<html>Please log in", HTML), CorruptError),
    ("a login page that says it is JSON",
     Reply(200, b"<html>", {"Content-Type": JSON}), CorruptError),
    ("nothing", Reply(200, b"", {"Content-Type": JSON}), CorruptError),
    ("a redirect", Reply(302, b"", {"Location": "http://169.254.169.254/"}), CorruptError),
    ("a redirect to a file", Reply(307, b"", {"Location": "file:///etc/passwd"}), CorruptError),
    ("a 404 of somebody else", Reply(404, b"no", HTML), CorruptError),
    ("a 401 of a proxy", Reply(401, b"no", HTML), RefusedError),
    ("a gateway's error", Reply(502, b"<html>", HTML), NetworkError),
    ("too many requests", Reply(429, b"", {"Retry-After": "86400"}), NetworkError),
    ("compressed",
     Reply(200, b"\x1f\x8b", {"Content-Type": JSON, "Content-Encoding": "gzip"}), CorruptError),
    ("cut short", Reply(200, b"{", {"Content-Type": JSON}, length=99), CorruptError),
    ("broken off", Reply(200, b"{", {"Content-Type": JSON}, length=99, reset=True), NetworkError),
    ("an error that is no problem document",
     Reply(400, b"{", {"Content-Type": PROBLEM_JSON}), CorruptError),
]  # fmt: skip


@pytest.mark.parametrize(("_", "reply", "kind"), STRANGERS, ids=[row[0] for row in STRANGERS])
def test_what_is_no_registry_is_not_believed(_: str, reply: Reply, kind: type) -> None:
    with scripted_server(reply) as stranger:
        replica = HttpReplica(Connection(stranger.endpoint, Credential("bst_hush", "BACKSTAY_TOKEN")))
        error = error_of(lambda: replica.head("app"))
        assert type(error) is kind, error
        assert "hush" not in error.message + error.hint
        assert all(request.path == "/v1/repos/app/head" for request in stranger.requests)


def test_a_netrc_does_not_replace_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with scripted_server(Reply(403)) as stranger:
        replica = HttpReplica(Connection(stranger.endpoint, Credential("bst_x", "BACKSTAY_TOKEN")))
        error_of(lambda: replica.head("app"))
        error_of(lambda: HttpReplica(Connection(stranger.endpoint)).head("app"))
        sent = [request.headers.get("Authorization") for request in stranger.requests]
    assert sent == ["Bearer bst_x", None]


def test_an_answer_that_was_lost_is_asked_for_again(server: RegistryServer) -> None:
    lost = Reply(503, b"", {"Content-Type": "text/plain"})
    good = Reply(200, b'{"items":[]}', {"Content-Type": JSON})
    with scripted_server(lost, lost, good) as flaky:
        assert HttpReplica(Connection(flaky.endpoint)).plan_keys("app") == frozenset()
        assert len(flaky.requests) == 3


def test_a_deployment_is_reported_once(server: RegistryServer) -> None:
    deployment = http_api.Deployment(target="prod", from_hash="a", to_hash="b", result="APPLIED")
    with scripted_server(Reply(503)) as flaky:
        assert (
            type(error_of(lambda: HttpReplica(Connection(flaky.endpoint)).report("app", deployment)))
            is NetworkError
        )
        assert len(flaky.requests) == 1
    server.replica().report("app", deployment)


class Hasty(PatientProtocol):
    head_seconds = 0.05


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\n",
        b"PUT /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n",
    ],
)
def test_a_connection_that_does_not_come_to_the_point_is_closed(begun: bytes) -> None:
    with registry_server(MemoryStore(), protocol=Hasty) as server:
        host, _, port = server.url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(begun)
            while connection.recv(65536):
                pass


def test_a_body_that_comes_too_slowly_is_given_up() -> None:
    with registry_server(MemoryStore(), body_seconds=0.05) as server:
        path = http_api.state("app", "0" * 64)
        head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token()}\r\n"
        assert raw(server, f"{head}Content-Length: 1000\r\n\r\n{{".encode()) == 408


def test_a_storage_that_hangs_does_not_hold_up_what_needs_none(
    server: RegistryServer, faulty: FaultyStore
) -> None:
    token = server.token()
    ask(server, "GET", http_api.head("app"), token)
    hang = Hang()
    faulty.fail(hang, part="app/")
    try:
        with ThreadPoolExecutor(3) as pool:
            waiting = [pool.submit(ask, server, "GET", http_api.head("app"), token) for _ in range(3)]
            assert ask(server, "GET", "/healthz", "").status_code == 200
            hang.released.set()
            assert [future.result().status_code for future in waiting] == [503] * 3
    finally:
        hang.released.set()


def test_a_storage_that_says_nothing_is_away(monkeypatch: pytest.MonkeyPatch, faulty: FaultyStore) -> None:
    monkeypatch.setattr("backstay.server.app.READY_SECONDS", 0.05)
    quick = [replace(operation, seconds=0.05) for operation in OPERATIONS]
    monkeypatch.setattr("backstay.server.app.OPERATIONS", quick)
    with registry_server(faulty) as server:
        token, hang = server.token(), Hang()
        faulty.fail(hang)
        try:
            with ThreadPoolExecutor(threads.COUNT * 2) as pool:
                asked = [
                    pool.submit(ask, server, "GET", http_api.head("app"), token)
                    for _ in range(threads.COUNT * 2)
                ]
                answers = [future.result() for future in asked]
            assert {answer.status_code for answer in answers} == {503}
            assert all(answer.headers["Retry-After"] for answer in answers)
            assert ask(server, "GET", "/readyz", "").status_code == 503
            assert ask(server, "GET", "/healthz", "").status_code == 200
        finally:
            faulty.fail(None)
            hang.released.set()
        assert faulty.hits <= threads.COUNT
        monkeypatch.setattr("backstay.server.app.READY_SECONDS", 60)
        assert ask(server, "GET", "/readyz", "").status_code == 200


def test_whether_a_state_is_there_is_seen_without_reading_it(
    server: RegistryServer, faulty: FaultyStore
) -> None:
    filled(server)
    replica = server.replica()
    digest = chain.digest(STATE)
    assert ask(server, "HEAD", http_api.state("app", digest), server.token()).headers["ETag"] == f'"{digest}"'
    faulty.fail(refuse, methods=["get"], part="states/")
    assert replica.has_state("app", digest)
    assert not replica.has_state("app", "0" * 64)
    assert faulty.hits == 0


def test_a_storage_that_ignores_conditions_is_not_written(faulty: FaultyStore) -> None:
    faulty.conditional = False
    with registry_server(faulty) as server:
        answer = ask(server, "PUT", http_api.state("app", "0" * 64), server.token(), b"{}")
        assert answer.status_code == 500
        assert "conditional" in answer.json()["detail"]
        assert list(faulty.real.list("app/")) == []


def scoped(server: RegistryServer, backup: StoreReplica, *scopes: str) -> ReplicatedRegistry:
    return registry_of(server, backup, server.token(*scopes))


def test_each_scope_is_enough_for_its_own_step(server: RegistryServer) -> None:
    backup = StoreReplica(MemoryStore("mem://backup"))
    steps = [
        scoped(server, backup, "push").push("app", state("a"), tags=["latest"]),
        scoped(server, backup, "plan").create_plan(plan()),
        scoped(server, backup, "approve").approve_plan("app", "add-email", Approval(time="2026")),
        scoped(server, backup, "plan").delete_plan("app", "add-email"),
    ]
    assert [target.error for step in steps for target in step.targets] == [""] * 8


def test_an_approval_given_while_the_server_was_away_comes_with_the_right_to_approve(
    server: RegistryServer,
) -> None:
    backup = StoreReplica(MemoryStore("mem://backup"))
    scoped(server, backup, "push").push("app", state("a"), tags=["latest"])
    approved = plan(status="APPROVED", approvals=(Approval(time="2026"),))
    ReplicatedRegistry(backup, memory=Forgetful()).create_plan(approved)
    pushed = scoped(server, backup, "push").push("app", state("b"), tags=["latest"])
    assert [target.error for target in pushed.targets] == ["", ""]
    assert 'plan "add-email" was not copied' in pushed.targets[0].notice
    assert server.replica().plan_keys("app") == frozenset()
    scoped(server, backup, "push", "plan", "approve").push("app", state("c"), tags=["latest"])
    assert server.replica().plan("app", PlanEntry(plan=approved).key).plan.status == "APPROVED"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:{closed}", "cannot be reached"),
        ("https://127.0.0.1:{open}", "TLS failed"),
        ("http://127.0.0.1:{open}/elsewhere", "not that of a registry server"),
        ("http://[::1]:{closed}", "cannot be reached"),
    ],
)
def test_a_server_that_is_not_where_it_is_said_to_be(server: RegistryServer, url: str, words: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        place = url.format(closed=unused.getsockname()[1], open=server.url.rpartition(":")[2])
        backup = StoreReplica(MemoryStore("mem://backup"))
        ReplicatedRegistry(backup, memory=Forgetful()).push("app", state("a"))
        replica = HttpReplica(Connection(place, Credential(server.token(), "BACKSTAY_TOKEN")))
        error = error_of(lambda: replica.head("app"))
        assert isinstance(error, NetworkError | CorruptError)
        assert words in error.message
        read = ReplicatedRegistry(replica, [backup], memory=Forgetful()).read("app")
    assert read.source == "mem://backup"


def test_a_proxy_that_is_gone_is_named(server: RegistryServer, monkeypatch: pytest.MonkeyPatch) -> None:
    token = server.token()
    monkeypatch.setenv("HTTP_PROXY", "http://me:hush@127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    error = error_of(lambda: server.replica(token).head("app"))
    assert type(error) is NetworkError
    assert "proxy" in error.message
    assert "hush" not in error.message + error.hint


def test_addresses_behind_a_proxy_are_told_apart(server: RegistryServer) -> None:
    ask(server, "GET", "/healthz", "", headers={"X-Forwarded-For": "203.0.113.7"})
    assert server.events[-1]["address"] == "203.0.113.7"
