"""A comment on a pull request that is edited in place, whichever run writes it.

1. All comments are looked through, over all pages, for ours: written by our own user, and beginning with
   the mark. Anyone can copy a mark; nobody can copy an author.
2. What to write is decided with the texts that are there. Nothing to say: nothing is done.
3. One is edited, the oldest that we may edit; where none is (403, 404: removed meanwhile) a new one is made.
   Others of ours with the same mark are left over from runs that wrote at the same time, and removed.
4. Where the answer to a new comment is lost, it is searched for before it is written again.
"""

from __future__ import annotations

from backstay.ci.base import Comment
from backstay.ci.github.api import JOB_TOKEN_LOGIN, Api, GitHubError, Posted


def upsert(api: Api, number: int, comment: Comment, *, again: bool = True) -> str:
    """Write or edit the comment on this pull request; its address, empty where nothing was to be said.

    `again`: begin once more, where the answer to a new comment is lost.

    Raises `GitHubError` where GitHub does not let us.
    """
    found = _ours(api, number, comment.mark)
    body = comment.write([posted.body for posted in found])
    if not body:
        return found[0].url if found else ""
    if not found:
        return _create(api, number, comment, body, again)
    kept = next((posted for posted in found if _is_edited(api, posted, body)), None)
    for surplus in found:
        if surplus is not kept:
            _remove(api, surplus)
    return kept.url if kept else api.create(number, body).url


def _ours(api: Api, number: int, mark: str) -> list[Posted]:
    marked = [posted for posted in api.comments(number) if posted.body.startswith(mark)]
    mine = {JOB_TOKEN_LOGIN}
    if any(posted.author not in mine for posted in marked):
        mine.add(api.login())
    return [posted for posted in marked if posted.author in mine]


def _is_edited(api: Api, posted: Posted, body: str) -> bool:
    """Give it the new text; may we?"""
    if posted.body == body:
        return True
    try:
        api.edit(posted, body)
    except GitHubError as error:
        if error.status not in (403, 404):
            raise
        return False
    return True


def _create(api: Api, number: int, comment: Comment, body: str, again: bool) -> str:
    try:
        return api.create(number, body).url
    except GitHubError as error:
        if not (error.is_lost and again):
            raise
    return upsert(api, number, comment, again=False)


def _remove(api: Api, surplus: Posted) -> None:
    try:
        api.delete(surplus)
    except GitHubError as error:
        if error.status not in (403, 404):
            raise
