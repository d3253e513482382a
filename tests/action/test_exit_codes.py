"""With what a step ends that failed: outside of GitHub with another code where trying again may help."""

from __future__ import annotations

import io

import pytest

from backstay.action.apply import ApprovalTimeoutError
from backstay.action.main import run
from backstay.ci.github import GitHub
from backstay.ci.gitlab import GitLab
from backstay.ci.kubernetes import Kubernetes
from backstay.ci.plain import Plain
from backstay.errors import (
    AuthError,
    ConfigError,
    ConflictError,
    CorruptError,
    DatabaseError,
    GrantError,
    LintError,
    LockError,
    NetworkError,
    NotApprovedError,
)
from tests.action.fakes import Clock, Fake

CODES = [
    (NetworkError("no route"), 75),
    (LockError("held by another session"), 75),
    (NotApprovedError("waits"), 75),
    (ApprovalTimeoutError("waits"), 75),
    (GrantError("away", reason="no-grant"), 75),
    (GrantError("foreign", reason="grant-foreign"), 1),
    (ConfigError("wrong"), 1),
    (AuthError("refused"), 1),
    (DatabaseError("refused"), 1),
    (LintError("drops"), 1),
    (ConflictError("taken"), 1),
    (CorruptError("cut"), 1),
    (ValueError("a fault"), 1),
]


def ended(kind: type[Plain], error: Exception, tmp_path) -> int:
    environ = {
        "CI_PROJECT_DIR": str(tmp_path),
        "BACKSTAY_TERMINATION_LOG": str(tmp_path / "none"),
        "BACKSTAY_INPUT_AUTO_APPROVE": "true",
    }
    platform = kind(environ, io.StringIO(), io.StringIO(), lambda text: text)
    return run(platform, ["schema/apply"], environ, Fake(apply=error), Clock())


@pytest.mark.parametrize("kind", [Plain, GitLab, Kubernetes])
@pytest.mark.parametrize(("error", "code"), CODES, ids=lambda value: type(value).__name__)
def test_what_may_be_over_later_can_be_told_from_what_will_not(kind, error, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert ended(kind, error, tmp_path) == code


@pytest.mark.parametrize("error", [error for error, _ in CODES], ids=str)
def test_a_workflow_of_github_knows_one_failure_only(error, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environ = {"GITHUB_WORKSPACE": str(tmp_path), "INPUT_AUTO-APPROVE": "true"}
    platform = GitHub(environ, io.StringIO(), lambda text: text)
    assert run(platform, ["schema/apply"], environ, Fake(apply=error), Clock()) == 1
