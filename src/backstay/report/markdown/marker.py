"""The first line of a comment, hidden: whose it is, which run wrote it, and what earlier runs said.

    <!-- backstay:v1 {"a":"plan","k":"0123456789abcdef","r":[4242,17,1],"h":"…"} -->

It holds words of ours, digits, and base64 of the standard alphabet: nothing that could end a comment of
HTML (`--`, `>`). Whoever may edit our comment may also edit this line, so what is read from it is foreign.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from backstay.decoding import decode

MAX_RUNS: Final = 5
MAX_WORDS: Final = 300

_LINE: Final = re.compile(
    r'<!-- backstay:v1 \{"a":"[a-z]+","k":"[0-9a-f]+","r":\[([0-9,]{0,80})\],"h":"([A-Za-z0-9+/=]*)"\} -->'
)


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one run said: its `run` grows from run to run, `verdict` are plain words."""

    run: tuple[int, ...] = ()
    sha: str = ""
    url: str = ""
    icon: str = ""
    verdict: str = ""


class Memory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a comment remembers: the state its plan started from, and its last runs, the newest first."""

    run: tuple[int, ...] = ()
    state: str = ""
    entries: tuple[Entry, ...] = ()


class _Hidden(msgspec.Struct, frozen=True, omit_defaults=True):
    state: str = ""
    entries: tuple[Entry, ...] = ()


def mark(action: str, key: str) -> str:
    """How every text of the comment of this action (a word) and key (hexadecimal) begins."""
    return f'<!-- backstay:v1 {{"a":"{action}","k":"{key}",'


def line(beginning: str, memory: Memory) -> str:
    """The whole line."""
    hidden = msgspec.json.encode(_Hidden(memory.state, memory.entries[:MAX_RUNS]))
    run = ",".join(map(str, memory.run))
    return f'{beginning}"r":[{run}],"h":"{base64.b64encode(hidden).decode()}"}} -->'


def read(text: str) -> Memory:
    """What a comment remembers. Of a line that somebody changed: nothing."""
    found = _LINE.match(text)
    if found is None:
        return Memory()
    try:
        run = tuple(int(part) for part in found[1].split(",") if part)
        hidden = decode(base64.b64decode(found[2], validate=True), _Hidden)
    except ValueError:  # Those of msgspec are, too.
        return Memory()
    return Memory(run=run, state=hidden.state, entries=hidden.entries[:MAX_RUNS])


def newest(texts: Sequence[str]) -> Memory:
    """What the comment remembers that the last of the runs wrote."""
    return max((read(text) for text in texts), key=lambda memory: memory.run, default=Memory())


def remember(earlier: Sequence[str], entry: Entry, state: str) -> Memory | None:
    """What the comment is to remember, with this run in front; None where a later run has written it.

    A run that writes twice replaces what it said.
    """
    last = newest(earlier)
    if last.run > entry.run:
        return None
    past = [old for old in last.entries if old.run != entry.run]
    short = msgspec.structs.replace(entry, verdict=entry.verdict[:MAX_WORDS])
    return Memory(run=entry.run, state=state or last.state, entries=(short, *past)[:MAX_RUNS])
