"""Bitbucket: what its variables mean, and comments in a Markdown that knows no HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import responses
from responses import matchers

from backstay.ci import service
from backstay.ci.bitbucket import Bitbucket
from backstay.ci.bitbucket.markdown import LIMIT, remembered, shown
from tests.ci.shells import LINE, SHA, comment, started

API = "https://api.bitbucket.org/2.0/repositories/octo/app/pullrequests/7"
COMMENTS = f"{API}/comments"
PAGE = "https://bitbucket.org/octo/app"
DEFINITION = LINE.replace("<!-- ", "[//]: # (").replace(" -->", ")")
STEP = {
    "BITBUCKET_BUILD_NUMBER": "12",
    "BITBUCKET_STEP_RUN_NUMBER": "2",
    "BITBUCKET_REPO_FULL_NAME": "octo/app",
    "BITBUCKET_BRANCH": "feature",
    "BITBUCKET_COMMIT": SHA,
    "BITBUCKET_GIT_HTTP_ORIGIN": "http://bitbucket.org/octo/app",
    "BITBUCKET_STEP_TRIGGERER_UUID": "{mona}",
}
REQUEST = {**STEP, "BITBUCKET_PR_ID": "7", "BITBUCKET_ACCESS_TOKEN": "secret"}


@pytest.fixture
def bitbucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    monkeypatch.setattr(service.Budget.__init__, "__defaults__", (lambda: 0.0, lambda seconds: None))
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def request_(bitbucket: responses.RequestsMock) -> responses.RequestsMock:
    bearer = matchers.header_matcher({"Authorization": "Bearer secret"})
    bitbucket.get(API, json={"description": "text"}, match=[bearer])
    return bitbucket


def posted(number: int, raw: str, **more: object) -> dict[str, object]:
    links = {"html": {"href": f"{PAGE}/pull-requests/7#comment-{number}"}}
    return {"id": number, "content": {"raw": raw}, "user": {"uuid": "{x}"}, "links": links, **more}


def sets(bitbucket: responses.RequestsMock, number: int, raw: str, status: int = 200) -> None:
    body = matchers.json_params_matcher({"content": {"raw": raw}})
    bitbucket.put(f"{COMMENTS}/{number}", json={}, status=status, match=[body])


# What started the step


def test_on_a_branch():
    trigger = started(Bitbucket, STEP)[0].trigger()
    assert (trigger.pull_request, trigger.run) == (None, (12, 2))
    assert (trigger.repository_url, trigger.run_url) == (PAGE, f"{PAGE}/pipelines/results/12")
    context = trigger.context
    assert (context.repo, context.branch, context.commit) == ("octo/app", "feature", SHA)
    assert (context.user_id, context.scm_type) == ("{mona}", "BITBUCKET")


def test_on_a_pull_request_the_description_is_asked_for(request_):
    request = started(Bitbucket, REQUEST)[0].trigger().pull_request
    assert request is not None
    assert (request.number, request.url, request.body) == (7, f"{PAGE}/pull-requests/7", "text")


def test_a_description_that_cannot_be_had_costs_a_warning(bitbucket):
    bitbucket.get(API, json={"error": {"message": "Token is invalid"}}, status=401)
    platform, log, _ = started(Bitbucket, REQUEST)
    assert platform.trigger().pull_request.body == ""
    assert "directives in the description are not known: HTTP 401: Token is invalid" in log.getvalue()


# Comments


def test_ours_is_the_one_that_we_may_edit(request_):
    following = f"{COMMENTS}?page=2"
    forged = posted(1, f"{DEFINITION}\n\nforged")
    first = matchers.query_param_matcher({"pagelen": 100})
    request_.get(COMMENTS, json={"values": [forged, posted(2, "hi")], "next": following}, match=[first])
    ours = posted(3, f"{DEFINITION}\n\nold")
    second = matchers.query_param_matcher({"page": 2})
    request_.get(COMMENTS, json={"values": [ours, posted(4, DEFINITION, deleted=True)]}, match=[second])
    sets(request_, 1, f"{DEFINITION}\n\nforged", status=403)
    sets(request_, 3, f"{DEFINITION}\n\nold")
    sets(request_, 3, f"{DEFINITION}\n\n\\*\\*\\*")
    seen: list[Sequence[str]] = []
    platform, log, _ = started(Bitbucket, REQUEST)
    address = platform.comment(comment("hunter2", seen))
    assert log.getvalue() == ""
    assert address == f"{PAGE}/pull-requests/7#comment-3"
    assert seen == [(f"{LINE}\n\nold",)]


def test_without_one_of_ours_one_is_made(request_):
    request_.get(COMMENTS, json={"values": []})
    body = matchers.json_params_matcher({"content": {"raw": f"{DEFINITION}\n\nnew"}})
    request_.post(COMMENTS, json=posted(9, "x"), status=201, match=[body])
    assert started(Bitbucket, REQUEST)[0].comment(comment()).endswith("#comment-9")


def test_an_unchanged_comment_is_left_alone(request_):
    request_.get(COMMENTS, json={"values": [posted(3, f"{DEFINITION}\n\nnew")]})
    sets(request_, 3, f"{DEFINITION}\n\nnew")
    assert started(Bitbucket, REQUEST)[0].comment(comment()).endswith("#comment-3")
    assert [call.request.method for call in request_.calls].count("PUT") == 1


def test_the_token_goes_to_no_other_service(request_):
    request_.get(COMMENTS, json={"values": [], "next": "https://evil.example/2.0/x"})
    platform, log, _ = started(Bitbucket, REQUEST)
    assert platform.comment(comment()) == ""
    assert "at another address" in log.getvalue()


def test_without_a_token_it_is_told_once():
    platform, log, _ = started(Bitbucket, REQUEST | {"BITBUCKET_ACCESS_TOKEN": ""})
    assert [platform.comment(comment()), platform.comment(comment())] == ["", ""]
    assert log.getvalue().count("BITBUCKET_ACCESS_TOKEN takes an access token") == 1


# Markdown


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h3>Plan — <code>a_b</code></h3>", "### Plan — `a_b`"),
        ("<p><b>2 errors</b> now</p>", "**2 errors** now"),
        ("<p>a *b* [c](d) &lt;e&gt;</p>", r"a \*b\* \[c\]\(d\) <e\>"),
        ("<code>a`b</code>", "`` a`b ``"),
        ("<table><tr><th>A</th></tr><tr><td>x|y</td></tr></table>", "| A |\n| --- |\n| x\\|y |"),
        ("<table><tr><td><code>x|y</code><br>z</td></tr></table>", "| `x¦y` · z |\n| --- |"),
        ('<a href="https://x/a(b)">t</a>', "[t](https://x/a%28b%29)"),
        ("<details><summary>More</summary>\n\n<p>x</p>\n\n</details>", "**More**\n\nx"),
        (
            "<p>a</p>\n\n```sql\n<b>kept</b> *as* is\n```\n\n<p>b</p>",
            "a\n\n```sql\n<b>kept</b> *as* is\n```\n\nb",
        ),
    ],
)
def test_html_becomes_markdown_and_what_is_quoted_stays_as_it_is(html, markdown):
    assert shown(html) == markdown


@pytest.mark.parametrize("name", ["plan", "plan-of-300-statements", "apply"])
def test_of_our_comments_nothing_is_left_in_html_and_all_is_remembered(name):
    text = next(Path("docs/examples").glob(f"{name}.md")).read_text(encoding="utf-8")
    found = shown(text)
    assert len(found) <= LIMIT
    assert "<td>" not in found
    assert "<details>" not in found
    assert remembered(found).startswith(text.partition("\n")[0])


def test_a_long_one_is_cut_behind_a_line_and_its_code_is_closed():
    found = shown("<p>a</p>\n\n```sql\n" + "SELECT 1;\n" * 5000 + "```")
    assert len(found) <= LIMIT
    assert "SELECT 1;\n```\n\n*The rest does not fit" in found
