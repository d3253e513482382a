"""A fork's commit in a run that has secrets is refused."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from backstay.action.trust import head, refuse_untrusted_checkout
from backstay.ci.base import PullRequest, Trigger
from backstay.errors import ConfigError

HEAD, MERGE, BASE = "a" * 40, "b" * 40, "c" * 40


def workspace(path, sha):
    (path / ".git").mkdir()
    (path / ".git" / "HEAD").write_text(f"{sha}\n")
    return path


@pytest.mark.parametrize(
    ("event", "fork", "sha", "environ", "refused"),
    [
        ("pull_request_target", True, HEAD, {}, True),
        ("pull_request_target", True, MERGE, {}, True),
        ("pull_request_target", True, BASE, {}, False),
        ("pull_request_target", False, HEAD, {}, False),
        ("pull_request", True, MERGE, {}, False),
        ("pull_request_target", True, HEAD, {"BACKSTAY_ALLOW_UNTRUSTED_CHECKOUT": "true"}, False),
    ],
)
def test_only_a_forks_commit_under_pull_request_target_is_refused(
    tmp_path, event, fork, sha, environ, refused
):
    request = PullRequest(number=1, head_sha=HEAD, merge_sha=MERGE, fork=fork)
    expected = pytest.raises(ConfigError, match="fork's commit") if refused else nullcontext()
    with expected:
        refuse_untrusted_checkout(
            Trigger(event=event, pull_request=request), workspace(tmp_path, sha), environ
        )


def test_the_commit_is_found_behind_loose_and_packed_references(tmp_path):
    workspace(tmp_path, "ref: refs/heads/main")
    assert head(tmp_path) == ""
    (tmp_path / ".git" / "packed-refs").write_text(f"# pack-refs\n{BASE} refs/heads/main\n")
    assert head(tmp_path) == BASE
    (tmp_path / ".git" / "refs" / "heads").mkdir(parents=True)
    (tmp_path / ".git" / "refs" / "heads" / "main").write_text(f"{HEAD}\n")
    assert head(tmp_path) == HEAD


def test_without_a_repository_no_commit_is_found(tmp_path):
    assert head(tmp_path) == ""
