"""Retention: remove the content of old versions, on every copy, and keep their place in the history.

The log stays whole: it is small, it says who changed what, and with it any copy can be compared with any
other, however far behind it is. States are what takes room. Those go that nobody needs:

1. the states of the newest versions stay, as many as are asked for, and of those pushed since a given time;
2. so does what a tag points at, what an open plan leads from or to, and what a repair put aside. Where each
   push has a tag of its own, its commit, that is everything: such tags need nothing where the caller says so;
3. a note is written before anything is removed: which states, and up to which entry they may be missing. It
   is signed where there is a key, and `verify` takes no missing state without one;
4. a state that no entry names goes too: it was left by a push that died.

A push may bring a state back at the very moment. It looks after its entry is written, and brings what is not
there again; here the log is read again after the removal, and what a new entry needs is put back.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from backstay.errors import UnsupportedError
from backstay.registry import layout
from backstay.registry.chain import Entry
from backstay.registry.records import Pruning, RunContext
from backstay.registry.replica import Replica
from backstay.registry.store_replica import StoreReplica
from backstay.registry.survey_history import Agreement

NOTED: Final = 1000
"""States of one note, so that none becomes large."""
AT_ONCE: Final = 8
"""States that are removed between two looks at the log; as many are held in memory."""
SHORT_COMMIT: Final = 7
"""Characters of a commit that are enough to name it."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked to stay: the newest `keep` versions, and what was pushed since a time (empty: never).

    Tags keep what they point at, but for those of a glob in `let_go` and, with `commit_tags`, those that are
    named after the commit that they were pushed with.
    """

    keep: int
    let_go: tuple[str, ...] = ()
    commit_tags: bool = False
    since: str = ""

    def holds(self, tag: str, entry: Entry) -> bool:
        """Does a tag that points at this entry keep its state?"""
        context = entry.record.context
        is_commit = len(tag) >= SHORT_COMMIT and any(
            commit.startswith(tag) for commit in (context.commit, context.merge_commit)
        )
        is_named = bool(tag) and any(fnmatchcase(tag, glob) for glob in self.let_go)
        return not (is_named or (is_commit and self.commit_tags))


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """What goes, by digest: `removed` are contents of old versions, `left_over` what no entry names.

    `versions` are the names of the versions that lose their content; `kept` is how many states stay.
    """

    removed: tuple[str, ...]
    left_over: tuple[str, ...]
    versions: tuple[str, ...]
    kept: int


def decide(agreement: Agreement, rule: Rule) -> Retention:
    """What goes (rules 1, 2 and 4)."""
    needed = _newest(agreement, rule.keep) | _recent(agreement, rule.since)
    needed |= _tagged(agreement, rule) | _planned(agreement) | _put_aside(agreement)
    there = frozenset(d for each in agreement.standings for d in each.survey.inventory.states or ())
    named = dict.fromkeys(entry.record.state for entry in agreement.history)
    removed = tuple(digest for digest in named if digest in there - needed)
    gone = frozenset(removed)
    versions = dict.fromkeys(e.record.version for e in agreement.history if e.record.state in gone)
    left_over = there - needed - named.keys()
    return Retention(
        removed=removed,
        left_over=tuple(sorted(left_over)),
        versions=tuple(versions),
        kept=len(there - gone - left_over),
    )


def notes(agreement: Agreement, retention: Retention, time: str, context: RunContext) -> tuple[Pruning, ...]:
    """The notes of what is removed (rule 3), not signed yet."""
    head = agreement.history[-1]
    return tuple(
        Pruning(
            repo=agreement.repo,
            sequence=head.sequence,
            head=head.digest,
            states=retention.removed[start : start + NOTED],
            time=time,
            context=context,
        )
        for start in range(0, len(retention.removed), NOTED)
    )


class Remover:
    """Removes states from one copy, whose newest entry was `sequence` when it was decided which."""

    def __init__(self, replica: Replica, repo: str, sequence: int) -> None:
        if not isinstance(replica, StoreReplica):
            raise UnsupportedError(
                f"{replica.url} is a registry server, which removes nothing",
                hint="run this on the storage behind it: give its URL instead of the server's",
            )
        self.url = replica.url
        self._replica = replica
        self._repo = repo
        self._sequence = sequence
        self._wanted: set[str] = set()

    def note(self, pruning: Pruning) -> None:
        """Write down what is going to be removed."""
        self._replica.put_pruning(pruning)

    def remove(self, digests: Sequence[str]) -> int:
        """Remove at most `AT_ONCE` states; answers how many went."""
        store = self._replica.store
        gone: dict[str, bytes] = {}
        for digest in digests:
            key = layout.state(self._repo, digest)
            if digest in self._wanted or not self._replica.has_state(self._repo, digest):
                continue
            gone[digest] = store.get(key).data
            store.delete(key)
        self._look_for_new_entries()
        for digest in gone.keys() & self._wanted:
            self._replica.put_state(self._repo, digest, gone.pop(digest))
        return len(gone)

    def _look_for_new_entries(self) -> None:
        head = self._replica.head(self._repo)
        newest = head.sequence if head else 0
        for sequence in range(self._sequence + 1, newest + 1):
            self._wanted.add(self._replica.entry(self._repo, sequence).record.state)
        self._sequence = max(newest, self._sequence)


def _newest(agreement: Agreement, keep: int) -> frozenset[str]:
    """The states of the newest versions."""
    versions: dict[str, str] = {}
    for entry in reversed(agreement.history):
        if len(versions) == keep and entry.record.version not in versions:
            break
        versions.setdefault(entry.record.version, entry.record.state)
    return frozenset(versions.values())


def _recent(agreement: Agreement, since: str) -> frozenset[str]:
    """The states that were pushed since a time, as the log has it."""
    return frozenset(e.record.state for e in agreement.history if since and e.record.time >= since)


def _tagged(agreement: Agreement, rule: Rule) -> frozenset[str]:
    """The states of the entries that tags point at. A tag whose name cannot be read is one that counts."""
    prefix = layout.tags(agreement.repo)
    pointed = {key: agreement.history[n - 1] for key, n in agreement.index.items() if key.startswith(prefix)}
    return frozenset(e.record.state for key, e in pointed.items() if rule.holds(layout.name(key) or "", e))


def _planned(agreement: Agreement) -> frozenset[str]:
    """The states that plans lead from or to, which name them by their state hash."""
    open_plans = [entry.plan for entry in agreement.plans.values() if not entry.removed]
    hashes = {hash for plan in open_plans for hash in (plan.from_hash, plan.to_hash)}
    states = (item for each in agreement.standings for item in each.survey.states.items())
    return frozenset(digest for digest, hash in states if hash in hashes)


def _put_aside(agreement: Agreement) -> frozenset[str]:
    """The states of branches."""
    branches = (entries for each in agreement.standings for entries in each.survey.branches.values())
    return frozenset(entry.record.state for entries in branches for entry in entries)
