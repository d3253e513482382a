"""CircleCI: what its variables mean, and the pull request that GitHub knows of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from responses import matchers

from backstay.ci import service
from backstay.ci.circleci import CircleCI
from tests.ci.shells import LINE, SHA, comment, started

API = "https://api.github.com:443/repos/octo/app"
PULL = "https://github.com/octo/app/pull/7"
JOB = {
    "CIRCLECI": "true",
    "CIRCLE_PROJECT_USERNAME": "octo",
    "CIRCLE_PROJECT_REPONAME": "app",
    "CIRCLE_REPOSITORY_URL": "git@github.com:octo/app.git",
    "CIRCLE_BRANCH": "feature",
    "CIRCLE_SHA1": SHA,
    "CIRCLE_BUILD_NUM": "31",
    "CIRCLE_BUILD_URL": "https://circleci.com/gh/octo/app/31",
    "CIRCLE_USERNAME": "mona",
}
FOUND = {
    "number": 7,
    "html_url": PULL,
    "url": "https://api.github.com/repos/octo/app/pulls/7",
    "head": {"sha": SHA, "ref": "feature"},
    "body": "text",
}


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    monkeypatch.setattr(service.Budget.__init__, "__defaults__", (lambda: 0.0, lambda seconds: None))
    with responses.RequestsMock() as mock:
        yield mock


def job(**more: str):
    return started(CircleCI, JOB | more)


def looks_up(github: responses.RequestsMock, **answer: object) -> None:
    query = {"state": "open", "sort": "created", "direction": "desc", "head": "octo:feature"}
    match = matchers.query_param_matcher(query, strict_match=False)
    github.get(f"{API}/pulls", match=[match], **answer)


@pytest.mark.parametrize(
    "url",
    ["git@github.com:octo/app.git", "https://github.com/octo/app", "ssh://git@github.com/octo/app.git"],
)
def test_the_repository_has_its_whole_name_and_its_page(url):
    trigger = job(CIRCLE_REPOSITORY_URL=url)[0].trigger()
    assert (trigger.repository, trigger.repository_url) == ("octo/app", "https://github.com/octo/app")
    context = trigger.context
    assert (context.branch, context.commit, context.username) == ("feature", SHA, "mona")
    assert (context.scm_type, trigger.run, trigger.pull_request) == ("GITHUB", (31,), None)


def test_a_tag_stands_where_there_is_no_branch():
    assert job(CIRCLE_BRANCH="", CIRCLE_TAG="v1")[0].trigger().context.branch == "v1"


def test_the_newest_open_pull_request_of_the_branch_is_the_one(github):
    looks_up(github, json=[FOUND, FOUND | {"number": 3}])
    request = job(GITHUB_TOKEN="t")[0].trigger().pull_request
    assert request is not None
    assert (request.number, request.url, request.head_sha, request.body) == (7, PULL, SHA, "text")


def test_a_branch_without_one_is_a_branch(github):
    looks_up(github, json=[])
    assert job(GITHUB_TOKEN="t")[0].trigger().pull_request is None


def test_where_github_does_not_answer_circleci_is_believed(github):
    for _ in range(3):
        looks_up(github, status=503)
    platform, log, _ = job(GITHUB_TOKEN="t", CIRCLE_PULL_REQUEST=PULL)
    assert platform.trigger().pull_request.number == 7
    assert "the pull request of this branch could not be looked up: HTTP 503" in log.getvalue()


@pytest.mark.parametrize("url", ["", "https://github.com/octo/app/pull/x", "nonsense"])
def test_what_names_no_pull_request_is_none(url):
    assert job(CIRCLE_PULL_REQUEST=url)[0].trigger().pull_request is None


def test_a_repository_elsewhere_is_not_looked_for_on_github(github):
    platform, _, _ = job(CIRCLE_REPOSITORY_URL="git@bitbucket.org:octo/app.git", GITHUB_TOKEN="t")
    assert platform.trigger().context.scm_type == ""


def test_the_comment_is_on_that_pull_request(github):
    looks_up(github, json=[FOUND])
    issue = f"{API}/issues/7/comments"
    github.get(issue, json=[])
    body = f"{LINE}\n\n<p>new</p>"
    answer = {"id": 1, "html_url": f"{PULL}#issuecomment-1", "user": {"login": "mona"}, "body": body}
    github.post(issue, json=answer, status=201, match=[matchers.json_params_matcher({"body": body})])
    assert job(GITHUB_TOKEN="t")[0].comment(comment()) == f"{PULL}#issuecomment-1"


def test_without_a_token_it_is_told_once():
    platform, log, _ = job(CIRCLE_PULL_REQUEST=PULL)
    assert [platform.comment(comment()), platform.comment(comment())] == ["", ""]
    assert log.getvalue().count("GITHUB_TOKEN takes a token") == 1
