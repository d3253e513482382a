"""What started a GitHub run, from its environment and the event's payload. Pure: no file, no network.

The payload is the state at the time of the event, also when the run is repeated later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from backstay.ci.base import PullRequest, Trigger
from backstay.errors import ConfigError
from backstay.registry.records import RunContext

Payload = Mapping[str, object]


def trigger(environ: Mapping[str, str], payload: Payload) -> Trigger:
    """The trigger of the run with this environment and payload.

    Raises `ConfigError` where a pull request's run does not tell which one: taken for a branch's run, it
    could approve plans.
    """
    event = environ.get("GITHUB_EVENT_NAME", "")
    find = _PULL_REQUEST_OF.get(event)
    request = find(payload) if find else None
    if request is None and event.startswith("pull_request"):
        request = _of_reference(environ.get("GITHUB_REF", ""))
    server, repository = environ.get("GITHUB_SERVER_URL", ""), environ.get("GITHUB_REPOSITORY", "")
    page = _text(payload, "repository", "html_url") or (f"{server}/{repository}" if repository else "")
    run = environ.get("GITHUB_RUN_ID", "")
    return Trigger(
        event=event,
        sha=environ.get("GITHUB_SHA", ""),
        repository=repository,
        repository_url=page,
        docs_url=_docs(environ),
        run_url=f"{server}/{repository}/actions/runs/{run}" if run else "",
        run=tuple(_whole(environ.get(name, "")) for name in _RUN),
        context=_context(environ, request, page),
        pull_request=request,
    )


def _context(environ: Mapping[str, str], request: PullRequest | None, page: str) -> RunContext:
    sha = environ.get("GITHUB_SHA", "")
    head = request.head_sha if request else ""
    branch = environ.get("GITHUB_HEAD_REF") or (request.head_ref if request else "")
    return RunContext(
        repo=environ.get("GITHUB_REPOSITORY", ""),
        branch=branch or environ.get("GITHUB_REF_NAME", ""),
        commit=head or sha,
        merge_commit=sha if environ.get("GITHUB_EVENT_NAME") in _ON_MERGE_COMMIT else "",
        url=(request.url if request else "") or page,
        username=environ.get("GITHUB_ACTOR", ""),
        user_id=environ.get("GITHUB_ACTOR_ID", ""),
        scm_type="GITHUB",
    )


def _of_pull_request(payload: Payload) -> PullRequest | None:
    """From events whose payload holds the pull request itself."""
    number = _number(payload, "pull_request", "number")
    if number is None:
        return None
    return PullRequest(
        number=number,
        url=_text(payload, "pull_request", "html_url"),
        head_sha=_text(payload, "pull_request", "head", "sha"),
        head_ref=_text(payload, "pull_request", "head", "ref"),
        merge_sha=_text(payload, "pull_request", "merge_commit_sha"),
        body=_text(payload, "pull_request", "body"),
        fork=_is_fork(payload),
    )


def _of_reference(reference: str) -> PullRequest:
    """From `refs/pull/<number>/merge`, where the payload says nothing."""
    found = re.fullmatch(r"refs/pull/(\d+)/(?:merge|head)", reference)
    if found is None:
        raise ConfigError(
            "the event of this run names no pull request",
            hint="run the step on a GitHub runner, or point GITHUB_EVENT_PATH to the payload's JSON file",
        )
    return PullRequest(number=int(found[1]), fork=True)


def _is_fork(payload: Payload) -> bool:
    """Another repository's head; also one that has been deleted since (`head.repo` is null)."""
    head = _text(payload, "pull_request", "head", "repo", "full_name")
    base = _text(payload, "pull_request", "base", "repo", "full_name")
    return head != (base or _text(payload, "repository", "full_name"))


def _of_comment(payload: Payload) -> PullRequest | None:
    """From a comment: on a pull request, if the issue is one. The payload does not name its head."""
    number = _number(payload, "issue", "number")
    if number is None or not _at(payload, "issue", "pull_request"):
        return None
    url = _text(payload, "issue", "pull_request", "html_url") or _text(payload, "issue", "html_url")
    return PullRequest(number=number, url=url, body=_text(payload, "issue", "body"), fork=True)


def _of_workflow_run(payload: Payload) -> PullRequest | None:
    """From a run that followed another: that one's pull request. GitHub names none for forks."""
    if not _text(payload, "workflow_run", "event").startswith("pull_request"):
        return None
    listed = _at(payload, "workflow_run", "pull_requests")
    head = _text(payload, "workflow_run", "head_sha")
    for item in listed if isinstance(listed, list) else []:
        number = _number(item, "number")
        if number is not None:
            page = _text(payload, "repository", "html_url")
            return PullRequest(
                number=number,
                url=f"{page}/pull/{number}" if page else "",
                head_sha=head,
                head_ref=_text(payload, "workflow_run", "head_branch"),
                fork=_text(payload, "workflow_run", "head_repository", "full_name")
                != _text(payload, "repository", "full_name"),
            )
    return None


_PULL_REQUEST_OF: Mapping[str, Callable[[Payload], PullRequest | None]] = {
    "pull_request": _of_pull_request,
    "pull_request_target": _of_pull_request,
    "pull_request_review": _of_pull_request,
    "pull_request_review_comment": _of_pull_request,
    "issue_comment": _of_comment,
    "workflow_run": _of_workflow_run,
}
"""Runs that count as a pull request's. Every other event (`push`, `merge_group`, …) is a branch's."""

_ON_MERGE_COMMIT = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})
"""Events whose runs are about the temporary merge of the pull request (`GITHUB_SHA`)."""


def _docs(environ: Mapping[str, str]) -> str:
    """Beside the action; unknown for one that is used from the checkout."""
    names = ("GITHUB_SERVER_URL", "GITHUB_ACTION_REPOSITORY", "GITHUB_ACTION_REF")
    server, repository, ref = (environ.get(name, "") for name in names)
    return f"{server}/{repository}/blob/{ref}/docs/" if server and repository and ref else ""


_RUN = ("GITHUB_RUN_ID", "GITHUB_RUN_NUMBER", "GITHUB_RUN_ATTEMPT")
"""What grows from run to run: ids over all workflows, numbers in one, attempts in a run that is repeated."""


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _at(value: object, *path: str) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(value: object, *path: str) -> str:
    found = _at(value, *path)
    return found if isinstance(found, str) else ""


def _number(value: object, *path: str) -> int | None:
    found = _at(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
