"""The action setup/container: a new grant, told so that a cache can be keyed by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstay import __version__
from backstay.errors import ConfigError, GrantError, NothingToLogInError
from backstay.operations.options import LoginOptions
from backstay.operations.results import Account
from tests.action.fakes import Fake, act
from tests.e2e.protocol import read_file_commands


def account(*, renewed: bool = True, grant_expires: str = "2026-03-08T12:00:00Z") -> Account:
    return Account(
        server="https://registry.example.com",
        organization="acme",
        token="0123",
        name="ci",
        scopes=("push",),
        repos=("*",),
        grant_expires=grant_expires,
        renewed=renewed,
    )


@pytest.mark.parametrize(
    ("answer", "renewed", "day"),
    [
        (account(), "true", "2026-03-08"),
        (account(renewed=False), "false", "2026-03-08"),
        (account(renewed=False, grant_expires=""), "false", ""),
        (None, "false", ""),
        (NothingToLogInError("there is no token to log in with"), "false", ""),
    ],
    ids=["new", "kept", "the server issues none", "no server", "a fork without secrets"],
)
def test_outputs_tell_of_the_grant(tmp_path: Path, answer: object, renewed: str, day: str) -> None:
    operations = Fake(login=answer)
    outcome = act(tmp_path, "setup/container", operations, {"env": "ci"})
    assert outcome.exit_code == 0
    assert outcome.outputs == {"renewed": renewed, "cache-day": day}
    (options,) = operations.options("login")
    assert isinstance(options, LoginOptions)
    assert options.grant_only


@pytest.mark.parametrize("error", [ConfigError("wrong"), GrantError("none")])
def test_other_errors_fail_the_step(tmp_path: Path, error: Exception) -> None:
    outcome = act(tmp_path, "setup", Fake(login=error))
    assert outcome.exit_code == 1
    assert outcome.outputs["renewed"] == "false"
    assert outcome.outputs["failure-reason"] in ("config", "grant")


def test_later_steps_get_the_token_that_was_given(tmp_path: Path) -> None:
    file = tmp_path / "env"
    environ = {"GITHUB_ENV": str(file)}
    act(tmp_path, "setup", Fake(login=account()), environ=environ)
    assert not file.exists()
    act(tmp_path, "setup", Fake(login=account()), {"cloud-token": "bst_token"}, environ=environ)
    assert read_file_commands(file.read_text()) == {"BACKSTAY_TOKEN": "bst_token"}


@pytest.mark.parametrize(
    ("version", "notices"), [("", 0), ("latest", 0), (f"v{__version__}", 0), (__version__, 0), ("v9.9.9", 1)]
)
def test_a_version_is_only_compared(tmp_path: Path, version: str, notices: int) -> None:
    outcome = act(tmp_path, "setup", Fake(login=account()), {"version": version, "flavor": "x", "token": "y"})
    assert len(outcome.messages("notice")) == notices


@pytest.mark.parametrize("user", [0, 1001])
@pytest.mark.parametrize("folder", ["home/.cache/backstay", "elsewhere"])
def test_grants_below_the_home_are_handed_to_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, folder: str
) -> None:
    handed: list[tuple[Path, int]] = []
    grants = tmp_path / folder / "grants"
    grants.mkdir(parents=True)
    (grants / "0123").touch()
    (tmp_path / "home").mkdir(exist_ok=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / folder))
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr("os.chown", lambda path, owner, _, **__: handed.append((path, owner)))
    act(tmp_path, "setup", Fake(login=account()))
    owner = (tmp_path / "home").stat().st_uid
    below = [(grants, owner), (grants / "0123", owner)]
    assert handed == (below if user == 0 and folder.startswith("home") else [])
