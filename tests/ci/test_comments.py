"""The comment on a pull request: found, edited in place, and never the reason why a step fails."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence

import pytest
import requests
import responses
from responses import matchers

from backstay.ci import service
from backstay.ci.base import Comment
from backstay.ci.github import GitHub, api
from tests.e2e.protocol import read_log

URL = "https://api.github.com:443"
ISSUE = f"{URL}/repos/octo/app/issues/7/comments"
MARK = "<!-- mark "
OURS = "github-actions[bot]"
SHA = "0123456789abcdef0123456789abcdef01234567"


class Clock:
    """Time that passes only by waiting; `waits` tells how long."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def now(self) -> float:
        return sum(self.waits)


@pytest.fixture
def github() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(api.Budget.__init__, "__defaults__", (clock.now, clock.waits.append))
    return clock


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def step(tmp_path, log) -> Callable[..., GitHub]:
    """A step of a run on pull request 7, or on a branch."""

    def step(*, on_branch: bool = False, **environ: str) -> GitHub:
        event = tmp_path / "event.json"
        event.write_text(json.dumps({} if on_branch else {"pull_request": {"number": 7}}))
        known = {
            "GITHUB_EVENT_NAME": "push" if on_branch else "pull_request",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_REPOSITORY": "octo/app",
            "GITHUB_SHA": SHA,
            "INPUT_FALLBACK-GITHUB-TOKEN": "job-token",
        }
        return GitHub(known | environ, log, lambda text: text.replace("hunter2", "***"))

    return step


def comment(text: str = "new", seen: list[Sequence[str]] | None = None) -> Comment:
    """A comment that is to say `text`; what was there is put into `seen`."""

    def write(earlier: Sequence[str], left: Sequence[str]) -> str:
        if seen is not None:
            seen.append(tuple(earlier))
        return f"{MARK}{text}" if text else ""

    return Comment(mark=MARK, write=write)


def posted(number: int, body: str, author: str = OURS) -> dict[str, object]:
    return {
        "id": number,
        "url": f"https://api.github.com/repos/octo/app/issues/comments/{number}",
        "html_url": f"https://github.com/octo/app/pull/7#issuecomment-{number}",
        "user": {"login": author},
        "body": body,
    }


def lists(github: responses.RequestsMock, *comments: dict[str, object], **more: object) -> None:
    github.get(ISSUE, json=list(comments), **more)


def creates(github: responses.RequestsMock, number: int = 1, text: str = "new") -> None:
    body = f"{MARK}{text}"
    expected = [matchers.json_params_matcher({"body": body})]
    github.post(ISSUE, json=posted(number, body), status=201, match=expected)


def edits(github: responses.RequestsMock, number: int = 1, status: int = 200, **more: object) -> None:
    url = f"{URL}/repos/octo/app/issues/comments/{number}"
    github.patch(url, json=posted(number, f"{MARK}new"), status=status, **more)


def address(number: int) -> str:
    return f"https://github.com/octo/app/pull/7#issuecomment-{number}"


def notices(log: io.StringIO) -> list[str]:
    return [a.message for a in read_log(log.getvalue()).annotations if a.level == "notice"]


def methods(github: responses.RequestsMock) -> list[str]:
    return [str(call.request.method) for call in github.calls]


# Finding and editing


def test_without_a_comment_of_ours_one_is_made(github, step):
    lists(github, posted(5, "hello", "mona"))
    creates(github)
    assert step().comment(comment()) == address(1)


def test_with_nothing_to_say_none_is_made(github, step):
    lists(github)
    assert step().comment(comment("")) == ""


def test_ours_is_edited_and_what_it_said_is_known(github, step):
    lists(github, posted(3, f"{MARK}old"))
    edits(github, 3)
    seen: list[Sequence[str]] = []
    assert step().comment(comment(seen=seen)) == address(3)
    assert seen == [(f"{MARK}old",)]


def test_an_unchanged_comment_is_left_alone(github, step):
    lists(github, posted(3, f"{MARK}new"))
    assert step().comment(comment()) == address(3)
    assert methods(github) == ["GET"]


def test_a_comment_that_a_later_run_wrote_is_left_alone(github, step):
    lists(github, posted(3, f"{MARK}later"))
    assert step().comment(comment("")) == address(3)
    assert methods(github) == ["GET"]


def test_all_pages_are_searched(github, step):
    for page in (1, 2, 3):
        following = f'<{ISSUE.replace(":443", "")}?page={page + 1}&per_page=100>; rel="next"'
        found = [posted(3, f"{MARK}old")] if page == 3 else [posted(page + 10, "x", "mona")]
        query = {"per_page": "100"} if page == 1 else {"per_page": "100", "page": str(page)}
        headers = {"Link": following} if page < 3 else {}
        github.get(ISSUE, json=found, headers=headers, match=[matchers.query_param_matcher(query)])
    edits(github, 3)
    assert step().comment(comment()) == address(3)


