"""A step of a Bitbucket pipeline, or a pipe in one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Final, TextIO

from backstay.ci.base import Comment, PullRequest, Scrub, Trigger
from backstay.ci.bitbucket.api import TOKEN, Api
from backstay.ci.comments import Comments, Writer, of_request
from backstay.ci.outputs import exports, named, speaks_atlas, write_file
from backstay.ci.plain import Plain
from backstay.ci.service import Budget, ServiceError
from backstay.registry.records import RunContext

DESCRIPTION_SECONDS: Final = 10.0
DIRECTORY_NAMES: Final = ("BACKSTAY_OUTPUT_DIR", "ATLAS_OUTPUT_DIR")


class Bitbucket(Plain):
    """There is no summary: the comment on the pull request is what people look at."""

    name = "bitbucket"

    def __init__(self, environ: Mapping[str, str], stream: TextIO, stdout: TextIO, scrub: Scrub) -> None:
        super().__init__(environ, stream, stdout, scrub)
        self.workspace = Path(environ.get("BITBUCKET_CLONE_DIR") or ".").absolute()
        self._comments = Writer(scrub, self._explain)

    def trigger(self) -> Trigger:
        """From the predefined variables; the description of a pull request is asked for."""
        return self._trigger

    @cached_property
    def _trigger(self) -> Trigger:
        environ = self._environ
        request = self._pull_request()
        sha, build = environ.get("BITBUCKET_COMMIT", ""), environ.get("BITBUCKET_BUILD_NUMBER", "")
        return Trigger(
            event="pull_request" if request else "push",
            sha=sha,
            repository=environ.get("BITBUCKET_REPO_FULL_NAME", ""),
            repository_url=self._page,
            commit_page="commits/{sha}",
            line_page="src/{sha}/{path}#lines-{line}",
            run_url=f"{self._page}/pipelines/results/{build}" if self._page and build else "",
            run=(_whole(build), _whole(environ.get("BITBUCKET_STEP_RUN_NUMBER", ""))),
            context=RunContext(
                repo=environ.get("BITBUCKET_REPO_FULL_NAME", ""),
                branch=environ.get("BITBUCKET_BRANCH") or environ.get("BITBUCKET_TAG", ""),
                commit=sha,
                url=(request.url if request else "") or self._page,
                user_id=environ.get("BITBUCKET_STEP_TRIGGERER_UUID", ""),
                scm_type="BITBUCKET",
            ),
            pull_request=request,
        )

    def write_outputs(self, outputs: Mapping[str, str], action: str = "") -> None:
        """Add to `outputs.sh`, for the next command to source."""
        default = ".atlas-action" if speaks_atlas(self._environ) else ".backstay"
        given = next((d for name in DIRECTORY_NAMES if (d := self._environ.get(name))), default)
        safe = {name: self._scrub(value) for name, value in outputs.items()}
        lines = "".join(exports(named(self._environ, action, safe)))
        write_file(self.workspace / given / "outputs.sh", lines)

    def comment(self, comment: Comment) -> str:
        """On the pull request of the pipeline."""
        return self._comments.write(comment, self._find)

    def _find(self, budget: Budget) -> tuple[Comments, int] | None:
        request = self.trigger().pull_request
        return of_request(request, self._has_token, lambda: Api(self._environ, budget))

    def _explain(self, error: ServiceError) -> None:
        self.annotate(
            "notice",
            f"no comment was written: {error.text}; {TOKEN} takes an access token of the repository with the "
            "scope pullrequest:write",
        )

    def _pull_request(self) -> PullRequest | None:
        number = _whole(self._environ.get("BITBUCKET_PR_ID", ""))
        if not number:
            return None
        return PullRequest(
            number=number,
            url=f"{self._page}/pull-requests/{number}" if self._page else "",
            head_sha=self._environ.get("BITBUCKET_COMMIT", ""),
            head_ref=self._environ.get("BITBUCKET_BRANCH", ""),
            body=self._description(number),
        )

    def _description(self, number: int) -> str:
        """Directives may stand in it. Without a token it is not known, which is told at the comment."""
        if not self._has_token:
            return ""
        try:
            return Api(self._environ, Budget(DESCRIPTION_SECONDS)).description(number)
        except ServiceError as error:
            self.annotate("warning", f"directives in the description are not known: {error.text}")
            return ""

    @property
    def _has_token(self) -> bool:
        return bool(self._environ.get(TOKEN, "").strip())

    @property
    def _page(self) -> str:
        """The repository's page: what is cloned from it has the same address."""
        origin = self._environ.get("BITBUCKET_GIT_HTTP_ORIGIN", "").removesuffix(".git")
        return origin.replace("http://", "https://", 1)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
