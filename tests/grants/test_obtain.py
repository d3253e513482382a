"""Which grant a run has: kept, renewed, or gone without; and what it may do with it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from backstay.credentials import Credential
from backstay.errors import AuthError, GrantError, NetworkError, UnauthorizedError
from backstay.grants.issue import Policy
from backstay.grants.obtain import Grants
from backstay.grants.rights import ID_DIGITS, token_digest
from backstay.grants.sealing import Entry, key_id, seal, unseal
from backstay.grants.stores import DirectoryStore, GrantStore
from backstay.grants.verify import Terms
from backstay.registry.http_api import PROBLEM_JSON
from backstay.registry.http_connection import Connection
from backstay.registry.trust import Trust
from backstay.server.tokens import Tokens
from backstay.storage.memory import MemoryStore
from tests.grants.making import NEXT, NOW, SERVERS, entry
from tests.servers.process import free_port
from tests.servers.registry import RegistryServer, registry_server
from tests.servers.scripted import Reply, ScriptedServer, scripted_server

DAY = timedelta(days=1)


class Shelf:
    """A store in memory, which counts."""

    name = "a shelf"

    def __init__(self, data: bytes | None = None, *, takes: bool = True) -> None:
        self.data = data
        self.loads = self.removals = 0
        self.stored: list[bool] = []
        self._takes = takes

    def load(self) -> bytes | None:
        self.loads += 1
        return self.data

    def store(self, data: bytes, *, expires: datetime, fresh: bool) -> bool:
        self.stored.append(fresh)
        if self._takes:
            self.data = data
        return self._takes

    def remove(self) -> None:
        self.removals += 1
        self.data = None


class World:
    """A server, the time, a token, a place for grants, and what was said."""

    def __init__(self, server: RegistryServer) -> None:
        self.server = server
        self.now = NOW
        self.shelf = Shelf()
        self.said: list[str] = []
        _, self.token = Tokens(server.store, SERVERS).create(
            "ci", ["push"], ["app"], now=NOW - DAY, expires=None
        )

    def run(
        self, *stores: GrantStore, url: str = "", trust: Trust = Trust(), slow: timedelta = timedelta(0)
    ) -> Grants:
        """A new run, on a machine whose clock is behind by `slow`."""
        url = url or self.server.url
        return Grants(
            Connection(url, Credential(self.token, "BACKSTAY_TOKEN")),
            Terms(server=url, token=self.token, trust=trust),
            stores or [self.shelf],
            notify=self.said.append,
            clock=lambda: self.now - slow,
        )

    def asked(self) -> int:
        """How often the server was asked for a grant."""
        return len([event for event in self.server.events if event["path"] == "/v1/grant"])

    def kept(self) -> Entry:
        found = unseal(self.shelf.data or b"", self.token)
        assert found
        return found


@pytest.fixture
def cache(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", f"{tmp_path}/cache")


@pytest.fixture
def world(cache: None) -> Iterator[World]:
    with registry_server(
        MemoryStore(), signer=SERVERS, grants=Policy(organization="acme"), clock=lambda: made.now
    ) as server:
        made = World(server)
        yield made


def test_the_first_run_asks_and_the_next_ones_do_not(world: World) -> None:
    first = world.run().admit()
    for days in (0, 1, 2, 3):
        world.now = NOW + days * DAY
        assert world.run().admit() == first
    assert (world.asked(), world.said) == (1, [])


def test_past_half_of_its_life_it_is_renewed(world: World) -> None:
    first = world.run().admit()
    world.now = NOW + 5 * DAY
    second = world.run().admit()
    assert first
    assert second
    assert (second.exp - first.exp, world.asked()) == (5 * 86400, 2)
    assert world.shelf.stored == [True, True]


def test_places_behind_one_with_a_fresh_grant_are_not_asked(world: World) -> None:
    behind = Shelf()
    world.run(world.shelf, behind).admit()
    assert behind.data == world.shelf.data
    world.run(world.shelf, behind).admit()
    assert behind.loads == 2  # Both times before the server was asked.


def test_a_grant_from_behind_is_enough(world: World) -> None:
    behind = Shelf()
    world.run(behind).admit()
    assert world.run(world.shelf, behind).admit()
    assert world.asked() == 1


def test_the_time_of_use_is_noted_once_an_hour(world: World) -> None:
    world.run().admit()
    world.now = NOW + timedelta(minutes=50)
    world.run().admit()
    assert world.kept().seen == NOW.timestamp()
    world.now = NOW + timedelta(minutes=61)
    world.run().admit()
    assert world.kept().seen == world.now.timestamp()
    assert (world.asked(), world.shelf.stored) == (1, [True, False])


def test_what_cannot_be_kept_is_used_and_said(world: World) -> None:
    shelf = Shelf(takes=False)
    assert world.run(shelf).admit()
    (said,) = world.said
    assert "the grant could not be kept in a shelf" in said


def test_jobs_that_need_one_at_once_ask_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backstay.grants.stores.WAIT_SECONDS", 60.0)
    directory = DirectoryStore(key_id(world.token))
    with ThreadPoolExecutor(6) as pool:
        grants = list(pool.map(lambda _: world.run(directory).admit(), range(6)))
    assert grants == [grants[0]] * 6
    assert (world.asked(), world.said) == (1, [])


def test_a_revoked_token_stops_and_its_grant_is_removed(world: World) -> None:
    world.run().admit()
    Tokens(world.server.store, SERVERS).revoke("ci", now=NOW)
    with registry_server(world.server.store, signer=SERVERS, clock=lambda: world.now) as another:
        seen = unseal(world.shelf.data or b"", world.token)
        assert seen
        world.shelf.data = seal(replace(seen, server=another.url), world.token)
        with pytest.raises(UnauthorizedError, match="Unauthorized: the token is revoked"):
            world.run(url=another.url).admit(renew=True)
    assert (world.shelf.data, world.shelf.removals) == (None, 1)


def test_one_that_a_request_was_refused_with_is_removed_too(world: World) -> None:
    grants = world.run()
    grants.admit()
    grants.heard(AuthError("a scope is missing"))
    assert world.shelf.data
    grants.heard(UnauthorizedError("revoked"))
    assert world.shelf.data is None


def test_a_server_without_a_key_is_remembered_for_an_hour_and_nothing_is_said(cache: None) -> None:
    with registry_server(MemoryStore()) as server:
        world = World(server)
        for minutes in (0, 59, 61):
            world.now = NOW + timedelta(minutes=minutes)
            assert world.run().admit() is None
        assert (world.asked(), world.said) == (2, [])
    world.now = NOW + 100 * DAY
    assert world.run().admit() is None
    world.run().require("anything", "admin")


class TestWhileTheServerIsAway:
    @pytest.fixture
    def away(self, cache: None) -> World:
        """A server that was there, and is no more."""
        with registry_server(MemoryStore(), signer=SERVERS, clock=lambda: NOW) as server:
            made = World(server)
            made.run().admit()
        return made

    def test_a_fresh_grant_needs_nobody(self, away: World) -> None:
        assert away.run().admit()
        assert away.said == []

    def test_a_valid_one_is_used_and_until_when_is_said(self, away: World) -> None:
        away.now = NOW + 6 * DAY
        kept = away.shelf.data
        assert away.run().admit()
        (said,) = away.said
        assert "cannot be reached" in said
        assert "until 2026-03-08 12:00 UTC" in said
        assert away.shelf.data == kept

    def test_that_is_said_once(self, away: World) -> None:
        grants = away.run()
        grants.admit()
        for _ in range(3):
            grants.heard(NetworkError("no answer"))
        (said,) = away.said
        assert "the registry does not answer" in said

    def test_an_expired_one_stops_and_says_so(self, away: World) -> None:
        away.now = NOW + 7 * DAY
        with pytest.raises(GrantError, match="cannot be reached; the grant has expired at") as caught:
            away.run().admit()
        assert caught.value.reason_code == "grant-expired"
        assert "keep the cache directory" in caught.value.hint
        assert away.shelf.data

    def test_none_stops_and_says_what_would_help(self, away: World) -> None:
        away.shelf.data = None
        with pytest.raises(GrantError, match="there is no grant to go on without it") as caught:
            away.run().admit()
        assert caught.value.reason_code == "no-grant"
        assert "backstay login --grant-only" in caught.value.hint

    def test_a_damaged_one_is_none(self, away: World) -> None:
        away.shelf.data = (away.shelf.data or b"")[:-1]
        with pytest.raises(GrantError, match="there is no grant"):
            away.run().admit()

    def test_that_of_another_server_is_said_to_be_one(self, away: World) -> None:
        with pytest.raises(GrantError, match="the grant is of the server"):
            away.run(url=f"http://127.0.0.1:{free_port()}").admit()

    def test_a_clock_that_was_set_back_is_said_to_be_wrong(self, away: World) -> None:
        away.now = NOW - 365 * DAY
        with pytest.raises(GrantError, match="the clock was set back"):
            away.run().admit()

    def test_the_better_of_two_is_used(self, away: World) -> None:
        away.now = NOW + 6 * DAY
        assert away.run(Shelf(b"damaged"), away.shelf).admit()

    def test_it_allows_what_the_token_may(self, away: World) -> None:
        grants = away.run()
        grants.admit()
        grants.require("app", "push")
        grants.require("app", "read")

    @pytest.mark.parametrize(
        ("repo", "scope", "words"),
        [
            ("app", "approve", "the grant lacks the scope approve"),
            ("other", "push", "the grant does not cover the repository other"),
        ],
    )
    def test_and_nothing_else(self, away: World, repo: str, scope: str, words: str) -> None:
        grants = away.run()
        grants.admit()
        with pytest.raises(GrantError, match=words) as caught:
            grants.require(repo, scope)  # type: ignore[arg-type]
        assert caught.value.reason_code == "grant-lacks-scope"


def test_a_server_that_goes_away_during_a_run_decides_no_more(cache: None) -> None:
    with registry_server(MemoryStore(), signer=SERVERS, clock=lambda: NOW) as server:
        grants = World(server).run()
        grants.admit()
    grants.require("app", "approve")
    grants.heard(NetworkError("no answer"))
    with pytest.raises(GrantError, match="lacks the scope approve"):
        grants.require("app", "approve")


def test_a_server_that_is_there_decides_for_itself_what_a_token_may(world: World) -> None:
    grants = world.run()
    grants.admit()
    grants.require("other", "admin")
    again = world.run()
    again.admit()
    again.require("other", "admin")
    again.require("another", "admin")
    assert world.asked() == 2


PROBLEM = {"Content-Type": PROBLEM_JSON}
JSON = {"Content-Type": "application/json"}


def denied(status: int) -> Reply:
    body = {"type": "x", "title": "x", "status": status, "detail": "the token is revoked", "reason": "auth"}
    return Reply(status, msgspec.json.encode(body), PROBLEM)


@pytest.fixture
def scripted(request: pytest.FixtureRequest) -> Iterator[ScriptedServer]:
    with scripted_server(request.param) as server:
        yield server
        assert server.requests


def kept_for(server: ScriptedServer, token: str) -> Shelf:
    """A grant that is due for renewal after four and a half days."""
    made = replace(entry(asked=server.endpoint, id=token_digest(token)[:ID_DIGITS]), server=server.endpoint)
    return Shelf(seal(made, token))


GARBAGE = {"grant": "a.b.c", "keys": [SERVERS.public.text]}
PASSING = {
    "500": Reply(500),
    "503": Reply(503, b"{}", JSON),
    "429": Reply(429),
    "501 of somebody else": Reply(501, b"{}", JSON),
    "a login page": Reply(200, b"<html>please log in</html>", {"Content-Type": "text/html"}),
    "nothing": Reply(200, b"", JSON),
    "another document": Reply(200, b'{"items":[]}', JSON),
    "no keys": Reply(200, b'{"grant":"x","keys":[]}', JSON),
    "keys that are none": Reply(200, b'{"grant":"x","keys":["x"]}', JSON),
    "a grant that is none": Reply(200, msgspec.json.encode(GARBAGE), JSON),
    "a huge grant": Reply(200, msgspec.json.encode({**GARBAGE, "grant": "x" * 70_000}), JSON),
    "cut short": Reply(200, b'{"grant":"x', JSON, length=4096),
    "a reset": Reply(200, b"{", JSON, reset=True),
    "a 404 of a proxy": Reply(404, b"<html>", {"Content-Type": "text/html"}),
}


@pytest.mark.parametrize("scripted", PASSING.values(), ids=PASSING, indirect=True)
def test_what_may_pass_changes_nothing_that_is_kept(scripted: ScriptedServer, world: World) -> None:
    shelf = kept_for(scripted, world.token)
    before = shelf.data
    world.now = NOW + 5 * DAY
    assert world.run(shelf, url=scripted.endpoint).admit()
    assert (shelf.data, shelf.removals) == (before, 0)
    assert len(world.said) == 1


@pytest.mark.parametrize("scripted", [Reply(500)], ids=["500"], indirect=True)
def test_what_may_pass_is_not_remembered_as_a_refusal(scripted: ScriptedServer, world: World) -> None:
    shelf = Shelf()
    with pytest.raises(GrantError):
        world.run(shelf, url=scripted.endpoint).admit()
    assert (shelf.data, shelf.stored) == (None, [])
    assert len(scripted.requests) == 3  # Without a grant it is worth more than one attempt.


@pytest.mark.parametrize("scripted", [denied(401), denied(402), denied(403)], ids=str, indirect=True)
def test_a_refusal_removes_what_is_kept_and_stops(scripted: ScriptedServer, world: World) -> None:
    shelf = kept_for(scripted, world.token)
    world.now = NOW + 5 * DAY
    with pytest.raises(AuthError, match="the token is revoked"):
        world.run(shelf, url=scripted.endpoint).admit()
    assert shelf.data is None


@pytest.mark.parametrize(
    "scripted", [Reply(302, b"", {"Location": "http://169.254.169.254/v1/grant"})], ids=["302"], indirect=True
)
def test_no_redirect_is_followed_with_the_token(scripted: ScriptedServer, world: World) -> None:
    with pytest.raises(GrantError, match="not that of a registry server"):
        world.run(Shelf(), url=scripted.endpoint).admit()
    assert len(scripted.requests) == 1


class TestAGrantThatDoesNotCountHere:
    def test_by_the_clock_is_not_kept_and_the_run_goes_on(self, world: World) -> None:
        assert world.run(slow=timedelta(minutes=10)).admit() is None
        assert world.shelf.data is None
        (said,) = world.said
        assert "the clock is wrong" in said

    def test_one_that_is_ahead_of_the_servers_is_told(self, world: World) -> None:
        assert world.run(slow=timedelta(minutes=-10)).admit()
        assert world.shelf.data
        (said,) = world.said
        assert "the clock of this machine is 10 minutes ahead" in said

    def test_by_the_keys_that_the_environment_trusts(self, world: World) -> None:
        assert world.run(trust=Trust((NEXT.public,))).admit() is None
        (said,) = world.said
        assert f"known are {NEXT.public.id}" in said

    def test_by_the_name_that_the_server_gives_itself(self, cache: None) -> None:
        named = Policy(url="https://registry.example.com")
        with registry_server(MemoryStore(), signer=SERVERS, grants=named, clock=lambda: NOW) as server:
            world = World(server)
            assert world.run().admit() is None
        (said,) = world.said
        assert "is of the server 'https://registry.example.com'" in said


class TestAChangeOfTheServersKey:
    def test_what_the_old_one_signed_counts_until_it_is_renewed(self, cache: None) -> None:
        store = MemoryStore()
        with registry_server(store, signer=SERVERS, clock=lambda: NOW) as server:
            world = World(server)
            first = world.run().admit()
        trust = Trust((SERVERS.public, NEXT.public))
        with registry_server(store, signer=NEXT, trust=trust, clock=lambda: NOW) as server:
            assert world.run().admit() == first
            seen = world.kept()
            world.shelf.data = seal(replace(seen, server=server.url), world.token)
            second = world.run(url=server.url).admit(renew=True)
        assert first
        assert second
        assert first.keys == (SERVERS.public.text,)
        assert second.keys == (SERVERS.public.text, NEXT.public.text)


def test_a_grant_from_a_place_far_away_is_kept_nearby(world: World) -> None:
    world.run().admit()
    near, far = Shelf(), Shelf(world.shelf.data)
    for _ in range(2):
        assert world.run(near, far).admit()
    assert near.data == far.data
    assert near.stored == [False]
    assert (far.stored, far.loads) == ([], 1)


def test_a_grant_that_has_just_come_is_renewed(world: World) -> None:
    first, again, forced = world.run(), world.run(), world.run()
    first.admit()
    again.admit()
    forced.admit(renew=True)
    assert [first.renewed, again.renewed, forced.renewed] == [True, False, True]
