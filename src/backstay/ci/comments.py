"""A comment on a pull request that is edited in place, whichever run writes it and whoever hosts the code.

1. All comments are looked through, over all pages, for ours: written by our own user, and beginning with
   the mark. Anyone can copy a mark; nobody can copy an author.
2. What to write is decided with the texts that are there. Nothing to say: nothing is done. What another
   tool wrote with the same token is not touched, and only told of.
3. One is edited, the oldest that we may edit; where none is (403, 404: removed meanwhile) a new one is made.
   Others of ours with the same mark are left over from runs that wrote at the same time, and removed.
4. Where the answer to a new comment is lost, it is searched for before it is written again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from backstay.ci.base import Comment, PullRequest, Scrub
from backstay.ci.service import Budget, ServiceError


class Posted(msgspec.Struct, frozen=True):
    """A comment as the service has it."""

    id: int
    author: str
    body: str
    url: str


class Comments(Protocol):
    """The comments of a repository's pull requests, as one token sees them. All raise `ServiceError`."""

    def comments(self, number: int) -> list[Posted]:
        """All comments of a pull request, the oldest first."""

    def ours(self, marked: Sequence[Posted]) -> list[Posted]:
        """Those that were written by whom the token belongs to."""

    def create(self, number: int, body: str) -> Posted:
        """Write a comment: one attempt."""

    def edit(self, comment: Posted, body: str) -> None:
        """Give one of the comments another text."""

    def delete(self, comment: Posted) -> None:
        """Remove one of the comments."""


class Writer:
    """Writes the comments of one run. After a refusal, told to `explain` once, no more is tried."""

    def __init__(self, scrub: Scrub, explain: Callable[[ServiceError], None]) -> None:
        self._scrub = scrub
        self._explain = explain
        self._refused = False

    def write(self, comment: Comment, find: Callable[[Budget], tuple[Comments, int] | None]) -> str:
        """The comment's address; empty where `find` knows no pull request, or nothing came of it."""
        if self._refused:
            return ""
        try:
            found = find(Budget(comment.seconds))
            if found is None:
                return ""
            return upsert(*found, msgspec.structs.replace(comment, write=self._scrubbed(comment)))
        except ServiceError as error:
            self._refused = True
            self._explain(error)
            return ""

    def _scrubbed(self, comment: Comment) -> Callable[[Sequence[str], Sequence[str]], str]:
        return lambda earlier, left: self._scrub(comment.write(earlier, left))


def of_request(
    request: PullRequest | None, token: object, connect: Callable[[], Comments]
) -> tuple[Comments, int] | None:
    """The comments of this pull request; nothing without one. Raises `ServiceError` without a token."""
    if request is None:
        return None
    if not token:
        raise ServiceError(0, "there is no token for it")
    return connect(), request.number


def upsert(service: Comments, number: int, comment: Comment, *, again: bool = True) -> str:
    """Write or edit the comment on this pull request; its address, empty where nothing was to be said.

    `again`: begin once more, where the answer to a new comment is lost.

    Raises `ServiceError` where the service does not let us.
    """
    marked = [posted for posted in service.comments(number) if _concerns(posted.body, comment)]
    ours = service.ours(marked) if marked else []
    found = [posted for posted in ours if posted.body.startswith(comment.mark)]
    left = [posted.url for posted in ours if posted not in found]
    body = comment.write([posted.body for posted in found], left)
    if not body:
        return found[0].url if found else ""
    if not found:
        return _create(service, number, comment, body, again)
    kept = next((posted for posted in found if _is_edited(service, posted, body)), None)
    for surplus in found:
        if surplus is not kept:
            _remove(service, surplus)
    return kept.url if kept else service.create(number, body).url


def _concerns(body: str, comment: Comment) -> bool:
    last_line = body.rstrip().rpartition("\n")[2]
    return body.startswith(comment.mark) or (
        comment.left_mark != "" and last_line.startswith(comment.left_mark)
    )


def _is_edited(service: Comments, posted: Posted, body: str) -> bool:
    """Give it the new text; may we?"""
    if posted.body == body:
        return True
    try:
        service.edit(posted, body)
    except ServiceError as error:
        if error.status not in (403, 404):
            raise
        return False
    return True


def _create(service: Comments, number: int, comment: Comment, body: str, again: bool) -> str:
    try:
        return service.create(number, body).url
    except ServiceError as error:
        if not (error.is_lost and again):
            raise
    return upsert(service, number, comment, again=False)


def _remove(service: Comments, surplus: Posted) -> None:
    try:
        service.delete(surplus)
    except ServiceError as error:
        if error.status not in (403, 404):
            raise
