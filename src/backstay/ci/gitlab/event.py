"""What started a GitLab job, from its predefined variables. Pure: no file, no network."""

from __future__ import annotations

from collections.abc import Mapping

from backstay.ci.base import PullRequest, Trigger
from backstay.registry.records import RunContext


def trigger(environ: Mapping[str, str]) -> Trigger:
    """The trigger of the job with these variables.

    In pipelines of merged results `CI_COMMIT_SHA` is the temporary merge; the commit under review is then in
    `CI_MERGE_REQUEST_SOURCE_BRANCH_SHA`, which is empty in all others.
    """
    request = _merge_request(environ)
    sha, page = environ.get("CI_COMMIT_SHA", ""), environ.get("CI_PROJECT_URL", "")
    return Trigger(
        event=environ.get("CI_PIPELINE_SOURCE", ""),
        sha=sha,
        repository=environ.get("CI_PROJECT_PATH", ""),
        repository_url=page,
        commit_page="-/commit/{sha}",
        line_page="-/blob/{sha}/{path}#L{line}",
        run_url=environ.get("CI_JOB_URL", ""),
        run=tuple(whole(environ.get(name, "")) for name in ("CI_PIPELINE_ID", "CI_JOB_ID")),
        context=RunContext(
            repo=environ.get("CI_PROJECT_PATH", ""),
            branch=(request.head_ref if request else "") or environ.get("CI_COMMIT_REF_NAME", ""),
            commit=request.head_sha if request else sha,
            merge_commit=request.merge_sha if request else "",
            url=(request.url if request else "") or page,
            username=environ.get("GITLAB_USER_LOGIN") or environ.get("GITLAB_USER_NAME", ""),
            user_id=environ.get("GITLAB_USER_ID", ""),
            scm_type="GITLAB",
        ),
        pull_request=request,
    )


def _merge_request(environ: Mapping[str, str]) -> PullRequest | None:
    """Only pipelines of merge requests have one; its project is the target, also in a fork's pipeline."""
    number = whole(environ.get("CI_MERGE_REQUEST_IID", ""))
    if not number:
        return None
    page = environ.get("CI_MERGE_REQUEST_PROJECT_URL") or environ.get("CI_PROJECT_URL", "")
    target = environ.get("CI_MERGE_REQUEST_PROJECT_ID") or environ.get("CI_PROJECT_ID", "")
    sha, head = environ.get("CI_COMMIT_SHA", ""), environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "")
    return PullRequest(
        number=number,
        url=f"{page}/-/merge_requests/{number}" if page else "",
        head_sha=head or sha,
        head_ref=environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", ""),
        merge_sha=sha if head and head != sha else "",
        body=environ.get("CI_MERGE_REQUEST_DESCRIPTION", ""),
        fork=environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "") != target,
    )


def open_request(environ: Mapping[str, str]) -> int:
    """The newest open merge request into this project from the branch of the pipeline; 0 for none.

    A pipeline of a branch belongs to no merge request; GitLab only lists those that the branch has
    (`group/app!7,group/app!5`).
    """
    listed = (item.rpartition("!") for item in environ.get("CI_OPEN_MERGE_REQUESTS", "").split(","))
    project = environ.get("CI_PROJECT_PATH", "")
    return max((whole(number) for path, _, number in listed if path.strip() == project != ""), default=0)


def whole(text: str) -> int:
    """The number, or 0."""
    return int(text) if text.isascii() and text.isdigit() else 0
