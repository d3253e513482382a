"""When a step comments, on which comment, and what it leaves alone. GitHub is a server on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backstay.action.signals import Interrupted
from backstay.errors import ManyPlansError, NetworkError, NoChangesError
from backstay.report import markdown
from tests.action.fakes import PULL_REQUEST, SHA, Fake, act, applied, approved, plan, pushed
from tests.servers.authority import Authority
from tests.servers.github import FakeGitHub, fake_github

SYNCED = NoChangesError("no changes to be made")
MERGED = {"number": 7, "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": SHA}
PLANNED = {"list_plans": (), "plan": plan()}
FAILED = {"list_plans": NetworkError("no route")}
IN_SYNC = {"list_plans": (), "plan": SYNCED}


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with fake_github() as server:
        yield server


@pytest.fixture
def run(tmp_path, github):
    """Run an action on pull request 7."""

    def run(answers, inputs=None, action="schema/plan", pull_request=PULL_REQUEST, number=1):
        environ = {
            "GITHUB_API_URL": github.url,
            "GITHUB_TOKEN": "token",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_RUN_ID": "4242",
            "GITHUB_RUN_NUMBER": str(number),
            "GITHUB_RUN_ATTEMPT": "1",
        }
        return act(tmp_path, action, Fake(**answers), inputs, pull_request=pull_request, environ=environ)

    return run


@pytest.mark.parametrize(
    ("wanted", "answers", "begun", "words"),
    [
        ("", PLANNED, True, "approval needed before apply"),
        ("auto", FAILED, True, "no route"),
        ("auto", IN_SYNC, False, "No changes"),
        ("on-change", PLANNED, True, "approval needed before apply"),
        ("on-change", FAILED, False, "no route"),
        ("on-change", IN_SYNC, False, "No changes"),
        ("never", PLANNED, False, ""),
    ],
)
def test_a_comment_is_begun_where_there_is_something_to_say_and_kept_true_afterwards(
    run, github, wanted, answers, begun, words
):
    outcome = run(answers, {"comment": wanted})
    assert len(github.bodies) == begun
    assert bool(outcome.outputs.get("comment-url")) is begun
    github.comments.clear()
    run(PLANNED, number=2)
    outcome = run(answers, {"comment": wanted}, number=3)
    (body,) = github.bodies
    assert words in body
    assert bool(outcome.outputs.get("comment-url")) is (wanted != "never")


def test_a_cancelled_run_begins_none_and_marks_the_one_that_is_there(run, github):
    cancelled = {"list_plans": Interrupted(2)}
    run(cancelled)
    assert github.bodies == []
    run(PLANNED, number=2)
    assert run(cancelled, number=3).exit_code == 130
    (body,) = github.bodies
    assert "the run was cancelled" in body
    assert "Last runs" in body


def test_an_older_run_that_ends_late_changes_nothing(run, github):
    run(IN_SYNC | {"plan": plan("later")}, number=9)
    outcome = run(FAILED, number=8)
    (body,) = github.bodies
    assert "later" in body
    assert outcome.outputs["comment-url"].startswith("https://github.com/octo/app/pull/7#issuecomment-")
    assert "a later run has written it" in outcome.log.text


def test_the_comment_comes_last_and_its_failure_fails_nothing(run, github):
    github.refuse = {"POST": 403}
    outcome = run(PLANNED)
    assert outcome.exit_code == 0
    assert outcome.outputs["plan"]
    assert outcome.summary
    assert "comment-url" not in outcome.outputs
    (notice,) = outcome.messages("notice")
    assert "pull-requests: write" in notice


def test_a_proxy_is_used_on_the_way_to_the_server(tmp_path, github, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", github.url)
    environ = {"GITHUB_API_URL": "http://ghe.example", "GITHUB_TOKEN": "token"}
    outcome = act(tmp_path, "schema/plan", Fake(**PLANNED), pull_request=PULL_REQUEST, environ=environ)
    assert outcome.outputs["comment-url"]
    assert [method for method, _ in github.seen] == ["GET", "POST"]


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", ""])
def test_a_server_with_a_certificate_of_a_private_authority_is_believed_where_told(
    tmp_path, monkeypatch, variable
):
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    authority = Authority(tmp_path)
    if variable:
        monkeypatch.setenv(variable, str(authority.file))
    with fake_github(authority.server()) as server:
        environ = {"GITHUB_API_URL": server.url, "GITHUB_TOKEN": "token"}
        outcome = act(tmp_path, "schema/plan", Fake(**PLANNED), pull_request=PULL_REQUEST, environ=environ)
    assert outcome.exit_code == 0
    assert len(server.bodies) == bool(variable)
    assert bool(outcome.messages("notice")) is not bool(variable)


def test_not_even_a_fault_of_ours_fails_the_step(run, github, monkeypatch):
    monkeypatch.setattr(markdown, "comment", lambda *_: 1 / 0)
    outcome = run(PLANNED)
    assert outcome.exit_code == 0
    assert outcome.messages("notice") == ["no comment was written: unexpected ZeroDivisionError"]
    assert github.bodies == []


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"env": "a"}, {"env": "a"}, True),
        ({"env": "a"}, {"env": "b"}, False),
        ({"schema-name": "app"}, {"schema-name": "atlas://app"}, True),
        ({"schema-name": "app"}, {"schema-name": "other"}, False),
        ({"from": "postgres://u:one@db/a"}, {"from": "postgres://u:two@db/a"}, True),
        ({"from": "postgres://u:one@db/a"}, {"from": "postgres://u:one@db/b"}, False),
        ({"from": "postgres://db/a?search_path=x"}, {"from": "postgres://db/a?search_path=y"}, False),
        ({"to": "atlas://app?tag=1"}, {"to": "atlas://app?tag=2"}, True),
        ({"to": "file://a.hcl"}, {"to": "file://b.hcl"}, False),
        ({"comment-id": "eu"}, {"comment-id": "us"}, False),
        ({"comment-id": "eu", "to": "file://a.hcl"}, {"comment-id": "eu", "to": "file://b.hcl"}, True),
        ({"name": "a", "fail-on": "error"}, {"name": "b", "fail-on": "never"}, True),
    ],
)
def test_what_a_step_is_about_tells_its_comment_apart(run, github, first, second, same):
    run(PLANNED, first)
    run(PLANNED, second)
    assert len(github.comments) == (1 if same else 2)
    assert "one" not in github.bodies[0].splitlines()[0]


def test_two_steps_of_a_run_with_one_comment_are_told_how_to_have_two(run, github):
    assert run(PLANNED).messages("notice") == []
    (notice,) = run(PLANNED).messages("notice")
    assert "comment-id" in notice
    assert run(PLANNED, number=2).messages("notice") == []
    assert len(github.bodies) == 1


def test_several_pending_plans_are_listed(run, github):
    outcome = run({"list_plans": (plan("a").file, plan("b").file)})
    assert outcome.outputs["failure-reason"] == ManyPlansError.reason
    for text in (outcome.summary, github.bodies[0]):
        assert "2 plans are pending for this schema transition" in text
        assert "<code>atlas://app/plans/a</code>" in text
        assert "<code>atlas://app/plans/b</code>" in text


@pytest.mark.parametrize(
    ("action", "answers", "words"),
    [
        ("schema/push", {"push": pushed()}, "New version 20260901000000"),
        ("schema/plan/approve", {"list_plans": (plan().file,), "approve_plan": approved()}, "Plan approved"),
        ("schema/plan/approve", {"list_plans": (), "plan": plan()}, "Nothing approved"),
        ("schema/apply", {"apply": [[applied()]]}, "1 statement applied"),
        ("schema/apply", {"apply": [[applied(error="boom", rolled_back=True)]]}, "rolled back"),
    ],
)
def test_on_the_branch_the_merged_pull_request_hears_of_it(run, github, action, answers, words):
    github.pulls[SHA] = [MERGED]
    run(answers, action=action, pull_request=None)
    (body,) = github.bodies
    assert words in body


def test_nothing_to_approve_begins_no_comment(run, github):
    github.pulls[SHA] = [MERGED]
    outcome = run({"list_plans": (), "plan": SYNCED}, action="schema/plan/approve", pull_request=None)
    assert "Nothing to approve" in outcome.summary
    assert github.bodies == []


def test_while_an_apply_waits_the_comment_says_so_and_in_the_end_what_was_done(run, github):
    pending, done = plan("p").file, plan("p", "APPROVED").file
    github.pulls[SHA] = [MERGED]
    inputs = {"lint-review": "ALWAYS", "wait-timeout": "1m"}
    answers = {"list_plans": (pending,), "read_plan": done, "apply": [[applied()]]}
    assert run(answers, inputs, "schema/apply", None).messages("notice") == []
    (body,) = github.bodies
    assert "1 statement applied" in body
    assert "Last runs" not in body
    methods = [method for method, path in github.seen if method != "GET"]
    assert methods == ["POST", "PATCH"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"working-directory": "gone"}, "cannot enter working-directory gone"),
        ({"fail-on": "sometimes"}, "input fail-on has an unknown value"),
        ({"vars": "[1]"}, "input vars is not a JSON object"),
        ({"comment": "perhaps"}, "input comment has an unknown value"),
    ],
)
def test_a_step_that_cannot_begin_says_so_in_the_comment_too(run, github, wrong, words):
    outcome = run(PLANNED, wrong)
    assert outcome.exit_code == 1
    assert words in github.bodies[0]


def test_a_wrong_input_does_not_leave_an_old_plan_standing(run, github):
    run(PLANNED)
    run(PLANNED, {"fail-on": "sometimes"}, number=2)
    (body,) = github.bodies
    assert "approval needed before apply" not in body.split("Last runs")[0]
