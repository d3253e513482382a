"""Which copy counts: from what each of them answered to a decision. No copy is asked here.

1. The primary decides. An error of it that is not in `ELIGIBLE` is the answer: nobody else is asked.
2. Where it failed with an eligible error, the first copy in order that answers stands in for it.
3. A copy whose verified history continues that one's is newer (a push made while the others were away)
   and counts instead.
4. A copy that is behind, forked or failing is reported and never preferred. Where the primary does not
   answer and the others hold different histories, nobody can say which is right: `ForkError`.
5. A primary without the repository is an answer too. Only a history that began while this very primary
   was away, and says so in its first entry, continues nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from backstay.errors import BackstayError, CorruptError, ForkError, NetworkError, NotFoundError, StaleError
from backstay.registry.chain import Entry

ELIGIBLE: tuple[type[BackstayError], ...] = (NetworkError, CorruptError)
"""No answer (DNS, refused, reset, timeout, TLS, 5xx, 429), or one that is not what was written. Not:

401 and 403, for a backup must not outlive a revoked token; 404; and our own mistakes.
"""


class Answer(msgspec.Struct, frozen=True):
    """What a copy said about a repository: its newest entry (`None`: no such repository), or an error."""

    url: str
    head: Entry | None = None
    error: BackstayError | None = None


class Choice(msgspec.Struct, frozen=True):
    """The copy that counts, and what is worth telling about the others. `forked` are their indexes."""

    index: int
    notices: tuple[str, ...] = ()
    forked: frozenset[int] = frozenset()


class Histories(Protocol):
    """Questions about copies, by index, that only their entries can answer. Each may fail."""

    def continues(self, newer: int, older: int) -> bool:
        """Does the one history continue the other, verified entry by entry?"""

    def contains(self, newer: int, older: int) -> bool:
        """Is the newest entry of the other one in it? The entries after that are not looked at."""

    def began_without(self, index: int, absent: int) -> bool:
        """Does the history say that it began while the other copy was away?"""


def is_eligible(error: BackstayError) -> bool:
    """May a backup answer instead?"""
    return isinstance(error, ELIGIBLE)


def choose(repo: str, answers: Sequence[Answer], histories: Histories) -> Choice:
    """The copy to read from (rules 1 to 5). The primary is the first answer."""
    primary = answers[0]
    if primary.error and not is_eligible(primary.error):
        raise primary.error
    if not primary.error and not primary.head:
        return _choose_orphan(repo, answers, histories)
    if not any(answer.head for answer in answers):
        raise nobody(answers, "no copy of the registry could be read")
    choice = rank(answers, histories)
    if primary.error and choice.forked:
        raise _split_brain(repo, [answers[index] for index in sorted({choice.index, *choice.forked})])
    return choice


def rank(answers: Sequence[Answer], histories: Histories) -> Choice:
    """The newest copy in order, the rest compared with it (rules 2 to 4). At least one has a head."""
    best = next(index for index, answer in enumerate(answers) if answer.head)
    notices = failures(answers)
    forked: set[int] = set()
    for index in range(best + 1, len(answers)):
        head = answers[index].head
        if head is None:
            continue
        try:
            standing = _compare(answers, index, best, histories)
        except BackstayError as error:
            notices.append(f"{answers[index].url} cannot be compared: {error.message}")
            continue
        if standing == "ahead":
            notices.append(_newer(answers[index], answers[best]))
            best = index
        elif standing == "behind":
            notices.append(_older(answers[index], answers[best]))
        elif standing == "forked":
            notices.append(f"{answers[index].url} is forked: its history is not that of {answers[best].url}")
            forked.add(index)
    return Choice(best, tuple(notices), frozenset(forked))


def check_age(repo: str, answer: Answer, *, seen: int, strict: bool, allow_stale: bool) -> str:
    """A notice if this machine has seen a newer entry than this answer has; empty if not.

    With `strict` such an answer is a `StaleError`, unless it is allowed: from a backup, and from a registry
    whose entries are signed, since nobody who holds a key takes entries back.
    """
    head = answer.head
    if head is None or head.sequence >= seen:
        return ""
    text = (
        f"the newest answer for {repo}, from {answer.url}, is version {head.record.version} of "
        f"{head.record.time}: {entries(seen - head.sequence)} older than what this machine has already seen"
    )
    if strict and not allow_stale:
        raise StaleError(text, hint="wait for the registry, or accept the older version with --allow-stale")
    return text


def failures(answers: Sequence[Answer]) -> list[str]:
    """What each copy that failed said, with its place once."""
    return [_said(answer.url, answer.error) for answer in answers if answer.error]


def nobody(answers: Sequence[Answer], text: str) -> BackstayError:
    """The error when no target is left: the class and hint are the first one's, all are listed."""
    first = answers[0].error or NetworkError("")
    said = "; ".join(_said(a.url, a.error or NotFoundError("no such repository")) for a in answers)
    return type(first)(f"{text}: {said}", hint=first.hint, reason=first.reason_code)


def _said(url: str, error: BackstayError) -> str:
    place = url.partition("?")[0]
    return error.message if place in error.message else f"{url}: {error.message}"


def entries(count: int) -> str:
    """A number of entries in words."""
    return "1 entry" if count == 1 else f"{count} entries"


def _choose_orphan(repo: str, answers: Sequence[Answer], histories: Histories) -> Choice:
    """Rule 5: the primary does not know the repository."""
    known = [index for index, answer in enumerate(answers) if answer.head]
    for index in known:
        if histories.began_without(index, 0) and histories.continues(index, 0):
            return Choice(index, (_newer(answers[index], answers[0]),))
    hint = "check the name, or push the schema first"
    if known:
        hint = f"{answers[known[0]].url} has it; the next push brings it back"
    raise NotFoundError(f"{answers[0].url} has no repository {repo}", hint=hint)


def _compare(answers: Sequence[Answer], index: int, best: int, histories: Histories) -> str:
    head, reference = answers[index].head, answers[best].head
    assert head is not None
    assert reference is not None
    if head.sequence == reference.sequence:
        return "equal" if head.digest == reference.digest else "forked"
    if head.sequence > reference.sequence:
        return "ahead" if histories.continues(index, best) else "forked"
    return "behind" if histories.contains(best, index) else "forked"


def _distance(a: Answer, b: Answer) -> str:
    return entries((a.head.sequence if a.head else 0) - (b.head.sequence if b.head else 0))


def _newer(newer: Answer, older: Answer) -> str:
    return f"{newer.url} is {_distance(newer, older)} ahead of {older.url}, pushed while that was away"


def _older(older: Answer, newer: Answer) -> str:
    return f"{older.url} is {_distance(newer, older)} behind; the next push brings it up to date"


def _split_brain(repo: str, answers: Sequence[Answer]) -> ForkError:
    said = "; ".join(
        f"{a.url} has entry {a.head.sequence} of {a.head.record.time}, digest {a.head.digest[:12]}"
        for a in answers
        if a.head
    )
    return ForkError(
        f"the backups hold different histories of {repo}, and the primary is not there to decide: {said}",
        hint="wait for the primary",
    )
