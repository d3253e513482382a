"""Who may do what: tokens, their scopes and repositories, their end, and wrong ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
from msgspec.structs import replace

from backstay.errors import BackstayError, ConfigError, ConflictError, CorruptError, NotFoundError
from backstay.grants.rights import SCOPES
from backstay.registry import chain, http_api
from backstay.registry.records import Approval
from backstay.schema.canonical import encode
from backstay.server import access
from backstay.server.access import Access
from backstay.server.problems import Refusal
from backstay.server.tokens import Tokens
from backstay.storage.memory import MemoryStore
from tests.registry.simulator import FaultyStore, error_of, refuse
from tests.server.asking import IF_ABSENT, PLAN, PLAN_PATH, STATE, ask, filled, next_entry
from tests.servers.registry import RegistryServer

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
APPROVED = replace(PLAN, plan=replace(PLAN.plan, status="APPROVED", approvals=(Approval(time="2026"),)))
REMOVED = replace(PLAN, removed="2026-01-02T00:00:00Z")
NEW_APPROVED = replace(APPROVED, plan=replace(APPROVED.plan, name="other"))
DEPLOYMENT = encode(http_api.Deployment(target="prod", from_hash="a", to_hash="b", result="APPLIED"))
ENTRY = next_entry(next_entry(None, "latest"))

WRITES: list[tuple[str, str, str, bytes, set[str]]] = [
    ("a state", "PUT", http_api.state("app", chain.digest(STATE)), STATE, {"push"}),
    ("an entry", "PUT", http_api.entry("app", 2), ENTRY.data, {"push"}),
    ("a plan", "PUT", http_api.plan("app", replace(PLAN, plan=replace(PLAN.plan, name="n")).key),
     encode(replace(PLAN, plan=replace(PLAN.plan, name="n"))), {"plan"}),
    ("a plan as it is", "PUT", PLAN_PATH, encode(PLAN), {"plan", "approve"}),
    ("an approval inside a plan", "PUT", PLAN_PATH, encode(APPROVED), {"approve"}),
    ("a new plan that is approved", "PUT",
     http_api.plan("app", NEW_APPROVED.key), encode(NEW_APPROVED), set()),
    ("a removal", "PUT", PLAN_PATH, encode(REMOVED), {"plan"}),
    ("an approval", "POST", f"{PLAN_PATH}/approvals", b"{}", {"approve"}),
    ("a deployment", "POST", http_api.deployments("app"), DEPLOYMENT, {"apply"}),
]  # fmt: skip


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(("_", "method", "path", "body", "enough"), WRITES, ids=[row[0] for row in WRITES])
def test_each_write_takes_its_scope(
    server: RegistryServer, _: str, method: str, path: str, body: bytes, enough: set[str], scope: str
) -> None:
    filled(server)
    answer = ask(
        server, method, path, server.token(scope), body, headers=IF_ABSENT if "/log/" in path else {}
    )
    allowed = scope in {*enough, "admin"}
    assert (answer.status_code in (200, 201)) is allowed
    if not allowed:
        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert answer.headers["Content-Type"] == http_api.PROBLEM_JSON


@pytest.mark.parametrize("scope", SCOPES)
def test_every_token_may_read(server: RegistryServer, scope: str) -> None:
    filled(server)
    assert ask(server, "GET", http_api.head("app"), server.token(scope)).status_code == 200


@pytest.mark.parametrize(
    ("glob", "repo", "allowed"),
    [
        ("*", "a/b", True),
        ("app", "app", True),
        ("app", "App", False),
        ("app*", "application", True),
        ("team/*", "team/a/b", True),
        ("team/*", "teamx", False),
        ("a?p", "app", True),
        ("[ab]pp", "app", True),
    ],
)
def test_repositories_are_globs(server: RegistryServer, glob: str, repo: str, allowed: bool) -> None:
    answer = ask(server, "GET", http_api.head(repo), server.token("read", repo=glob))
    assert answer.status_code == (404 if allowed else 403)


def test_what_is_not_allowed_is_not_said_to_be_there(server: RegistryServer) -> None:
    filled(server)
    token = server.token("read", repo="other")
    there, absent = (ask(server, "GET", http_api.head(repo), token).json() for repo in ("app", "nope"))
    assert {**there, "detail": ""} == {**absent, "detail": ""}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "bst_x",
        "Bearer bst_short",
        "Bearer " + "x" * 9000,
        "Bearer bst_\xe9",
    ],
)
def test_what_is_no_token(server: RegistryServer, header: str) -> None:
    import requests

    url = server.url + http_api.head("app")
    answer = requests.get(url, headers={"Authorization": header.encode("latin-1")}, timeout=20)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert header.removeprefix("Bearer ").strip() not in answer.text or len(header) < 8


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def made(store: FaultyStore | MemoryStore, clock: Clock, hours: float = 1) -> tuple[Access, str, str]:
    expires = clock.now() + timedelta(hours=hours)
    token, secret = Tokens(store).create("ci", ["push"], ["*"], now=clock.now(), expires=expires)
    return Access(Tokens(store), clock=clock.now, monotonic=clock.monotonic), token.id, f"Bearer {secret}"


def status(guard: Access, header: str, address: str = "10.0.0.1") -> int:
    try:
        guard.caller(header, address)
    except Refusal as refusal:
        return refusal.status.value
    return 200


def test_a_token_ends_when_it_expires(clock: Clock) -> None:
    guard, _, header = made(MemoryStore(), clock)
    assert status(guard, header) == 200
    clock.seconds = 3599
    assert status(guard, header) == 200
    clock.seconds = 3600
    assert status(guard, header) == 401


def test_a_revoked_token_ends_within_seconds_everywhere(clock: Clock) -> None:
    store = MemoryStore()
    guard, id_, header = made(store, clock)
    assert status(guard, header) == 200
    Tokens(store).revoke(id_, now=clock.now())
    clock.seconds = access.KNOWN_SECONDS
    assert status(guard, header) == 401


def test_a_known_token_costs_the_storage_nothing_for_some_seconds(clock: Clock) -> None:
    store = FaultyStore(MemoryStore())
    guard, _, header = made(store, clock)
    status(guard, header)
    store.fail(refuse)
    assert status(guard, header) == 200
    clock.seconds = access.KNOWN_SECONDS
    assert type(error_of(lambda: guard.caller(header, ""))).reason == "network"


def test_wrong_tokens_are_limited_by_address(clock: Clock) -> None:
    guard, _, header = made(MemoryStore(), clock)
    wrong = [f"Bearer bst_{n:043d}" for n in range(access.FAILURES + 1)]
    assert [status(guard, each) for each in wrong] == [401] * access.FAILURES + [429]
    assert status(guard, header, "10.0.0.2") == 200
    clock.seconds = access.WINDOW_SECONDS
    assert status(guard, wrong[-1]) == 401


def test_a_limited_address_may_go_on_with_a_token_that_is_known(clock: Clock) -> None:
    guard, _, header = made(MemoryStore(), clock)
    assert status(guard, header) == 200
    for n in range(access.FAILURES + 1):
        status(guard, f"Bearer bst_{n:043d}")
    clock.seconds = access.KNOWN_SECONDS
    assert status(guard, header) == 200


def test_a_limited_address_keeps_nobody_out_who_has_a_token(clock: Clock) -> None:
    store = FaultyStore(MemoryStore())
    guard, _, header = made(store, clock)
    expires = clock.now() + timedelta(hours=1)
    gone, secret = Tokens(store).create("gone", ["push"], ["*"], now=clock.now(), expires=expires)
    Tokens(store).revoke(gone.id, now=clock.now())
    wrong = [f"Bearer bst_{n:043d}" for n in range(access.FAILURES + 100)]
    assert {status(guard, each) for each in wrong} == {401, 429}
    assert status(guard, header) == 200
    assert status(guard, f"Bearer {secret}") == 401
    assert len([call for call in store.calls if call.method == "get"]) < access.FAILURES + 10


def test_a_token_made_while_its_address_is_limited_counts_within_seconds(clock: Clock) -> None:
    store = MemoryStore()
    guard, _, _ = made(store, clock)
    for n in range(access.FAILURES + 1):
        status(guard, f"Bearer bst_{n:043d}")
    _, secret = Tokens(store).create("new", ["push"], ["*"], now=clock.now(), expires=None)
    clock.seconds = access.KNOWN_SECONDS
    assert status(guard, f"Bearer {secret}") == 200


def test_a_revoked_token_hears_401_for_ever_and_never_429(clock: Clock) -> None:
    store = MemoryStore()
    guard, id_, header = made(store, clock)
    Tokens(store).revoke(id_, now=clock.now())
    assert {status(guard, header) for _ in range(access.FAILURES * 3)} == {401}
    for n in range(access.FAILURES + 1):
        status(guard, f"Bearer bst_{n:043d}")
    clock.seconds = access.KNOWN_SECONDS * 2
    assert status(guard, header) == 401


def test_the_storage_keeps_no_token(clock: Clock) -> None:
    store = MemoryStore()
    _, _, header = made(store, clock)
    assert header.removeprefix("Bearer bst_").encode() not in b"".join(
        store.get(k).data for k in store.list("")
    )


def test_a_token_whose_record_was_altered_lets_nobody_in(clock: Clock) -> None:
    store = MemoryStore()
    guard, id_, header = made(store, clock)
    key = f".backstay/tokens/{id_}.json"
    record = store.get(key).data
    store.put(key, record.replace(b'"hash":"', b'"hash":"f'))
    assert type(error_of(lambda: guard.caller(header, ""))) is CorruptError


def test_tokens_are_listed_and_revoked_by_name_or_id() -> None:
    tokens = Tokens(MemoryStore())
    first, _ = tokens.create("ci", ["read"], ["*"], now=NOW, expires=None)
    with pytest.raises(ConflictError):
        tokens.create("ci", ["read"], ["*"], now=NOW, expires=None)
    assert tokens.revoke("ci", now=NOW).id == first.id
    second, _ = tokens.create("ci", ["push", "read"], ["app"], now=NOW + timedelta(days=1), expires=None)
    assert [(t.id, t.status(NOW)) for t in tokens.all()] == [(first.id, "revoked"), (second.id, "active")]
    assert tokens.revoke(first.id, now=NOW + timedelta(days=2)).revoked == "2026-01-01T12:00:00Z"
    with pytest.raises(NotFoundError):
        tokens.revoke("nobody", now=NOW)


@pytest.mark.parametrize(
    ("name", "scopes", "repos"),
    [("", ["read"], ["*"]), ("a", ["root"], ["*"]), ("a", [], ["*"]), ("a", ["read"], [""])],
)
def test_tokens_that_cannot_be(name: str, scopes: list[str], repos: list[str]) -> None:
    error: BackstayError = error_of(
        lambda: Tokens(MemoryStore()).create(name, scopes, repos, now=NOW, expires=None)
    )
    assert isinstance(error, ConfigError)
    assert error.hint