def test_a_mark_that_somebody_else_copied_is_not_ours(github, step):
    lists(github, posted(3, f"{MARK}old", "mallory"))
    github.get(f"{URL}/user", json={"message": "Resource not accessible by integration"}, status=403)
    github.post(f"{URL}/graphql", json={"data": {"viewer": {"login": OURS}}})
    creates(github)
    assert step().comment(comment()) == address(1)


def test_with_a_persons_token_the_persons_comment_is_ours(github, step):
    lists(github, posted(3, f"{MARK}old", "mona"))
    github.get(f"{URL}/user", json={"login": "mona"})
    edits(github, 3)
    assert step(GITHUB_TOKEN="personal").comment(comment()) == address(3)


def test_a_mark_in_the_middle_of_a_text_is_no_mark(github, step):
    lists(github, posted(3, f"> {MARK}quoted"))
    creates(github)
    assert step().comment(comment()) == address(1)


def test_a_comment_of_a_deleted_account_is_nobodys(github, step):
    lists(github, posted(3, f"{MARK}old") | {"user": None})
    github.get(f"{URL}/user", json={"login": "mona"})
    creates(github)
    assert step().comment(comment()) == address(1)


def test_what_runs_left_over_that_wrote_at_the_same_time_is_removed(github, step):
    lists(github, posted(3, f"{MARK}a"), posted(4, f"{MARK}b"))
    edits(github, 3)
    github.delete(f"{URL}/repos/octo/app/issues/comments/4", status=204)
    seen: list[Sequence[str]] = []
    assert step().comment(comment(seen=seen)) == address(3)
    assert seen == [(f"{MARK}a", f"{MARK}b")]


@pytest.mark.parametrize("status", [403, 404])
def test_where_editing_is_refused_a_new_one_is_made(github, step, status):
    lists(github, posted(3, f"{MARK}old"))
    edits(github, 3, status=status)
    github.delete(f"{URL}/repos/octo/app/issues/comments/3", status=status)
    creates(github, 9)
    assert step().comment(comment()) == address(9)


def test_of_several_the_first_that_may_be_edited_is_kept(github, step):
    lists(github, posted(3, f"{MARK}of another token"), posted(4, f"{MARK}b"))
    edits(github, 3, status=403)
    edits(github, 4)
    github.delete(f"{URL}/repos/octo/app/issues/comments/3", status=403)
    assert step().comment(comment()) == address(4)


def test_with_an_apps_token_the_apps_comment_is_ours(github, step):
    lists(github, posted(3, f"{MARK}old", "deployer[bot]"))
    github.get(f"{URL}/user", json={"message": "Resource not accessible by integration"}, status=403)
    github.post(f"{URL}/graphql", json={"data": {"viewer": {"login": "deployer"}}})
    edits(github, 3)
    assert step().comment(comment()) == address(3)


def test_no_secret_is_written(github, step):
    lists(github)
    creates(github, text="***")
    step().comment(comment("hunter2"))


# Lost answers


def test_a_comment_whose_answer_was_lost_is_not_written_twice(github, step):
    lists(github)
    github.post(ISSUE, body=requests.ConnectionError("reset"))
    lists(github, posted(1, f"{MARK}new"))
    assert step().comment(comment()) == address(1)
    assert methods(github) == ["GET", "POST", "GET"]


def test_a_comment_that_did_not_arrive_is_written_again(github, step):
    lists(github)
    github.post(ISSUE, body=requests.ConnectionError("reset"))
    creates(github)
    assert step().comment(comment()) == address(1)
    assert methods(github) == ["GET", "POST", "GET", "POST"]


def test_a_comment_is_written_twice_at_most(github, step, log):
    lists(github)
    github.post(ISSUE, status=502)
    assert step().comment(comment()) == ""
    assert methods(github) == ["GET", "POST", "GET", "POST"]
    assert len(notices(log)) == 1


def test_what_changes_nothing_twice_is_tried_again(github, step, clock):
    github.get(ISSUE, status=502)
    lists(github, posted(3, f"{MARK}old"))
    edits(github, 3, status=500)
    edits(github, 3)
    assert step().comment(comment()) == address(3)
    assert clock.waits == [0.5, 0.5]


# Where GitHub refuses


def test_a_token_that_may_only_read_costs_the_comment_and_a_notice(github, step, log):
    lists(github)
    github.post(ISSUE, json={"message": "Resource not accessible by integration"}, status=403)
    platform = step()
    assert platform.comment(comment()) == ""
    (notice,) = notices(log)
    assert "HTTP 403: Resource not accessible by integration" in notice
    assert "permissions: {contents: read, pull-requests: write}" in notice


