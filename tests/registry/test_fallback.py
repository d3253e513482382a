"""Which copy counts: the decision table, without any copy."""

from __future__ import annotations

import pytest

from backstay.errors import (
    AuthError,
    BackstayError,
    ConfigError,
    ConflictError,
    CorruptError,
    ForkError,
    NetworkError,
    NotFoundError,
    StaleError,
)
from backstay.registry.chain import Entry
from backstay.registry.fallback import Answer, check_age, choose, is_eligible
from backstay.registry.records import VersionRecord

ELIGIBILITY = [
    (NetworkError("timeout"), True),
    (CorruptError("cut short"), True),
    (AuthError("403"), False),
    (NotFoundError("404"), False),
    (ConflictError("409"), False),
    (ConfigError("bad URL"), False),
]


@pytest.mark.parametrize(("error", "eligible"), ELIGIBILITY, ids=str)
def test_only_no_answer_and_a_damaged_one_let_a_backup_answer(error: BackstayError, eligible: bool) -> None:
    assert is_eligible(error) is eligible


class Line:
    """Histories by name: `a2` is the second entry of history a; those of one letter continue each other."""

    def __init__(self, answers: list[Answer]) -> None:
        self.answers = answers

    def continues(self, newer: int, older: int) -> bool:
        return self._name(newer)[:1] == (self._name(older) or self._name(newer))[:1]

    contains = continues

    def began_without(self, index: int, absent: int) -> bool:
        return self._name(index).startswith("orphan")

    def _name(self, index: int) -> str:
        head = self.answers[index].head
        return head.digest if head else ""


def answer(index: int, said: str | BackstayError) -> Answer:
    """What a copy said: `a2`, nothing (no such repository), or an error."""
    url = f"copy{index}"
    if isinstance(said, BackstayError):
        return Answer(url, error=said)
    if not said:
        return Answer(url)
    record = VersionRecord(
        repo="app", sequence=int(said[-1]), version=said, state="", parent="", time="2026-01-01T00:00:00Z"
    )
    return Answer(url, head=Entry(record, said.encode(), said))


DOWN, DENIED, BROKEN = NetworkError("away"), AuthError("denied"), CorruptError("damaged")
CHOICES = [
    ("all agree", ["a2", "a2", "a2"], 0),
    ("the primary is away", [DOWN, "a2", "a2"], 1),
    ("the primary is corrupt", [BROKEN, "a2", "a2"], 1),
    ("the first backup is away too", [DOWN, DOWN, "a2"], 2),
    ("a backup that refuses is passed over", [DOWN, DENIED, "a2"], 2),
    ("a backup is ahead of the primary", ["a1", "a2", "a1"], 1),
    ("the later backup is ahead", ["a1", "a1", "a3"], 2),
    ("a backup is behind", ["a2", "a1", "a2"], 0),
    ("a backup is forked", ["a2", "b2", "a2"], 0),
    ("a longer fork is not newer", ["a2", "b3", "a2"], 0),
    ("a repository that began while the primary was away", ["", "orphan1", "orphan1"], 1),
]


@pytest.mark.parametrize(
    ("said", "chosen"), [case[1:] for case in CHOICES], ids=[case[0] for case in CHOICES]
)
def test_the_copy_that_counts(said: list[str | BackstayError], chosen: int) -> None:
    answers = [answer(index, item) for index, item in enumerate(said)]
    assert choose("app", answers, Line(answers)).index == chosen


REFUSALS = [
    ("the primary refuses the credentials", [DENIED, "a2", "a2"], AuthError),
    ("the primary has no such repository", ["", "a2", "a2"], NotFoundError),
    ("nobody answers", [DOWN, DOWN, BROKEN], NetworkError),
    ("the backups are forked and the primary is away", [DOWN, "a2", "b2"], ForkError),
]


@pytest.mark.parametrize(
    ("said", "error"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS]
)
def test_no_copy_counts(said: list[str | BackstayError], error: type[BackstayError]) -> None:
    answers = [answer(index, item) for index, item in enumerate(said)]
    with pytest.raises(error):
        choose("app", answers, Line(answers))


AGES = [
    ("as new as was seen", "a2", 2, True, False, ""),
    ("newer than was seen", "a3", 2, True, False, ""),
    ("older, from the primary", "a1", 2, False, False, "1 entry older"),
    ("older, from a backup, accepted", "a1", 3, True, True, "2 entries older"),
]


@pytest.mark.parametrize(
    ("head", "seen", "backup", "allowed", "notice"),
    [case[1:] for case in AGES],
    ids=[case[0] for case in AGES],
)
def test_an_older_answer_is_told(head: str, seen: int, backup: bool, allowed: bool, notice: str) -> None:
    text = check_age("app", answer(0, head), seen=seen, strict=backup, allow_stale=allowed)
    assert notice in text
    assert bool(text) is bool(notice)


def test_an_older_answer_of_a_backup_is_an_error() -> None:
    with pytest.raises(StaleError, match="1 entry older"):
        check_age("app", answer(1, "a1"), seen=2, strict=True, allow_stale=False)
