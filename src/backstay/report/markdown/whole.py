"""Whole texts: the summary of a run, and a comment that remembers what runs before it said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from markupsafe import Markup

from backstay.report.markdown import marker
from backstay.report.markdown.page import STALE, Note, Origin, foot, history, note, superseded
from backstay.report.markdown.render import href
from backstay.report.markdown.sections import COMMENT_BYTES, COMMENT_CHARACTERS, Section, fit
from backstay.report.redact import scrub

Occasion = Literal["changes", "nothing", "failure", "cancelled"]
"""What a page tells of: changes made or to be made, none, a failure, a run that was stopped."""

MOVED: Final = Note(
    "The base has moved since the last run: this plan starts from another state, and the one shown here "
    "before is stale.",
    STALE,
)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What one step has to tell. `state` is the hash of the state that its plan starts from."""

    occasion: Occasion
    icon: Markup
    verdict: str
    sections: tuple[Section, ...]
    state: str = ""


def summary(pages: Sequence[Page], origin: Origin, notices: Section) -> str:
    """The summary of a step: all its pages, and the small print."""
    return fit([*(section for page in pages for section in page.sections), notices, foot(origin)])


def comment(
    beginning: str,
    pages: Sequence[Page],
    origin: Origin,
    notices: Section,
    run: tuple[int, ...],
    earlier: Sequence[str],
    left: Sequence[str] = (),
) -> str:
    """The text of a comment that begins with this mark; empty where a later run has written it.

    `earlier` are the texts that it has now, `run` is what grows from run to run. `left` are the addresses of
    comments in whose place it comes.
    """
    first = pages[0]
    entry = marker.Entry(
        run=run, sha=origin.sha, url=origin.run_url, icon=str(first.icon), verdict=scrub(first.verdict)
    )
    memory = marker.remember(earlier, entry, first.state)
    if memory is None:
        return ""
    before = max(
        (marker.read(text) for text in earlier), key=lambda known: known.run, default=marker.Memory()
    )
    moved = first.occasion == "changes" and before.state and first.state not in ("", before.state)
    sections = [section for page in pages for section in page.sections]
    sections[1:1] = [note(MOVED)] if moved else []
    line = marker.line(beginning, memory)
    body = fit(
        [*sections, superseded(left), notices, history(memory.entries), foot(origin)],
        max_bytes=COMMENT_BYTES - len(line),
        max_characters=COMMENT_CHARACTERS - len(line),
        elsewhere=href(origin.run_url),
    )
    return f"{line}\n\n{body}"


def last_run(earlier: Sequence[str]) -> tuple[int, ...]:
    """Which run wrote these texts of a comment last."""
    return marker.newest(earlier).run
