"""`backstay login`, `logout` and `whoami`, as a person runs them."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backstay.registry.signing_keys import Signer
from backstay.storage.memory import MemoryStore
from tests.cli.conftest import Ran, Run
from tests.cli.test_registry_server import create, serving
from tests.servers.process import free_port
from tests.servers.registry import RegistryServer, registry_server

SERVERS = Signer(b"s" * 32)


class Site:
    """A machine, a server, and its commands. `stop` ends the server."""

    def __init__(self, run: Run, path: Path, server: RegistryServer, stack: ExitStack) -> None:
        self.run = run
        self.path = path
        self.server = server
        self.stop = stack.close
        self.token = server.token("push", repo="app", name="ci")

    def login(self, *flags: str) -> Ran:
        return self.run("login", "--token", self.token, *flags)

    @property
    def kept(self) -> Path:
        return self.path / "config" / "login.json"

    def grants(self) -> list[Path]:
        return [path for path in (self.path / "cache" / "grants").glob("*") if path.suffix != ".lock"]


@pytest.fixture
def site(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with ExitStack() as stack:
        server = stack.enter_context(registry_server(MemoryStore(), signer=SERVERS))
        monkeypatch.setenv("BACKSTAY_REGISTRY_URL", server.url)
        monkeypatch.setenv("BACKSTAY_CONFIG_DIR", str(tmp_path / "config"))
        monkeypatch.delenv("BACKSTAY_TOKEN", raising=False)
        yield Site(run, tmp_path, server, stack)


def whoami(site: Site) -> Ran:
    return site.run("whoami", "--format", "{{ json . }}")


def test_login_keeps_token_and_grant_for_the_owner_alone(site: Site) -> None:
    ran = site.login()
    assert ran.code == 0, ran.err
    assert "ci of default, push in app" in ran.out
    assert site.token not in ran.out + ran.err
    for path in (site.kept, *site.grants()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    told = whoami(site).json()
    assert (told["Org"], told["Token"], told["Scopes"], told["Repos"]) == ("default", "ci", ["push"], ["app"])
    assert told["GrantExpires"]


def test_a_grant_alone_leaves_no_token_behind(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert site.login("--grant-only").code == 0
    assert (site.kept.exists(), len(site.grants())) == (False, 1)
    assert whoami(site).code == 1
    monkeypatch.setenv("BACKSTAY_TOKEN", site.token)
    assert whoami(site).json()["Token"] == "ci"


def test_the_token_may_come_from_the_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_TOKEN", site.token)
    assert site.run("login", "--grant-only").code == 0


def test_who_is_logged_out_reads_the_words_that_tools_compare(site: Site) -> None:
    ran = whoami(site)
    assert (ran.code, ran.out, ran.err.strip()) == (1, "", "Error: command requires 'atlas login'")


def test_a_wrong_token_is_unauthorized(site: Site) -> None:
    wrong = "bst_" + "w" * 43
    ran = site.run("login", "--token", wrong)
    assert ran.code == 1
    assert "Unauthorized" in ran.err
    assert wrong not in ran.err
    assert (site.kept.exists(), site.grants()) == (False, [])


def test_without_a_token_there_is_no_login(site: Site) -> None:
    ran = site.run("login")
    assert ran.code == 1
    assert "there is no token to log in with" in ran.err


def test_logout_forgets_token_and_grant(site: Site) -> None:
    site.login()
    assert "logged out" in site.run("logout").err
    assert (site.kept.exists(), site.grants()) == (False, [])
    assert whoami(site).code == 1
    again = site.run("logout")
    assert (again.code, "nobody was logged in" in again.err) == (0, True)


def test_a_valid_grant_will_do_while_the_server_is_away(site: Site) -> None:
    site.login("--grant-only")
    site.stop()
    ran = site.login("--grant-only")
    assert ran.code == 0, ran.err
    assert "this goes on without" in ran.err


def test_without_one_a_login_has_to_wait_for_the_server(site: Site) -> None:
    site.stop()
    ran = site.login("--grant-only")
    assert ran.code == 1
    assert "there is no grant to go on without it" in ran.err


def test_a_login_is_of_one_server_and_sent_to_no_other(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.login()
    monkeypatch.setenv("BACKSTAY_REGISTRY_URL", f"http://127.0.0.1:{free_port()}")
    assert "requires 'atlas login'" in whoami(site).err
    monkeypatch.delenv("BACKSTAY_REGISTRY_URL")
    assert whoami(site).json()["Server"] == site.server.url


def test_a_grant_is_written_to_be_mounted_elsewhere(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "grant"
    assert site.login("--grant-only", "--output", str(file)).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert site.token.encode() not in file.read_bytes()
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("BACKSTAY_GRANT_FILE", str(file))
    monkeypatch.setenv("BACKSTAY_TOKEN", site.token)
    site.stop()
    assert whoami(site).json()["Token"] == "ci"


def test_a_mounted_file_that_holds_no_grant_is_said_to_hold_none(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKSTAY_GRANT_FILE", str(tmp_path / "absent"))
    ran = site.login("--grant-only")
    assert ran.code == 0
    assert "BACKSTAY_GRANT_FILE names no file with a grant" in ran.err


def test_a_server_is_told_what_its_grants_are_like(
    run: Run, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "signing.key"
    key.write_text(SERVERS.text)
    monkeypatch.setenv("BACKSTAY_SIGNING_KEY_FILE", str(key))
    storage = f"file://{tmp_path}/registry"
    token = create(run, storage, "--name", "ci", "--scope", "push")
    with serving(storage, "--organization", "acme", "--grant-life", "12h") as (url, _, _):
        monkeypatch.setenv("BACKSTAY_REGISTRY_URL", url)
        told = run("login", "--token", token, "--format", "{{ json . }}").json()
    left = datetime.fromisoformat(told["GrantExpires"]) - datetime.now(UTC)
    assert told["Org"] == "acme"
    assert timedelta(hours=11) < left <= timedelta(hours=12)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--grant-life", "never"), "a grant is good for an hour at least"),
        (("--grant-life", "91d"), "a grant is good for an hour at least"),
        (("--public-url", "registry.example.com"), "missing scheme"),
    ],
)
def test_what_a_server_cannot_be_told_is_explained(
    run: Run, tmp_path: Path, flags: tuple[str, ...], words: str
) -> None:
    ran = run("registry", "serve", "--storage", f"file://{tmp_path}/registry", *flags)
    assert ran.code == 1
    assert words in ran.err


def test_a_grant_that_cannot_be_written_is_an_error(site: Site, tmp_path: Path) -> None:
    ran = site.login("--output", str(tmp_path))
    assert (ran.code, "cannot write" in ran.err) == (1, True)


def test_a_server_without_a_key_knows_its_tokens_and_says_that_it_issues_no_grants(
    run: Run, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with registry_server(MemoryStore()) as unsigned:
        monkeypatch.setenv("BACKSTAY_REGISTRY_URL", unsigned.url)
        ran = run("login", "--token", unsigned.token("read", name="reader"))
        assert ran.code == 0, ran.err
        assert "issues no grants" in ran.err
        assert whoami(site).json()["Token"] == "reader"
        wrong = run("login", "--token", "bst_" + "w" * 43)
        assert (wrong.code, "Unauthorized" in wrong.err) == (1, True)
        file = run("login", "--token", unsigned.token("read"), "--output", str(tmp_path / "grant"))
        assert (file.code, "no grant to write" in file.err) == (1, True)


def test_a_grant_for_another_organisation_is_an_error(site: Site) -> None:
    ran = site.login("acme")
    assert ran.code == 1
    assert "for the organisation 'default', not for 'acme'" in ran.err
    assert (site.kept.exists(), site.grants()) == (False, [])


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("file:///tmp/registry", 0, "is no server: it needs no login"),
        ("", 1, "no registry server is named"),
    ],
)
def test_without_a_server_there_is_nothing_to_log_in_to(
    site: Site, monkeypatch: pytest.MonkeyPatch, url: str, code: int, words: str
) -> None:
    monkeypatch.setenv("BACKSTAY_REGISTRY_URL", url)
    ran = site.login("--grant-only")
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err


def test_a_token_that_cannot_be_kept_is_an_error(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BACKSTAY_CONFIG_DIR", str(tmp_path / "file"))
    ran = site.login()
    assert (ran.code, "the login cannot be kept" in ran.err) == (1, True)
    assert whoami(site).code == 1
    for name in ("BACKSTAY_CONFIG_DIR", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    ran = site.login()
    assert (ran.code, "there is no HOME" in ran.err) == (1, True)
    assert (whoami(site).code, site.run("logout").code) == (1, 0)


@pytest.mark.parametrize("token", ["bst_\u20ac", "a b", "a\nX-Evil: 1", "\x00"])
def test_what_cannot_be_a_token_is_not_sent(site: Site, token: str) -> None:
    ran = site.run("login", "--token", token)
    assert ran.code == 1
    assert "the token from --token is none" in ran.err
    assert token not in ran.err
