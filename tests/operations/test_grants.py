"""Push, plan and apply with grants: the registry server is there, is away, and refuses."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from backstay import operations
from backstay.errors import (
    AuthError,
    BackstayError,
    ConfigError,
    GrantError,
    UnknownKeyError,
    UnsignedError,
)
from backstay.grants import logins
from backstay.grants.issue import Bearer, Policy, issue
from backstay.grants.logins import Login
from backstay.grants.sealing import key_id, seal, unseal
from backstay.grants.stores import DirectoryStore
from backstay.operations import registry as caretaking
from backstay.operations import resolve
from backstay.operations.options import (
    ApplyOptions,
    LogOptions,
    PlanOptions,
    PlanURLOptions,
    PushOptions,
    SyncOptions,
)
from backstay.registry.open import open_registry
from backstay.registry.signing_keys import Signer
from backstay.registry.trust import Trust
from backstay.server.tokens import Tokens
from backstay.storage.memory import MemoryStore
from tests.operations.conftest import Project
from tests.operations.test_server import ONE, PROJECT, TWO
from tests.operations.test_story import Listener
from tests.registry.simulator import state
from tests.servers.registry import RegistryServer, registry_server

SERVERS, OURS = Signer(b"s" * 32), Signer(b"o" * 32)


class Site:
    """A project whose registry is a server that signs, with a backup."""

    def __init__(self, project: Project, monkeypatch: pytest.MonkeyPatch, stack: ExitStack) -> None:
        self.project = project
        self.monkeypatch = monkeypatch
        self.store = MemoryStore()
        self.server = stack.enter_context(registry_server(self.store, signer=SERVERS))
        self.stop = stack.close
        self.token = ""
        self.listener = Listener()
        self.use(self.server.token("push", "plan", "approve", "apply", repo="app", name="ci"))
        self.configure(self.server.url)

    def use(self, token: str) -> None:
        self.token = token
        self.monkeypatch.setenv("BACKSTAY_TOKEN", token)

    def configure(self, url: str) -> None:
        (self.project.path / "atlas.hcl").write_text(PROJECT.format(url=url, path=self.project.path))

    def begin(self) -> Listener:
        resolve.forget_projects()
        self.listener = Listener()
        return self.listener

    def push(self, sql: str) -> list[str]:
        """Push; the errors of its targets."""
        self.project.desire(sql)
        return [target.error for target in operations.push(PushOptions(env="ci"), self.begin()).targets]

    def apply(self) -> str:
        """Apply; its error."""
        (result,) = operations.apply(ApplyOptions(env="prod", auto_approve=True), self.begin())
        return result.error

    def approve(self, name: str) -> None:
        options = PlanURLOptions(env="ci", url=f"atlas://app/plans/{name}")
        operations.approve_plan(options, self.begin())

    def plan(self, name: str) -> None:
        operations.plan(PlanOptions(env="ci", name=name, mode="pending", auto_approve=True), self.begin())

    @property
    def kept(self) -> DirectoryStore:
        return DirectoryStore(key_id(self.token))

    def age(self, by: timedelta) -> None:
        """Let the kept grant be of another time than it is."""
        entry = unseal(self.kept.load() or b"", self.token)
        assert entry
        then = datetime.now(UTC) - by
        seconds = int(then.timestamp())
        aged = replace(entry, grant=self.issued(then, self.server), fetched=seconds, seen=seconds)
        self.kept.store(seal(aged, self.token), expires=datetime.now(UTC), fresh=True)

    def issued(self, now: datetime, server: RegistryServer) -> str:
        """A grant that the server issued at that time."""
        token = Tokens(self.store).find(self.token)
        assert token
        bearer = Bearer(id=token.id, name=token.name, scopes=token.scopes, repos=token.repos, expires=None)
        return issue(Policy(), SERVERS, Trust(), bearer, now=now, asked=server.url).grant

    def requests(self, path: str) -> int:
        return len([event for event in self.server.events if event["path"].startswith(path)])


@pytest.fixture
def site(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("BACKSTAY_CONFIG_DIR", str(project.path / "config"))
    with ExitStack() as stack:
        yield Site(project, monkeypatch, stack)


def test_a_run_gets_a_grant_without_being_asked_and_the_next_ones_use_it(site: Site) -> None:
    assert site.push(ONE) == ["", ""]
    assert site.apply() == ""
    site.push(TWO)
    assert (site.requests("/v1/grant"), site.listener.notices) == (1, [])


def test_deployments_go_on_while_the_server_is_away_and_say_until_when(site: Site) -> None:
    site.push(ONE)
    site.stop()
    assert site.apply() == ""
    assert site.project.tables() == {"users"}
    assert any("this goes on without" in notice and "until 20" in notice for notice in site.listener.notices)


def test_so_do_pushes(site: Site) -> None:
    site.push(ONE)
    site.stop()
    primary, backup = site.push(TWO)
    assert (bool(primary), backup) == (True, "")


def test_a_grant_that_is_due_is_used_while_it_cannot_be_renewed(site: Site) -> None:
    site.push(ONE)
    site.age(timedelta(days=6))
    site.stop()
    assert site.apply() == ""
    assert any("cannot be reached: with the grant" in notice for notice in site.listener.notices)


def test_without_a_grant_they_stop(site: Site) -> None:
    site.push(ONE)
    site.kept.remove()
    site.stop()
    with pytest.raises(GrantError, match="there is no grant to go on without it"):
        site.apply()
    assert site.project.tables() == set()


def test_with_an_expired_one_too(site: Site) -> None:
    site.push(ONE)
    site.age(timedelta(days=8))
    site.stop()
    with pytest.raises(GrantError, match="the grant has expired"):
        site.push(TWO)


def test_a_token_that_was_revoked_stops_and_its_grant_is_removed(site: Site) -> None:
    site.push(ONE)
    Tokens(site.store, SERVERS).revoke("ci", now=datetime.now(UTC))
    with registry_server(site.store, signer=SERVERS) as another:  # Which knows it at once.
        site.configure(another.url)
        entry = unseal(site.kept.load() or b"", site.token)
        assert entry
        moved = replace(entry, server=another.url, grant=site.issued(datetime.now(UTC), another))
        site.kept.store(seal(moved, site.token), expires=datetime.now(UTC), fresh=True)
        with pytest.raises(AuthError, match="Unauthorized: the token is revoked"):
            site.apply()
    assert site.kept.load() is None
    assert site.project.tables() == set()


def test_one_that_was_revoked_while_the_server_is_away_works_until_the_grant_ends(site: Site) -> None:
    site.push(ONE)
    Tokens(site.store, SERVERS).revoke("ci", now=datetime.now(UTC))
    site.stop()
    assert site.apply() == ""


def test_what_the_grant_does_not_allow_is_refused_while_the_server_is_away(site: Site) -> None:
    site.push(ONE)
    site.project.desire(TWO)
    site.plan("posts")
    site.use(site.server.token("plan", repo="app", name="planner"))
    site.apply()
    site.stop()
    with pytest.raises(GrantError, match="the grant lacks the scope approve"):
        site.approve("posts")
    with pytest.raises(GrantError, match="the grant lacks the scope push"):
        site.push(TWO)
    with pytest.raises(GrantError, match="lacks the scope push"):
        caretaking.sync(SyncOptions(env="ci"), site.begin())
    assert caretaking.log(LogOptions(env="ci"), site.begin()).entries


def test_so_is_another_repository(site: Site) -> None:
    site.push(ONE)
    site.stop()
    with pytest.raises(GrantError, match="does not cover the repository other"):
        operations.push(PushOptions(env="ci", repo="other"), site.begin())


def test_what_the_server_refuses_goes_nowhere_else(site: Site) -> None:
    site.push(ONE)
    backup = open_registry(f"file://{site.project.path}/backup")
    before = backup.log("app", 10).entries
    site.use(site.server.token("read", repo="app", name="reader"))
    with pytest.raises(AuthError, match="lacks the scope push"):
        site.push(TWO)
    site.use(site.server.token("plan", repo="app", name="planner"))
    options = PlanOptions(env="ci", name="posts", auto_approve=True)
    with pytest.raises(AuthError, match="lacks the scope approve"):
        operations.plan(options, site.begin())
    assert (backup.log("app", 10).entries, backup.plans("app")) == (before, ())


class TestTheKeysOfAGrant:
    def test_count_without_being_configured(self, site: Site) -> None:
        site.push(ONE)
        site.stop()
        unsigned_push_to_the_backup(site)
        with pytest.raises(BackstayError, match="entry 2 of app is not signed"):
            site.apply()

    def test_count_instead_of_those_of_the_project(self, site: Site) -> None:
        site.push(ONE)
        file = site.project.path / "atlas.hcl"
        trusted = f'trusted_keys = ["{OURS.public.text}"]\n      backup ='
        file.write_text(file.read_text().replace("backup =", trusted))
        assert site.apply() == ""

    def test_the_environment_says_whose_grants_count(self, site: Site) -> None:
        site.push(ONE)
        site.monkeypatch.setenv("BACKSTAY_TRUSTED_KEYS", OURS.public.text)
        with pytest.raises(UnknownKeyError):
            site.apply()
        assert any("no grant is kept" in notice for notice in site.listener.notices)
        site.monkeypatch.setenv("BACKSTAY_TRUSTED_KEYS", SERVERS.public.text)
        assert site.apply() == ""

    def test_a_key_that_the_environment_revokes_is_revoked(self, site: Site) -> None:
        site.push(ONE)
        site.monkeypatch.setenv("BACKSTAY_REVOKED_KEYS", SERVERS.public.id)
        site.stop()
        with pytest.raises(GrantError, match="is revoked"):
            site.apply()


class TestAPushWhileTheServerWasAway:
    """It is held, since the server has not signed it, and the client has no key."""

    @pytest.fixture
    def returned(self, site: Site) -> Iterator[Site]:
        """The server is there again, with what it had before."""
        site.push(ONE)
        site.stop()
        site.push(TWO)
        with registry_server(site.store, signer=SERVERS) as another:
            site.configure(another.url)
            yield site

    def test_waits(self, returned: Site) -> None:
        assert returned.apply() == ""
        assert returned.project.tables() == {"users"}
        assert any("entry 2 of app is not signed" in notice for notice in returned.listener.notices)

    def test_counts_when_it_is_repeated(self, returned: Site) -> None:
        returned.push(TWO)
        assert returned.apply() == ""
        assert returned.project.tables() == {"users", "posts"}

    def test_is_repeated_once(self, returned: Site) -> None:
        for _ in range(2):
            returned.push(TWO)
        entries = caretaking.log(LogOptions(env="ci"), returned.begin()).entries
        assert [(entry.sequence, len(entry.signatures)) for entry in entries] == [(3, 1), (2, 0), (1, 1)]

    def test_waits_after_the_targets_were_brought_to_agreement(self, returned: Site) -> None:
        caretaking.sync(SyncOptions(env="ci"), returned.begin())
        with pytest.raises(UnsignedError, match="entry 2 of app is not signed"):
            returned.apply()

    @pytest.mark.parametrize("times", [1, 2])
    def test_counts_when_that_had_it_signed(self, returned: Site, times: int) -> None:
        options = SyncOptions(env="ci", countersign=True)
        told = [step.text for step in caretaking.sync(options, returned.begin()).steps]
        assert told[-1].endswith("again, to be signed")
        for _ in range(1, times):
            assert caretaking.sync(options, returned.begin()).steps == ()
        assert returned.apply() == ""
        assert returned.project.tables() == {"users", "posts"}

    def test_is_only_looked_at_by_a_dry_run(self, returned: Site) -> None:
        options = SyncOptions(env="ci", countersign=True, dry_run=True)
        assert any("to be signed" in step.text for step in caretaking.sync(options, returned.begin()).steps)
        assert len(caretaking.log(LogOptions(env="ci"), returned.begin()).entries) == 1

    def test_counts_where_that_is_the_policy_of_the_server(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with registry_server(site.store, signer=SERVERS, grants=Policy(unsigned="WARN")) as lenient:
            site.configure(lenient.url)
            site.push(ONE)
        site.push(TWO)
        assert site.apply() == ""
        assert site.project.tables() == {"users", "posts"}
        assert any("entry 2 of app is not signed" in notice for notice in site.listener.notices)


def test_nothing_is_signed_where_nobody_can_or_nobody_asks(site: Site) -> None:
    site.push(ONE)
    site.configure(f"file://{site.project.path}/registry")
    with pytest.raises(ConfigError, match="no keys are trusted"):
        caretaking.sync(SyncOptions(env="ci", countersign=True), site.begin())
    site.monkeypatch.setenv("BACKSTAY_TRUSTED_KEYS", SERVERS.public.text)
    with pytest.raises(ConfigError, match="signs nothing"):
        caretaking.sync(SyncOptions(env="ci", countersign=True), site.begin())


def unsigned_push_to_the_backup(site: Site) -> None:
    """As somebody does who may write to it, and knows nothing of grants."""
    open_registry(f"file://{site.project.path}/backup").push("app", state("evil"), tags=["latest"])


def test_a_server_without_a_key_is_worked_with_as_if_there_were_no_grants(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        monkeypatch.setattr("tests.operations.test_grants.SERVERS", None)
        site = Site(project, monkeypatch, stack)
        site.push(ONE)
        site.apply()
        assert (site.requests("/v1/grant"), site.listener.notices) == (1, [])
        site.stop()
        site.project.execute("DROP TABLE users")
        assert site.apply() == ""
        assert not any("grant" in notice for notice in site.listener.notices)


def test_storage_of_ones_own_needs_no_grant(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKSTAY_TOKEN", "bst_" + "x" * 43)
    project.desire(ONE)
    operations.push(PushOptions(env="ci"), Listener())
    assert not (project.path / "cache" / "grants").exists()


def test_a_login_is_used_where_nothing_else_names_a_token(site: Site) -> None:
    site.monkeypatch.delenv("BACKSTAY_TOKEN")
    with pytest.raises(AuthError, match="no token was sent"):
        site.push(ONE)
    logins.store(Login("http://127.0.0.1:1", site.token))
    with pytest.raises(AuthError, match="no token was sent"):
        site.push(ONE)
    logins.store(Login(site.server.url, site.token))
    assert site.push(ONE) == ["", ""]


class Silent:
    """Accepts connections and says nothing; counts them."""

    def __init__(self, port: int) -> None:
        self.connections = 0
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)

    def close(self) -> None:
        self._listener.close()
        for connection in self._open:
            connection.close()


def test_a_server_that_is_silent_is_waited_for_once_in_a_run(site: Site) -> None:
    site.push(ONE)
    site.age(timedelta(days=6))
    port = int(site.server.url.rpartition(":")[2])
    site.stop()
    silent = Silent(port)
    try:
        assert site.apply() == ""
    finally:
        silent.close()
    assert silent.connections == 1
    assert any("no answer in time: with the grant" in notice for notice in site.listener.notices)
