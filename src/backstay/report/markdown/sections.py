"""A page as sections that matter more or less, so that it can be made to fit a limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

SUMMARY_BYTES: Final = 1024 * 1024
"""GitHub drops a step summary that is larger."""

COMMENT_CHARACTERS: Final = 65_000
COMMENT_BYTES: Final = 250_000
"""What a comment may hold, with some room to spare."""


class Section(msgspec.Struct, frozen=True):
    """One section. The one with the greatest `rank` goes first when room is short; rank 0 always stays.

    `name` is what the notice calls it, `short` what may stand in its place.
    """

    name: str
    text: str
    rank: int = 0
    short: str = ""


def fit(
    sections: Sequence[Section],
    *,
    max_bytes: int = SUMMARY_BYTES,
    max_characters: int | None = None,
    elsewhere: str = "",
) -> str:
    """The page, with a notice of what did not fit, and a link to where it is.

    Where it is too long, sections are shortened, then left out, the least important first. Characters are
    counted as UTF-16 does, where an emoji is two.
    """
    kept = [section for section in sections if section.text]
    cut: list[str] = []
    while True:
        page = "\n\n".join([section.text.strip("\n") for section in kept] + _notice(cut, elsewhere)) + "\n"
        too_long = max_characters is not None and units(page) > max_characters
        if not too_long and len(page.encode("utf-8", "replace")) <= max_bytes:
            return page
        last = max(range(len(kept)), key=lambda place: (kept[place].rank, bool(kept[place].short), place))
        section = kept[last]
        if section.rank == 0:
            return page.encode("utf-8", "replace")[: min(max_bytes, max_characters or max_bytes)].decode(
                "utf-8", "ignore"
            )
        if section.name not in cut:
            cut.append(section.name)
        kept[last : last + 1] = [Section(section.name, section.short, section.rank)] if section.short else []


def units(text: str) -> int:
    """The length of a text in UTF-16."""
    return len(text) + sum(char > "\uffff" for char in text)


def _notice(cut: Sequence[str], elsewhere: str) -> list[str]:
    if not cut:
        return []
    link = f"[The summary of this run]({elsewhere}) shows more; the" if elsewhere else "The"
    return [
        f"> ✂️ Shortened to fit: {', '.join(cut)}. {link} file named by the output `plan-file` has everything."
    ]
