"""The requests that comments need of GitHub, through PyGithub, within a budget of time.

Requests that change nothing twice are repeated where the service does not answer, or asks for patience;
the creation of a comment never is: who asks for it has to look first whether the one before arrived.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from backstay import __version__

if TYPE_CHECKING:
    from github import Github
    from github.IssueComment import IssueComment

T = TypeVar("T")

JOB_TOKEN_LOGIN: Final = "github-actions[bot]"
"""Who writes with the token of a job, on every GitHub: ids differ between servers, the name does not."""

REQUEST_SECONDS: Final = 10
"""How long one request may take."""

PAUSES: Final = (0.5, 2.0)
"""Before the second and the third attempt."""


class GitHubError(Exception):
    """GitHub did not do it: `status` is that of its answer, 0 where there was none."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text

    @property
    def is_lost(self) -> bool:
        """May it have been done all the same?"""
        return self.status == 0 or self.status >= 500


class Posted(msgspec.Struct, frozen=True):
    """A comment as GitHub has it."""

    id: int
    author: str
    body: str
    url: str


class Budget:
    """A number of seconds, from now on."""

    def __init__(
        self,
        seconds: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._end = now() + seconds
        self.seconds = seconds

    def check(self) -> None:
        """Raise `GitHubError` where the time is over."""
        if self._now() >= self._end:
            raise GitHubError(0, "GitHub took too long to answer")

    def wait(self, seconds: float) -> bool:
        """Wait, if the budget has that much left; has it?"""
        if self._now() + seconds >= self._end:
            return False
        self._sleep(seconds)
        return True


class Api:
    """One repository of one server, with one token."""

    def __init__(self, environ: Mapping[str, str], token: str, budget: Budget) -> None:
        self._budget = budget
        self._github = _client(environ, token, max(1, int(min(REQUEST_SECONDS, budget.seconds))))
        self._repository = environ.get("GITHUB_REPOSITORY", "")
        self._known: dict[int, IssueComment] = {}

    def comments(self, number: int) -> list[Posted]:
        """All comments of a pull request, the oldest first."""
        issue = self._github.get_repo(self._repository).get_issue(number)
        return self._patiently(lambda: [self._posted(c) for c in self._within(issue.get_comments())])

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
        except GitHubError as error:
            if error.is_lost:
                raise
        try:
            _, answer = self._patiently(
                lambda: self._github.requester.graphql_query("query { viewer { login } }", {})
            )
            login = str(answer["data"]["viewer"]["login"])
            return login if login.endswith("[bot]") else f"{login}[bot]"
        except (GitHubError, KeyError, TypeError):
            return JOB_TOKEN_LOGIN

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
        for pause in PAUSES:
            self._budget.check()
            try:
                return _told(request)
            except _AgainError as error:
                if not self._budget.wait(max(pause, error.seconds)):
                    raise
        return _told(request)


class _AgainError(GitHubError):
    """It may go better in so many seconds."""

    def __init__(self, status: int, text: str, seconds: float) -> None:
        super().__init__(status, text)
        self.seconds = seconds


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
    """Do it; whatever goes wrong is a `GitHubError`."""
    from github import GithubException
    from requests import RequestException

    try:
        return request()
    except GithubException as error:
        raise _refusal(error.status, error.data, error.headers or {}) from error
    except (RequestException, OSError) as error:
        raise _AgainError(0, f"GitHub did not answer ({type(error).__name__})", 0) from error
    except (AssertionError, ValueError, AttributeError, TypeError) as error:
        raise GitHubError(-1, "GitHub's answer makes no sense") from error


def _refusal(status: int, data: object, headers: Mapping[str, str]) -> GitHubError:
    """What an answer means. Of limits, some say 403 as if it were forbidden, and mean 429."""
    text = str(data.get("message", "")) if isinstance(data, Mapping) else ""
    text = f"HTTP {status}: {text}" if text else f"HTTP {status}"
    pause = headers.get("retry-after", "")
    if status >= 500:
        return _AgainError(status, text, 0)
    if status == 429 or (status == 403 and (pause or "rate limit" in text.lower())):
        return _AgainError(429, text, float(pause) if pause.isdigit() else 60.0)
    return GitHubError(status, text)