def test_it_is_told_once_and_not_tried_again(github, step, log):
    github.get(ISSUE, json={"message": "Not Found"}, status=404)
    platform = step()
    assert [platform.comment(comment()), platform.comment(comment())] == ["", ""]
    assert len(notices(log)) == 1
    assert methods(github) == ["GET"]


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {"message": "You have exceeded a secondary rate limit"}, "status": 403},
        {"json": {"message": "slow down"}, "headers": {"Retry-After": "3600"}, "status": 429},
        {"body": requests.exceptions.ProxyError("no proxy")},
        {"body": requests.exceptions.SSLError("unknown authority")},
    ],
    ids=["secondary limit", "limit for an hour", "no proxy", "unknown authority"],
)
def test_whatever_goes_wrong_is_a_notice(github, step, log, answer):
    github.assert_all_requests_are_fired = False
    lists(github)
    github.post(ISSUE, **answer)
    assert step().comment(comment()) == ""
    assert len(notices(log)) == 1


def test_a_limit_on_editing_is_no_reason_for_a_new_comment(github, step, log):
    lists(github, posted(3, f"{MARK}old"))
    limit = {"message": "You have exceeded a secondary rate limit"}
    github.patch(f"{URL}/repos/octo/app/issues/comments/3", json=limit, status=403)
    assert step().comment(comment()) == ""
    (notice,) = notices(log)
    assert "permissions" not in notice
    assert methods(github) == ["GET", "PATCH"]


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "7"}, 7.0),
        (403, {"Retry-After": "7"}, 7.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000005"}, 5.0),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "999999"}, 0.5),
    ],
)
def test_a_limit_that_ends_soon_is_waited_for(github, step, clock, monkeypatch, status, headers, seconds):
    monkeypatch.setattr(service.time, "time", lambda: 1_000_000)
    github.get(ISSUE, json={"message": "slow down"}, headers=headers, status=status)
    lists(github)
    creates(github)
    assert step().comment(comment()) == address(1)
    assert clock.waits == [seconds]


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (
            422,
            {"message": "Validation Failed", "errors": [{"message": "body is too long"}, "x"]},
            "HTTP 422: Validation Failed: body is too long",
        ),
        (403, {"message": "Unable to create comment because issue is locked."}, "issue is locked."),
        (410, {"message": "This issue was deleted", "errors": "gone"}, "HTTP 410: This issue was deleted"),
    ],
    ids=["too long", "locked", "deleted"],
)
def test_why_a_comment_is_not_taken_is_told_and_not_blamed_on_the_token(
    github, step, log, status, answer, words
):
    lists(github)
    github.post(ISSUE, json=answer, status=status)
    assert step().comment(comment()) == ""
    (notice,) = notices(log)
    assert words in notice
    assert "permissions" not in notice
    assert methods(github) == ["GET", "POST"]


def test_a_service_that_is_away_costs_no_more_than_the_budget(github, step, log, clock):
    for _ in range(3):
        github.get(ISSUE, status=503)
    assert step().comment(comment()) == ""
    assert clock.now() == 2.5
    assert len(notices(log)) == 1


def test_nonsense_in_place_of_an_answer_is_a_notice(github, step, log):
    github.get(ISSUE, body="<html>login</html>", content_type="text/html")
    assert step().comment(comment()) == ""
    assert len(notices(log)) == 1


# Tokens, servers, branches


@pytest.mark.parametrize(
    ("environ", "token"),
    [
        ({}, "job-token"),
        ({"GITHUB_TOKEN": "of-env"}, "of-env"),
        ({"GITHUB_TOKEN": "of-env", "INPUT_GITHUB-TOKEN": "given"}, "given"),
    ],
)
def test_the_token_given_wins_over_that_of_the_environment_over_that_of_the_job(github, step, environ, token):
    lists(github, match=[matchers.header_matcher({"Authorization": f"token {token}"})])
    step(**environ).comment(comment(""))


def test_without_a_token_nothing_is_asked(github, step):
    assert step(**{"INPUT_FALLBACK-GITHUB-TOKEN": ""}).comment(comment()) == ""


def test_another_server_is_asked_where_its_api_is(github, step):
    github.get("https://ghe.example:443/api/v3/repos/octo/app/issues/7/comments", json=[])
    step(GITHUB_API_URL="https://ghe.example/api/v3").comment(comment(""))


def test_on_a_branch_the_comment_goes_to_what_was_merged(github, step):
    requests_ = [
        {"number": 6, "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": "f" * 40},
        {"number": 8, "merged_at": None, "merge_commit_sha": SHA},
        {"number": 7, "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": SHA},
    ]
    github.get(f"{URL}/repos/octo/app/commits/{SHA}/pulls", json=requests_)
    lists(github)
    creates(github)
    assert step(on_branch=True).comment(comment()) == address(1)


def test_on_a_branch_without_a_pull_request_there_is_no_comment(github, step, log):
    github.get(f"{URL}/repos/octo/app/commits/{SHA}/pulls", json=[])
    assert step(on_branch=True).comment(comment()) == ""
    assert log.getvalue() == ""


def test_on_a_branch_a_refusal_is_only_logged(github, step, log):
    github.get(f"{URL}/repos/octo/app/commits/{SHA}/pulls", json={"message": "no"}, status=403)
    assert step(on_branch=True).comment(comment()) == ""
    assert notices(log) == []
    assert "no comment was written: HTTP 403: no" in log.getvalue()
