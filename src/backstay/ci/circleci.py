"""CircleCI: predefined variables, and outputs through the file that `BASH_ENV` names.

Jobs do not know reliably which pull request they belong to. For repositories on GitHub it is looked up, with
`GITHUB_TOKEN`: the newest open one of the branch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Final, TextIO

from backstay.ci.base import Comment, PullRequest, Scrub, Trigger
from backstay.ci.comments import Comments, Writer, of_request
from backstay.ci.outputs import exports, named, write_file
from backstay.ci.plain import Plain
from backstay.ci.service import Budget, ServiceError
from backstay.registry.records import RunContext

LOOKUP_SECONDS: Final = 10.0

_PULL_REQUEST = re.compile(r"https://[^/\s]+/[^/\s]+/[^/\s]+/pull/([0-9]+)")
_REPOSITORY = re.compile(r"(?:https?://|ssh://)?(?:[^@/\s]+@)?([^/:\s]+)[/:](.+?)(?:\.git)?/?")


class CircleCI(Plain):
    """A job. `input` and log are those of any shell."""

    name = "circleci"

    def __init__(self, environ: Mapping[str, str], stream: TextIO, stdout: TextIO, scrub: Scrub) -> None:
        super().__init__(environ, stream, stdout, scrub)
        self._comments = Writer(scrub, self._explain)

    def trigger(self) -> Trigger:
        """From the predefined variables and, for the pull request, from GitHub."""
        return self._trigger

    @cached_property
    def _trigger(self) -> Trigger:
        environ = self._environ
        page, repository = self._page, self._repository
        request = self._pull_request()
        sha = environ.get("CIRCLE_SHA1", "")
        build = environ.get("CIRCLE_BUILD_NUM", "")
        return Trigger(
            event="pull_request" if request else "push",
            sha=sha,
            repository=repository,
            repository_url=page,
            run_url=environ.get("CIRCLE_BUILD_URL", ""),
            run=(int(build) if build.isascii() and build.isdigit() else 0,),
            context=RunContext(
                repo=repository,
                branch=environ.get("CIRCLE_BRANCH") or environ.get("CIRCLE_TAG", ""),
                commit=sha,
                url=(request.url if request else "") or page,
                username=environ.get("CIRCLE_USERNAME", ""),
                scm_type="GITHUB" if self._is_github else "",
            ),
            pull_request=request,
        )

    def write_outputs(self, outputs: Mapping[str, str], action: str = "") -> None:
        """Add to the file that the shell of each later step of the job sources."""
        path = self._environ.get("BASH_ENV")
        if not path:
            super().write_outputs(outputs, action)
            return
        safe = {name: self._scrub(value) for name, value in outputs.items()}
        write_file(Path(path), "".join(exports(named(self._environ, action, safe))))

    def comment(self, comment: Comment) -> str:
        """On the pull request, with `GITHUB_TOKEN`."""
        return self._comments.write(comment, self._find)

    def _find(self, budget: Budget) -> tuple[Comments, int] | None:
        from backstay.ci.github.api import Api

        request = self.trigger().pull_request
        return of_request(request, self._token, lambda: Api(self._github, self._token, budget))

    def _explain(self, error: ServiceError) -> None:
        self.annotate(
            "notice",
            f"no comment was written: {error.text}; GITHUB_TOKEN takes a token that may write pull requests",
        )

    def _pull_request(self) -> PullRequest | None:
        """As GitHub says; where it cannot be asked, as CircleCI says, which may know nothing."""
        branch = self._environ.get("CIRCLE_BRANCH", "")
        if branch and self._token and self._is_github:
            from backstay.ci.github.api import Api

            try:
                return Api(self._github, self._token, Budget(LOOKUP_SECONDS)).open_pull_request(branch)
            except ServiceError as error:
                self.annotate(
                    "notice", f"the pull request of this branch could not be looked up: {error.text}"
                )
        given = _PULL_REQUEST.fullmatch(self._environ.get("CIRCLE_PULL_REQUEST", ""))
        if given is None:
            return None
        return PullRequest(
            number=int(given[1]),
            url=given[0],
            head_sha=self._environ.get("CIRCLE_SHA1", ""),
            head_ref=branch,
            fork=bool(self._environ.get("CIRCLE_PR_NUMBER")),
        )

    @property
    def _token(self) -> str:
        return self.input("github-token").strip() or self._environ.get("GITHUB_TOKEN", "").strip()

    @property
    def _github(self) -> Mapping[str, str]:
        return {**self._environ, "GITHUB_REPOSITORY": self._repository}

    @property
    def _repository(self) -> str:
        owner = self._environ.get("CIRCLE_PROJECT_USERNAME", "")
        name = self._environ.get("CIRCLE_PROJECT_REPONAME", "")
        return self._environ.get("GITHUB_REPOSITORY") or (f"{owner}/{name}" if owner and name else "")

    @property
    def _page(self) -> str:
        """The repository's page, from an address for cloning (`git@host:owner/name.git`)."""
        found = _REPOSITORY.fullmatch(self._environ.get("CIRCLE_REPOSITORY_URL", ""))
        return f"https://{found[1]}/{found[2]}" if found else ""

    @property
    def _is_github(self) -> bool:
        return "github" in self._page.removeprefix("https://").partition("/")[0] or bool(
            self._environ.get("GITHUB_REPOSITORY")
        )
