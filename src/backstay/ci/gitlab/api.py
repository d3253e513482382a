"""What is asked of GitLab's REST API, version 4: notes on merge requests, and what a job is not told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from backstay.ci.comments import Posted
from backstay.ci.rest import Rest
from backstay.ci.service import Budget, ServiceError

TOKEN_NAMES: Final = ("BACKSTAY_GITLAB_TOKEN_ENV", "ATLAS_GITLAB_TOKEN_ENV")


def token_name(environ: Mapping[str, str]) -> str:
    """The variable that holds the token."""
    return next((name for key in TOKEN_NAMES if (name := environ.get(key, "").strip())), "GITLAB_TOKEN")


class Api:
    """One project, with one token."""

    def __init__(self, environ: Mapping[str, str], budget: Budget) -> None:
        token = environ.get(token_name(environ), "").strip()
        base = environ.get("CI_API_V4_URL", "").rstrip("/")
        self._rest = Rest(base, {"PRIVATE-TOKEN": token}, budget)
        project = environ.get("CI_MERGE_REQUEST_PROJECT_ID") or environ.get("CI_PROJECT_ID", "")
        self._project = f"/projects/{quote(project, safe='')}"
        self._page = environ.get("CI_MERGE_REQUEST_PROJECT_URL") or environ.get("CI_PROJECT_URL", "")
        self._requests: dict[int, int] = {}

    def comments(self, number: int) -> list[Posted]:
        """The notes of a merge request that people and programs wrote, the oldest first."""
        notes = self._rest.numbered(self._notes(number))
        return sorted((self._posted(n, number) for n in notes if not n.get("system")), key=lambda n: n.id)

    def ours(self, marked: Sequence[Posted]) -> list[Posted]:
        """Those of the token's user: a person, or the bot of an access token."""
        mine = str(self._rest.get("/user").get("username", ""))
        return [posted for posted in marked if posted.author == mine != ""]

    def create(self, number: int, body: str) -> Posted:
        """Write a note: one attempt."""
        return self._posted(self._rest.post(self._notes(number), {"body": body}), number)

    def edit(self, comment: Posted, body: str) -> None:
        """Give a note another text."""
        self._rest.put(f"{self._notes(self._requests[comment.id])}/{comment.id}", {"body": body})

    def delete(self, comment: Posted) -> None:
        """Remove a note."""
        self._rest.delete(f"{self._notes(self._requests[comment.id])}/{comment.id}")

    def description(self, number: int) -> str:
        """All of what a merge request says it is for."""
        return str(self._rest.get(f"{self._project}/merge_requests/{number}").get("description") or "")

    def merged(self, sha: str) -> int | None:
        """The merge request whose merge made this commit; without a merge commit it is the request's head."""
        path = f"{self._project}/repository/commits/{quote(sha, safe='')}/merge_requests"
        made = ("merge_commit_sha", "squash_commit_sha", "sha")
        found = (r for r in self._rest.numbered(path) if r.get("state") == "merged")
        return next((int(r["iid"]) for r in found if sha in [r.get(name) for name in made]), None)

    def _notes(self, number: int) -> str:
        return f"{self._project}/merge_requests/{number}/notes"

    def _posted(self, note: Any, number: int) -> Posted:
        try:
            identity, body = int(note["id"]), str(note["body"])
            author = str((note.get("author") or {}).get("username", ""))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ServiceError(-1, "GitLab's answer makes no sense") from error
        self._requests[identity] = number
        return Posted(identity, author, body, f"{self._page}/-/merge_requests/{number}#note_{identity}")
