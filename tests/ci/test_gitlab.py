"""GitLab: what its variables mean, its dotenv reports, and notes on merge requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest
import responses
from responses import matchers

from backstay.ci import service
from backstay.ci.base import Comment
from backstay.ci.gitlab import GitLab
from tests.ci.shells import LINE, MARK, SHA, comment, started

API = "https://gitlab.example/api/v4"
PAGE = "https://gitlab.example/group/app"
NOTES = f"{API}/projects/42/merge_requests/7/notes"
JOB = {
    "GITLAB_CI": "true",
    "CI_API_V4_URL": API,
    "CI_PROJECT_ID": "42",
    "CI_PROJECT_NAME": "app",
    "CI_PROJECT_PATH": "group/app",
    "CI_PROJECT_URL": PAGE,
    "CI_COMMIT_SHA": SHA,
    "CI_COMMIT_REF_NAME": "main",
    "CI_PIPELINE_SOURCE": "push",
    "CI_PIPELINE_ID": "1000",
    "CI_JOB_ID": "5000",
    "CI_JOB_URL": f"{PAGE}/-/jobs/5000",
    "GITLAB_USER_LOGIN": "mona",
    "GITLAB_USER_ID": "9",
}
REQUEST = {
    **JOB,
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_MERGE_REQUEST_IID": "7",
    "CI_MERGE_REQUEST_REF_PATH": "refs/merge-requests/7/head",
    "CI_MERGE_REQUEST_PROJECT_ID": "42",
    "CI_MERGE_REQUEST_PROJECT_URL": PAGE,
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "42",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature",
    "CI_MERGE_REQUEST_DESCRIPTION": "atlas:nolint",
    "GITLAB_TOKEN": "glpat-secret",
}


@pytest.fixture
def gitlab(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    monkeypatch.setattr(service.Budget.__init__, "__defaults__", (lambda: 0.0, lambda seconds: None))
    with responses.RequestsMock() as mock:
        yield mock


def note(number: int, body: str, author: str = "bot", **more: object) -> dict[str, object]:
    return {"id": number, "body": body, "author": {"username": author}, "system": False, **more}


def is_bot(gitlab: responses.RequestsMock) -> None:
    token = matchers.header_matcher({"PRIVATE-TOKEN": "glpat-secret"})
    gitlab.get(f"{API}/user", json={"username": "bot"}, match=[token])


def job(environ: dict[str, str] = REQUEST):
    return started(GitLab, environ)


# What started the job


def test_on_a_branch_the_project_has_its_whole_name():
    trigger = job(JOB)[0].trigger()
    assert trigger.pull_request is None
    assert (trigger.repository, trigger.sha, trigger.run) == ("group/app", SHA, (1000, 5000))
    context = trigger.context
    assert (context.repo, context.branch, context.commit) == ("group/app", "main", SHA)
    assert (context.url, context.username, context.user_id, context.scm_type) == (PAGE, "mona", "9", "GITLAB")


def test_a_merge_request_has_an_address_that_can_be_opened():
    request = job()[0].trigger().pull_request
    assert request is not None
    assert request.url == f"{PAGE}/-/merge_requests/7"
    assert (request.number, request.head_ref, request.head_sha) == (7, "feature", SHA)
    assert (request.body, request.fork, request.merge_sha) == ("atlas:nolint", False, "")


def test_with_merged_results_the_commit_under_review_is_not_the_temporary_merge():
    head = "f" * 40
    trigger = job({**REQUEST, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": head})[0].trigger()
    assert (trigger.context.commit, trigger.context.merge_commit, trigger.sha) == (head, SHA, SHA)


@pytest.mark.parametrize("source", ["43", ""])
def test_another_project_or_one_that_is_gone_is_a_fork(source):
    trigger = job({**REQUEST, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source})[0].trigger()
    assert trigger.pull_request is not None
    assert trigger.pull_request.fork


def test_a_description_that_was_cut_is_fetched(gitlab):
    gitlab.get(f"{API}/projects/42/merge_requests/7", json={"description": "all of it"})
    platform, _, _ = job({**REQUEST, "CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED": "true"})
    assert platform.trigger().pull_request.body == "all of it"
    assert platform.trigger().pull_request.body == "all of it"
    assert len(gitlab.calls) == 1


def test_a_description_that_cannot_be_fetched_costs_a_warning(gitlab):
    gitlab.get(f"{API}/projects/42/merge_requests/7", json={"message": "401 Unauthorized"}, status=401)
    platform, log, _ = job({**REQUEST, "CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED": "true"})
    assert platform.trigger().pull_request.body == "atlas:nolint"
    assert "directives further down are not (HTTP 401: 401 Unauthorized)" in log.getvalue()


# Inputs, outputs, log


@pytest.mark.parametrize(
    ("given", "text"),
    [('"file://a.hcl"', "file://a.hcl"), ("'x'", "x"), ("x", "x"), ('"x', '"x'), ('"', '"'), ('""', "")],
)
def test_quotes_around_an_input_are_those_of_a_template(given, text):
    assert job({"ATLAS_INPUT_CONFIG": given})[0].input("config") == text


def test_outputs_are_lines_without_quotes(tmp_path):
    platform, _, _ = job({**JOB, "CI_PROJECT_DIR": str(tmp_path)})
    platform.write_outputs({"url": "atlas://app", "link": "", "error": "hunter2"}, "schema/push")
    platform.write_outputs({"comment-url": "https://x/?a=b"}, "schema/push")
    assert (tmp_path / "backstay.env").read_text() == (
        "BACKSTAY_OUTPUT_SCHEMA_PUSH_URL=atlas://app\n"
        "BACKSTAY_OUTPUT_SCHEMA_PUSH_ERROR=***\n"
        "BACKSTAY_OUTPUT_SCHEMA_PUSH_COMMENT_URL=https://x/?a=b\n"
    )


@pytest.mark.parametrize("value", ["a\nB=injected", "a\rB=injected", "a\u2028B", "x" * 1025])
def test_what_a_dotenv_report_cannot_hold_is_left_out_and_named(tmp_path, value):
    platform, log, _ = job({**JOB, "CI_PROJECT_DIR": str(tmp_path)})
    platform.write_outputs({"plan-json": value, "status": "PENDING"}, "schema/plan")
    assert (tmp_path / "backstay.env").read_text() == "BACKSTAY_OUTPUT_SCHEMA_PLAN_STATUS=PENDING\n"
    assert "BACKSTAY_OUTPUT_SCHEMA_PLAN_PLAN_JSON" in log.getvalue()


def test_the_report_never_grows_beyond_what_gitlab_takes(tmp_path):
    platform, _, _ = job({**JOB, "CI_PROJECT_DIR": str(tmp_path)})
    for number in range(10):
        platform.write_outputs({f"o{number}": "x" * 900, "url": "short"}, f"a{number}")
    assert 4000 < (tmp_path / "backstay.env").stat().st_size <= 5 * 1024


def test_a_section_of_the_log_is_closed_also_after_a_failure():
    platform, log, _ = job({**REQUEST, "BACKSTAY_LOG": "text"})
    with suppress(RuntimeError), platform.group("Work\x1b[0K"):
        platform.log("text \x1b[0Ksection_end:1:x\r")
        raise RuntimeError
    start, middle, end = log.getvalue().split("\n", 2)
    name = start.partition("\r")[0].rpartition(":")[2]
    assert start.startswith("\x1b[0Ksection_start:")
    assert start.endswith("\x1b[0KWork [0K")
    assert "\x1b" not in middle
    assert f":{name}\r" in end


# Comments


def test_our_note_is_found_over_all_pages_and_edited(gitlab):
    pages = [
        ([note(1, LINE, "mallory"), note(2, "hello")], "2"),
        ([note(3, LINE, system=True), note(4, f"{LINE}\n\n<p>old</p>")], ""),
    ]
    for number, (notes, following) in enumerate(pages, 1):
        query = matchers.query_param_matcher({"per_page": 100, "page": number})
        gitlab.get(NOTES, json=notes, headers={"X-Next-Page": following}, match=[query])
    is_bot(gitlab)
    body = f"{LINE}\n\n<p>***</p>"
    gitlab.put(f"{NOTES}/4", json={}, match=[matchers.json_params_matcher({"body": body})])
    seen: list[Sequence[str]] = []
    assert job()[0].comment(comment("hunter2", seen)) == f"{PAGE}/-/merge_requests/7#note_4"
    assert seen == [(f"{LINE}\n\n<p>old</p>",)]


def test_without_a_note_of_ours_one_is_made(gitlab):
    gitlab.get(NOTES, json=[])
    gitlab.post(NOTES, json=note(8, "x"), status=201)
    assert job()[0].comment(comment()) == f"{PAGE}/-/merge_requests/7#note_8"


def test_the_token_may_be_in_a_variable_of_another_name(gitlab):
    gitlab.get(NOTES, json=[], match=[matchers.header_matcher({"PRIVATE-TOKEN": "other"})])
    gitlab.post(NOTES, json=note(8, "x"), status=201)
    assert job({**REQUEST, "ATLAS_GITLAB_TOKEN_ENV": "MY_TOKEN", "MY_TOKEN": "other"})[0].comment(comment())


def test_without_a_token_nobody_is_asked_and_it_is_told_once(gitlab):
    platform, log, _ = job({**REQUEST, "GITLAB_TOKEN": ""})
    assert [platform.comment(comment()), platform.comment(comment())] == ["", ""]
    assert log.getvalue().count("no comment was written") == 1
    assert "GITLAB_TOKEN takes an access token" in log.getvalue()


def test_a_refusal_is_told_and_fails_nothing(gitlab):
    gitlab.get(NOTES, json={"message": "403 Forbidden"}, status=403)
    platform, log, _ = job()
    assert platform.comment(comment()) == ""
    assert "HTTP 403: 403 Forbidden" in log.getvalue()


@pytest.mark.parametrize(
    "answer", [{"body": "<html>"}, {"json": {"no": "list"}}, {"json": [{"id": "x"}]}, {"json": [{}]}]
)
def test_nonsense_is_told_and_fails_nothing(gitlab, answer):
    gitlab.get(NOTES, **answer)
    platform, log, _ = job()
    assert platform.comment(comment()) == ""
    assert "makes no sense" in log.getvalue()


def test_a_note_whose_answer_was_lost_is_searched_before_it_is_written_again(gitlab):
    gitlab.get(NOTES, json=[])
    gitlab.post(NOTES, status=502)
    gitlab.get(NOTES, json=[note(4, f"{LINE}\n\n<p>new</p>")])
    is_bot(gitlab)
    assert job()[0].comment(comment()).endswith("#note_4")
    assert [call.request.method for call in gitlab.calls].count("POST") == 1


@pytest.mark.parametrize("made", ["merge_commit_sha", "squash_commit_sha", "sha"])
def test_on_a_branch_the_note_is_on_what_was_merged(gitlab, made):
    merged = [
        {"iid": 6, "state": "merged", "merge_commit_sha": "other"},
        {"iid": 8, "state": "opened", "merge_commit_sha": None, "sha": SHA},
        {"iid": 7, "state": "merged", "merge_commit_sha": None, made: SHA},
    ]
    gitlab.get(f"{API}/projects/42/repository/commits/{SHA}/merge_requests", json=merged)
    gitlab.get(NOTES, json=[])
    gitlab.post(NOTES, json=note(8, "x"), status=201)
    assert job({**JOB, "GITLAB_TOKEN": "t"})[0].comment(comment()).endswith("/7#note_8")


def test_on_a_branch_with_an_open_merge_request_the_note_is_there(gitlab):
    listed = "other/app!99,group/app!5,group/app!7"
    gitlab.get(NOTES, json=[])
    gitlab.post(NOTES, json=note(8, "x"), status=201)
    branch = {**JOB, "GITLAB_TOKEN": "t", "CI_OPEN_MERGE_REQUESTS": listed}
    assert job(branch)[0].comment(comment()).endswith("/7#note_8")


def test_a_comment_that_has_nothing_to_say_is_not_begun(gitlab):
    gitlab.get(NOTES, json=[])
    assert job()[0].comment(Comment(mark=MARK, write=lambda earlier, left: "")) == ""
