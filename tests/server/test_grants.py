"""Grants that a server issues: what is in them, for how long, and who gets one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from backstay.errors import ConfigError
from backstay.grants.grant import Grant, read
from backstay.grants.issue import Policy, policy
from backstay.grants.rights import ID_DIGITS, token_digest
from backstay.registry.http_api import GRANT, WHOAMI
from backstay.registry.signing_keys import Signer
from backstay.registry.trust import Trust
from backstay.server.tokens import Tokens
from backstay.storage.memory import MemoryStore
from tests.server.asking import ask
from tests.server.test_wire import check, described
from tests.servers.registry import RegistryServer, registry_server

SERVERS, NEXT, OLD = Signer(b"s" * 32), Signer(b"n" * 32), Signer(b"o" * 32)
POLICY = Policy(organization="acme", life=timedelta(days=3))


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with registry_server(MemoryStore(), signer=SERVERS, grants=POLICY) as running:
        yield running


def granted(server: RegistryServer, token: str, *keys: Signer) -> Grant:
    answer = ask(server, "GET", GRANT, token)
    assert answer.status_code == 200, answer.text
    return read(answer.json()["grant"], [key.public for key in keys or (SERVERS,)])


def test_a_grant_says_what_the_token_allows(server: RegistryServer) -> None:
    token = server.token("push", "plan", repo="shop-*", name="ci")
    grant = granted(server, token)
    assert (grant.iss, grant.aud, grant.name) == (server.url, "acme", "ci")
    assert (grant.scopes, grant.repos) == (("push", "plan"), ("shop-*",))
    assert grant.sub == token_digest(token)[:ID_DIGITS]
    assert (grant.keys, grant.revoked) == ((SERVERS.public.text,), ())
    assert token not in ask(server, "GET", GRANT, token).text


def test_it_ends_with_its_life(server: RegistryServer) -> None:
    _, token = Tokens(server.store, SERVERS).create(
        "long", ["read"], ["*"], now=datetime.now(UTC), expires=None
    )
    grant = granted(server, token)
    assert grant.exp - grant.iat == POLICY.life.total_seconds()
    assert grant.nbf == grant.iat
    half, most = grant.iat + 0.5 * (grant.exp - grant.iat), grant.iat + 0.6 * (grant.exp - grant.iat)
    assert half <= grant.due.timestamp() <= most


def test_but_never_after_the_token(server: RegistryServer) -> None:
    grant = granted(server, server.token("read"))
    assert grant.exp - grant.iat <= timedelta(hours=1).total_seconds()


def test_each_grant_is_another(server: RegistryServer) -> None:
    token = server.token("read")
    first, second = (ask(server, "GET", GRANT, token) for _ in range(2))
    assert first.json()["grant"] != second.json()["grant"]
    assert first.headers["Cache-Control"] == "no-store"


def test_a_server_has_the_name_that_it_was_given() -> None:
    named = Policy(url="https://registry.example.com/backstay")
    with registry_server(MemoryStore(), signer=SERVERS, grants=named) as running:
        assert granted(running, running.token("read")).iss == "https://registry.example.com/backstay"


def test_a_change_of_keys_is_announced() -> None:
    trust = Trust((SERVERS.public, NEXT.public, OLD.public), revoked=frozenset({OLD.public.id}))
    with registry_server(MemoryStore(), signer=SERVERS, trust=trust) as running:
        grant = granted(running, running.token("read"))
    assert grant.keys == (SERVERS.public.text, NEXT.public.text)
    assert grant.revoked == (OLD.public.id,)


def test_without_a_key_there_are_no_grants_and_it_says_so() -> None:
    with registry_server(MemoryStore()) as unsigned:
        answer = ask(unsigned, "GET", GRANT, unsigned.token("read"))
        check(described(unsigned), GRANT, "GET", answer)
    assert (answer.status_code, answer.json()["reason"]) == (501, "no-grants")


@pytest.mark.parametrize("path", [GRANT, WHOAMI])
def test_who_has_no_token_gets_neither(server: RegistryServer, path: str) -> None:
    now = datetime.now(UTC)
    revoked = server.token("read", name="old")
    Tokens(server.store, SERVERS).revoke("old", now=now)
    for token in ("nobody", revoked):
        answer = ask(server, "GET", path, token)
        assert answer.status_code == 401
        check(described(server), path, "GET", answer)
    assert requests.get(server.url + path, timeout=20).status_code == 401


def test_answers_are_as_described(server: RegistryServer) -> None:
    token = server.token("push", name="ci")
    for path in (GRANT, WHOAMI):
        check(described(server), path, "GET", ask(server, "GET", path, token))


def test_a_token_is_told_whose_it_is(server: RegistryServer) -> None:
    told = ask(server, "GET", WHOAMI, server.token("push", repo="app", name="ci")).json()
    assert (told["organization"], told["name"]) == ("acme", "ci")
    assert (told["scopes"], told["repos"]) == (["push"], ["app"])
    assert told["expires"]


def test_requests_for_grants_are_counted(server: RegistryServer) -> None:
    ask(server, "GET", GRANT, server.token("read"))
    metrics = requests.get(f"{server.url}/metrics", timeout=20).text
    assert 'backstay_requests_total{method="GET",route="/v1/grant",status="200"} 1' in metrics


@pytest.mark.parametrize(
    ("organization", "url", "life"),
    [
        ("", "", timedelta(days=7)),
        ("acme", "registry.example.com", timedelta(days=7)),
        ("acme", "s3://bucket", timedelta(days=7)),
        ("acme", "https://host?plain=on", timedelta(days=7)),
        ("acme", "", None),
        ("acme", "", timedelta(minutes=59)),
        ("acme", "", timedelta(days=91)),
    ],
)
def test_what_a_server_cannot_be_told(organization: str, url: str, life: timedelta | None) -> None:
    with pytest.raises(ConfigError):
        policy(organization, url, life)
