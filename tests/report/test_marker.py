"""The hidden first line of a comment."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.report.markdown.marker import Entry, Memory, line, mark, newest, read, remember

MARK = mark("plan", "0123456789abcdef")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ENTRIES = st.builds(Entry, run=st.tuples(st.integers(0, 10**12)), sha=TEXT, url=TEXT, icon=TEXT, verdict=TEXT)
MEMORIES = st.builds(
    Memory,
    run=st.lists(st.integers(0, 10**12), max_size=3).map(tuple),
    state=TEXT,
    entries=st.lists(ENTRIES, max_size=5).map(tuple),
)


@given(MEMORIES)
def test_what_is_remembered_is_read_again_and_cannot_end_the_comment(memory: Memory) -> None:
    written = line(MARK, memory)
    assert written.startswith(MARK)
    inside = written.removeprefix("<!--").removesuffix("-->")
    assert not re.search(r"--|[<>\n]", inside)
    assert read(f"{written}\n\n<h3>") == memory


def _with(hidden: bytes) -> str:
    return f'{MARK}"r":[1],"h":"{base64.b64encode(hidden).decode()}"}} -->'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<h3>",
        MARK,
        f'{MARK}"r":[1],"h":"=A"}} -->',
        f'{MARK}"r":[1],"h":"@@"}} -->',
        _with(b"not json"),
        _with(b'{"entries":[1]}'),
        _with(b'{"state":7}'),
        f" {line(MARK, Memory(run=(1,)))}",
    ],
)
def test_of_a_line_that_somebody_changed_nothing_is_believed(text: str) -> None:
    assert read(text) == Memory()


def test_the_history_is_that_of_the_newest_of_several_comments() -> None:
    texts = [line(MARK, Memory(run=(run,), state=str(run))) for run in (1, 3, 2)]
    assert newest(texts).state == "3"
    assert remember(texts, Entry(run=(2,)), "x") is None


def test_a_run_without_a_plan_keeps_the_state_that_the_last_plan_started_from() -> None:
    memory = remember([line(MARK, Memory(run=(1,), state="abc"))], Entry(run=(2,)), "")
    assert memory is not None
    assert memory.state == "abc"
