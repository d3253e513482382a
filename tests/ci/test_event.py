"""What started a run, for every event that can."""

from __future__ import annotations

import pytest

from backstay.ci.base import PullRequest
from backstay.ci.github.event import trigger
from backstay.errors import ConfigError
from backstay.registry.records import RunContext

ENVIRON = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "octo/app",
    "GITHUB_SHA": "merge0",
    "GITHUB_REF_NAME": "7/merge",
    "GITHUB_ACTOR": "mona",
    "GITHUB_ACTOR_ID": "42",
    "GITHUB_RUN_ID": "99",
}
REPOSITORY = {"html_url": "https://github.com/octo/app", "full_name": "octo/app", "default_branch": "main"}
PULL_REQUEST = {
    "number": 7,
    "html_url": "https://github.com/octo/app/pull/7",
    "body": "Adds a table",
    "merge_commit_sha": "merge0",
    "head": {"sha": "head0", "ref": "feature", "repo": {"full_name": "octo/app", "fork": False}},
    "base": {"ref": "main", "sha": "base0", "repo": {"full_name": "octo/app"}},
}
REQUEST = PullRequest(
    number=7,
    url="https://github.com/octo/app/pull/7",
    head_sha="head0",
    head_ref="feature",
    merge_sha="merge0",
    body="Adds a table",
)


@pytest.mark.parametrize(
    "event",
    ["pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"],
)
def test_events_that_carry_a_pull_request_are_its_runs(event):
    payload = {"pull_request": PULL_REQUEST, "repository": REPOSITORY}
    found = trigger({**ENVIRON, "GITHUB_EVENT_NAME": event}, payload)
    assert found.pull_request == REQUEST
    assert found.context == RunContext(
        repo="octo/app",
        branch="feature",
        commit="head0",
        merge_commit="" if event == "pull_request_target" else "merge0",
        url="https://github.com/octo/app/pull/7",
        username="mona",
        user_id="42",
        scm_type="GITHUB",
    )
    assert found.sha == "merge0"
    assert found.run_url == "https://github.com/octo/app/actions/runs/99"


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("push", {"after": "merge0", "repository": REPOSITORY}),
        ("merge_group", {"merge_group": {"head_ref": "refs/heads/gh-readonly-queue/main/pr-7-abc"}}),
        ("workflow_dispatch", {"inputs": {}, "repository": REPOSITORY}),
        ("schedule", {"schedule": "0 0 * * *"}),
        ("release", {"pull_request": PULL_REQUEST}),
        ("issue_comment", {"issue": {"number": 7}, "repository": REPOSITORY}),
        ("workflow_run", {"workflow_run": {"event": "push", "pull_requests": [{"number": 7}]}}),
        ("workflow_run", {"workflow_run": {"event": "pull_request", "pull_requests": []}}),
    ],
)
def test_other_events_are_runs_of_a_branch(event, payload):
    found = trigger({**ENVIRON, "GITHUB_EVENT_NAME": event}, payload)
    assert found.pull_request is None
    assert found.context.branch == "7/merge"
    assert found.context.commit == "merge0"
    assert found.context.url == "https://github.com/octo/app"


@pytest.mark.parametrize("payload", [{}, {"pull_request": None}, {"pull_request": {"number": "7"}}])
@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "pull_request_review"])
def test_a_pull_request_that_the_payload_does_not_name_is_never_taken_for_a_branch(event, payload):
    environ = {**ENVIRON, "GITHUB_EVENT_NAME": event}
    found = trigger({**environ, "GITHUB_REF": "refs/pull/7/merge"}, payload)
    assert found.pull_request == PullRequest(number=7, fork=True)
    with pytest.raises(ConfigError, match="names no pull request"):
        trigger({**environ, "GITHUB_REF": "refs/heads/main"}, payload)


def test_a_comment_on_a_pull_request_is_its_run_with_an_unknown_head():
    issue = {"number": 7, "body": "b", "pull_request": {"html_url": "https://github.com/octo/app/pull/7"}}
    found = trigger({**ENVIRON, "GITHUB_EVENT_NAME": "issue_comment"}, {"issue": issue})
    assert found.pull_request == PullRequest(
        number=7, url="https://github.com/octo/app/pull/7", body="b", fork=True
    )
    assert found.context.commit == "merge0"


def test_a_run_after_a_pull_requests_run_belongs_to_it():
    payload = {
        "repository": REPOSITORY,
        "workflow_run": {
            "event": "pull_request",
            "head_sha": "head0",
            "head_branch": "feature",
            "head_repository": {"full_name": "octo/app"},
            "pull_requests": [{"number": 7}],
        },
    }
    found = trigger({**ENVIRON, "GITHUB_EVENT_NAME": "workflow_run"}, payload)
    assert found.pull_request == PullRequest(
        number=7, url="https://github.com/octo/app/pull/7", head_sha="head0", head_ref="feature"
    )


@pytest.mark.parametrize(
    ("head", "fork"),
    [
        ({"full_name": "octo/app", "fork": True}, False),
        ({"full_name": "someone/app", "fork": True}, True),
        (None, True),
    ],
)
def test_a_fork_is_another_repository_also_a_deleted_one(head, fork):
    request = {**PULL_REQUEST, "head": {**PULL_REQUEST["head"], "repo": head}}
    found = trigger({"GITHUB_EVENT_NAME": "pull_request"}, {"pull_request": request})
    assert found.pull_request.fork is fork


def test_the_branch_is_the_head_of_the_pull_request_where_the_runner_names_it():
    environ = {**ENVIRON, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_HEAD_REF": "from-runner"}
    assert trigger(environ, {"pull_request": PULL_REQUEST}).context.branch == "from-runner"
