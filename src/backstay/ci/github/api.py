"""The requests that comments need of GitHub, through PyGithub, within a budget of time.

Requests that change nothing twice are repeated where the service does not answer, or asks for patience;
the creation of a comment never is: who asks for it has to look first whether the one before arrived.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from backstay import __version__
from backstay.ci.base import PullRequest
from backstay.ci.comments import Posted
from backstay.ci.service import AgainError, Budget, ServiceError, refusal

if TYPE_CHECKING:
    from github import Github
    from github.IssueComment import IssueComment

T = TypeVar("T")

JOB_TOKEN_LOGIN: Final = "github-actions[bot]"
"""Who writes with the token of a job, on every GitHub: ids differ between servers, the name does not."""


class Api:
    """One repository of one server, with one token."""

    def __init__(self, environ: Mapping[str, str], token: str, budget: Budget) -> None:
        self._budget = budget
        self._github = _client(environ, token, budget.request_seconds)
        self._repository = environ.get("GITHUB_REPOSITORY", "")
        self._known: dict[int, IssueComment] = {}

    def comments(self, number: int) -> list[Posted]:
        """All comments of a pull request, the oldest first."""
        issue = self._github.get_repo(self._repository).get_issue(number)
        return self._patiently(lambda: [self._posted(c) for c in self._within(issue.get_comments())])

    def ours(self, marked: Sequence[Posted]) -> list[Posted]:
        """Those of the token's user, and of the jobs of this repository."""
        mine = {JOB_TOKEN_LOGIN}
        if any(posted.author not in mine for posted in marked):
            mine.add(self.login())
        return [posted for posted in marked if posted.author in mine]

    def create(self, number: int, body: str) -> Posted:
        """Write a comment: one attempt."""
        issue = self._github.get_repo(self._repository).get_issue(number)
        return _told(lambda: self._posted(issue.create_comment(body)))

    def edit(self, comment: Posted, body: str) -> None:
        """Give one of the comments another text."""
        self._patiently(lambda: self._known[comment.id].edit(body))

    def delete(self, comment: Posted) -> None:
        """Remove one of the comments."""
        self._patiently(self._known[comment.id].delete)

    def login(self) -> str:
        """Who the token belongs to: a person's says so; that of a job or app only to GraphQL."""
        try:
            return self._patiently(lambda: self._github.get_user().login)
        except ServiceError as error:
            if error.is_lost:
                raise
        try:
            _, answer = self._patiently(
                lambda: self._github.requester.graphql_query("query { viewer { login } }", {})
            )
            login = str(answer["data"]["viewer"]["login"])
            return login if login.endswith("[bot]") else f"{login}[bot]"
        except (ServiceError, KeyError, TypeError):
            return JOB_TOKEN_LOGIN

    def open_pull_request(self, branch: str) -> PullRequest | None:
        """The newest open pull request of a branch of this repository."""
        owner = self._repository.partition("/")[0]
        repository = self._github.get_repo(self._repository)
        found = self._patiently(
            lambda: list(
                self._within(repository.get_pulls("open", "created", "desc", head=f"{owner}:{branch}"))
            )
        )
        return next(map(_pull_request, found), None)

    def merged_pull_request(self, sha: str) -> int | None:
        """The pull request whose merge made this commit."""
        commit = self._github.get_repo(self._repository).get_commit(sha)
        found = self._patiently(lambda: list(self._within(commit.get_pulls())))
        return next((p.number for p in found if p.merged_at and p.merge_commit_sha == sha), None)

    def _within(self, items: Any) -> Iterator[Any]:
        for item in items:
            self._budget.check()
            yield item

    def _posted(self, comment: IssueComment) -> Posted:
        self._known[comment.id] = comment
        author = comment.user.login if comment.user else ""
        return Posted(comment.id, author, comment.body or "", comment.html_url)

    def _patiently(self, request: Callable[[], T]) -> T:
        return self._budget.patiently(lambda: _told(request))


def _client(environ: Mapping[str, str], token: str, seconds: int) -> Github:
    """PyGithub without its own attempts and pauses: those repeat what must not be, and last for minutes."""
    from github import Auth, Github

    certificates = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
    return Github(
        auth=Auth.Token(token),
        base_url=(environ.get("GITHUB_API_URL") or "https://api.github.com").rstrip("/"),
        user_agent=f"backstay/{__version__}",
        per_page=100,
        timeout=seconds,
        verify=certificates or True,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
        lazy=True,
    )


def _told(request: Callable[[], T]) -> T:
    """Do it; whatever goes wrong is a `ServiceError`."""
    from github import GithubException
    from requests import RequestException

    try:
        return request()
    except GithubException as error:
        raise refusal(error.status, _message(error.data), error.headers or {}) from error
    except (RequestException, OSError) as error:
        raise AgainError(0, f"GitHub did not answer ({type(error).__name__})", 0) from error
    except (AssertionError, ValueError, AttributeError, TypeError) as error:
        raise ServiceError(-1, "GitHub's answer makes no sense") from error


def _message(document: object) -> str:
    """What GitHub says, and of what it could not take (422), why."""
    if not isinstance(document, Mapping):
        return ""
    errors = document.get("errors")
    details = [e.get("message") for e in errors if isinstance(e, Mapping)] if isinstance(errors, list) else []
    return ": ".join(str(text) for text in (document.get("message"), *details[:1]) if text)


def _pull_request(found: Any) -> PullRequest:
    return PullRequest(
        number=found.number,
        url=found.html_url,
        head_sha=found.head.sha,
        head_ref=found.head.ref,
        body=found.body or "",
    )
