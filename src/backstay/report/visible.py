"""Characters that hide something are shown by their number, as in `\\u{202E}`.

Control characters can steer a terminal; directional and zero-width characters make a reviewer read other
SQL than the database does (Unicode Technical Report 36, "Trojan Source").
"""

from __future__ import annotations

import re
from typing import Final

_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """The text with every hidden character but line breaks and tabs shown by its number."""
    return _HIDDEN.sub(lambda found: f"\\u{{{ord(found[0]):X}}}", text)


def hides(text: str) -> bool:
    """Does the text hold such characters?"""
    return _HIDDEN.search(text) is not None
