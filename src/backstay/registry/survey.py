"""Look at everything that a copy holds of a repository: each object is read and judged by itself.

What several objects, or several copies, say together is judged in `survey_history`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Literal, TypeVar

import msgspec

from backstay.decoding import decode
from backstay.errors import (
    BackstayError,
    ConfigError,
    ConflictError,
    CorruptError,
    NotFoundError,
    UnsupportedError,
    UntrustedError,
)
from backstay.registry import chain, layout
from backstay.registry.chain import Entry
from backstay.registry.inventory import Inventory
from backstay.registry.records import PlanEntry, PlanKey, Pruning
from backstay.registry.replica import Replica
from backstay.registry.store_replica import StoreReplica
from backstay.registry.trust import Trust
from backstay.schema.canonical import encode

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

AT_ONCE: Final = 8
"""Objects of one copy that are read at the same time."""

DAMAGE: Final = (CorruptError, NotFoundError, UnsupportedError, ConfigError, ConflictError)
"""Errors that are about one object. Any other is about the copy, of which nothing more is asked then."""

Kind = Literal[
    "corrupt", "missing", "untrusted", "pointer", "stray", "behind", "forked", "conflict", "unreachable"
]
Progress = Callable[[int, int], None]
"""Hears how many objects are done, and of how many."""


class Problem(msgspec.Struct, frozen=True):
    """Something that is not as it should be. `object` is its key below the repository, or empty."""

    url: str
    kind: Kind
    object: str
    text: str


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy holds and can be read. With `error` it could not be surveyed, and nothing else counts.

    `states` gives the state hash of each whole state by its digest, `tags` and `versions` the sequence that
    a name points at, `branches` the entries of each branch. `doubtful` are the sequences of entries that the
    trusted keys do not vouch for.
    """

    url: str
    inventory: Inventory = Inventory()
    entries: Mapping[int, Entry] = {}
    doubtful: frozenset[int] = frozenset()
    states: Mapping[str, str] = {}
    tags: Mapping[str, int] = {}
    versions: Mapping[str, int] = {}
    plans: Mapping[PlanKey, PlanEntry] = {}
    prunings: Mapping[str, Pruning] = {}
    branches: Mapping[str, tuple[Entry, ...]] = {}
    problems: tuple[Problem, ...] = ()
    error: BackstayError | None = None

    def pruned(self, entry: Entry) -> bool:
        """Was the state of this entry removed on purpose?"""
        return _is_covered(entry, self.prunings)


def survey(
    replica: Replica, repo: str, trust: Trust = Trust(), progress: Progress = lambda done, total: None
) -> Survey:
    """Read all of a repository in one copy. Raises nothing: a copy that fails is a survey with an error."""
    try:
        return _Surveyor(replica, repo, trust, progress).survey()
    except BackstayError as error:
        return Survey(url=replica.url, error=error)


class _Hashed(msgspec.Struct):
    """The one member of a state that is needed here; the rest is checked to be JSON, and skipped."""

    hash: str


