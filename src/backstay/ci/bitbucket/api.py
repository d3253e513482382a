"""What is asked of Bitbucket's REST API, version 2.0: pull requests and their comments.

Access tokens of repositories and projects may write comments, and may not ask who they are. Nobody can edit
what somebody else wrote, so whether a comment is ours is asked by putting back the text that it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from backstay.ci.bitbucket.markdown import remembered, shown
from backstay.ci.comments import Posted
from backstay.ci.rest import Rest
from backstay.ci.service import Budget, ServiceError

BASE: Final = "https://api.bitbucket.org/2.0"
TOKEN: Final = "BITBUCKET_ACCESS_TOKEN"


class Api:
    """One repository, with one token. Texts come and go with the hidden line that all systems share."""

    def __init__(self, environ: Mapping[str, str], budget: Budget) -> None:
        self._rest = Rest(BASE, {"Authorization": f"Bearer {environ.get(TOKEN, '').strip()}"}, budget)
        self._path = f"/repositories/{environ.get('BITBUCKET_REPO_FULL_NAME', '')}/pullrequests"
        self._raw: dict[int, str] = {}
        self._requests: dict[int, int] = {}

    def comments(self, number: int) -> list[Posted]:
        """The comments of a pull request that are still there, the oldest first."""
        found = self._rest.linked(f"{self._path}/{number}/comments")
        return sorted((self._posted(c, number) for c in found if not c.get("deleted")), key=lambda c: c.id)

    def ours(self, marked: Sequence[Posted]) -> list[Posted]:
        """Those that the token may edit."""
        return [posted for posted in marked if self._is_ours(posted)]

    def create(self, number: int, body: str) -> Posted:
        """Write a comment: one attempt."""
        return self._posted(self._rest.post(f"{self._path}/{number}/comments", _content(shown(body))), number)

    def edit(self, comment: Posted, body: str) -> None:
        """Give a comment another text."""
        if self._raw[comment.id] != shown(body):
            self._put(comment, shown(body))

    def delete(self, comment: Posted) -> None:
        """Remove a comment."""
        self._rest.delete(self._address(comment))

    def description(self, number: int) -> str:
        """What a pull request says it is for."""
        document = self._rest.get(f"{self._path}/{number}")
        return str(document.get("description") or "") if isinstance(document, Mapping) else ""

    def _is_ours(self, posted: Posted) -> bool:
        try:
            self._put(posted, self._raw[posted.id])
        except ServiceError as error:
            if error.status not in (403, 404):
                raise
            return False
        return True

    def _put(self, posted: Posted, raw: str) -> None:
        self._rest.put(self._address(posted), _content(raw))

    def _address(self, posted: Posted) -> str:
        return f"{self._path}/{self._requests[posted.id]}/comments/{posted.id}"

    def _posted(self, comment: Any, number: int) -> Posted:
        try:
            identity, raw = int(comment["id"]), str(comment["content"]["raw"])
            author = str((comment.get("user") or {}).get("uuid", ""))
            page = str(((comment.get("links") or {}).get("html") or {}).get("href", ""))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ServiceError(-1, "Bitbucket's answer makes no sense") from error
        self._raw[identity], self._requests[identity] = raw, number
        return Posted(identity, author, remembered(raw), page)


def _content(raw: str) -> dict[str, object]:
    return {"content": {"raw": raw}}