class _Surveyor:
    def __init__(self, replica: Replica, repo: str, trust: Trust, progress: Progress) -> None:
        self._replica = replica
        self._repo = repo
        self._trust = trust
        self._progress = progress
        self._problems: list[Problem] = []
        self._done = 0
        self._total = 0

    def survey(self) -> Survey:
        replica, repo = self._replica, self._repo
        held = replica.inventory(repo)
        named = (held.tags, held.versions, held.plans, held.prunings)
        self._total = 2 * len(held.sequences) + sum(map(len, named))
        entries = self._each(
            held.sequences, lambda n: replica.entry(repo, n), lambda n: layout.entry(repo, n)
        )
        doubtful = frozenset(n for n, entry in entries.items() if self._is_doubtful(entry))
        prunings = self._prunings(held)
        needed = {entry.record.state for entry in entries.values() if not _is_covered(entry, prunings)}
        listed = needed if held.states is None else held.states
        self._total += len(listed) - len(held.sequences)
        found = Survey(
            url=replica.url,
            inventory=held,
            entries=entries,
            doubtful=doubtful,
            states=self._each(listed, self._state_hash, lambda d: layout.state(repo, d)),
            tags=self._each(held.tags, self._tagged, lambda tag: layout.tag(repo, tag)),
            versions=self._each(held.versions, self._versioned, lambda v: layout.version(repo, v)),
            plans=self._each(held.plans, self._plan, lambda key: layout.plan(repo, key)),
            prunings=prunings,
            branches={name: tuple(self._branch(name)) for name in sorted(held.branches)},
        )
        for key, plan in found.plans.items():
            self._check_approval(key, plan)
        for stray in held.strays:
            self._problem("stray", stray, "is no object of a registry")
        return msgspec.structs.replace(found, problems=tuple(self._problems))

    def _each(self, names: Iterable[K], read: Callable[[K], V], key: Callable[[K], str]) -> dict[K, V]:
        """What can be read, by name; what cannot is a problem. Raises what is wrong with the whole copy."""
        found: dict[K, V] = {}
        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            futures = {name: pool.submit(read, name) for name in sorted(names)}  # type: ignore[type-var]
            for name, future in futures.items():
                self._take(found, name, future, key)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return found

    def _take(self, found: dict[K, V], name: K, future: Future[V], key: Callable[[K], str]) -> None:
        try:
            found[name] = future.result()
        except UntrustedError as error:
            self._problem("untrusted", key(name), error.message)
        except DAMAGE as error:
            self._problem(
                "missing" if isinstance(error, NotFoundError) else "corrupt", key(name), error.message
            )
        self._done += 1
        self._progress(self._done, max(self._total, self._done))

    def _problem(self, kind: Kind, key: str, text: str) -> None:
        object = key.removeprefix(f"{layout.repository(self._repo)}/")
        self._problems.append(
            Problem(self._replica.url, kind, object, text.removeprefix(f"{self._replica.url}: "))
        )

    def _is_doubtful(self, entry: Entry) -> bool:
        try:
            self._trust.check_entry(entry, self._replica.url)
        except UntrustedError as error:
            self._problem("untrusted", layout.entry(self._repo, entry.sequence), error.message)
            return True
        return False

    def _state_hash(self, digest: str) -> str:
        data = self._replica.state(self._repo, digest)
        try:
            return decode(data, _Hashed).hash
        except msgspec.DecodeError:
            raise CorruptError(f"{self._replica.url}: state {digest[:12]} is no state") from None

    def _tagged(self, tag: str) -> int:
        return self._replica.tagged(self._repo, tag).sequence

    def _versioned(self, version: str) -> int:
        return self._replica.versioned(self._repo, version).sequence

    def _plan(self, key: PlanKey) -> PlanEntry:
        plan = self._replica.plan(self._repo, key)
        self._trust.check_plan(plan, self._replica.url)
        return plan

    def _check_approval(self, key: PlanKey, entry: PlanEntry) -> None:
        """A plan that says it is approved, and counts as pending, is held: it stays as it is, and is told."""
        counted, notices = self._trust.check_plan(entry, self._replica.url)
        if counted.plan.status != entry.plan.status:
            self._problem("untrusted", layout.plan(self._repo, key), notices[-1])

    def _prunings(self, held: Inventory) -> dict[str, Pruning]:
        """The notes of removed states; those of a server are not read one by one."""
        replica, repo = self._replica, self._repo

        def read(digest: str) -> Pruning:
            self._trust.check_pruning(found[digest], replica.url)
            return found[digest]

        if isinstance(replica, StoreReplica):
            store = replica
            found = self._each(
                held.prunings, lambda d: store.pruning(repo, d), lambda d: layout.pruning(repo, d)
            )
        else:
            found = {chain.digest(encode(note)): note for note in replica.prunings(repo)}
        return self._each(found, read, lambda digest: layout.pruning(repo, digest))

    def _branch(self, name: str) -> Iterator[Entry]:
        assert isinstance(self._replica, StoreReplica), "no other copy lists them"
        yield from branch(self._replica, self._repo, name)


def _is_covered(entry: Entry, prunings: Mapping[str, Pruning]) -> bool:
    return any(pruning.covers(entry.record) for pruning in prunings.values())


def branch(replica: StoreReplica, repo: str, name: str) -> Iterator[Entry]:
    """The entries that were put aside under a name, in their order.

    Those that cannot be read are left out: as often as not that is why they were put aside.
    """
    for key in replica.store.list(layout.branch(repo, name) + "log/"):
        sequence = layout.sequence(key)
        if sequence is None:
            continue
        try:
            yield chain.open_entry(replica.store.get(key).data, repo, sequence, replica.url)
        except CorruptError:
            continue
