"""A copy of repositories in an object store.

The order on the wire is what makes an interrupted push harmless: the state, then the entry that makes it
part of the history, then the version and the tags that point at the entry. A reader never finds a name
whose content is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from backstay.errors import ConfigError, ConflictError, CorruptError, NotFoundError
from backstay.registry import chain, inventory, layout, plans
from backstay.registry.chain import Entry
from backstay.registry.http_api import Deployment
from backstay.registry.inventory import Inventory
from backstay.registry.patience import Patience
from backstay.registry.records import PlanEntry, PlanKey, Pointer, Pruning, VersionRecord
from backstay.registry.trust import Trust
from backstay.schema.canonical import encode
from backstay.storage.conditions import CheckedWrites, supports_conditions
from backstay.storage.file import check_present
from backstay.storage.store import Store

ATTEMPTS = 20
"""Of a compare-and-swap, before somebody else's luck is called a conflict."""

PlanCheck = Callable[[PlanEntry | None, PlanEntry], None]
PlanSigning = Callable[[PlanEntry | None, PlanEntry], PlanEntry]


class StoreReplica:
    """The objects of `layout` in a store. `trust` says what may be written over as if it were not there."""

    def __init__(self, store: Store, trust: Trust = Trust(), patience: Patience | None = None) -> None:
        self.url = store.url
        self.patience = patience or Patience()
        self._store = store
        self._trust = trust
        self._keeps_conditions: bool | None = None

    def keeps_conditions(self) -> bool:
        if self._keeps_conditions is None:
            self._keeps_conditions = supports_conditions(self._store)
            if not self._keeps_conditions:
                self._store = CheckedWrites(self._store)
        return self._keeps_conditions

    @property
    def store(self) -> Store:
        """The objects themselves, for what repairs them."""
        return self._store

    def head(self, repo: str) -> Entry | None:
        newest = self._newest(repo)
        if not newest:
            return None
        try:
            return self.entry(repo, newest)
        except NotFoundError:
            raise CorruptError(f"{self.url}: entry {newest} of {repo} is listed, but not there") from None

    def check_present(self) -> None:
        check_present(self._store)

    def entry(self, repo: str, sequence: int) -> Entry:
        data = self._store.get(layout.entry(repo, sequence)).data
        return chain.open_entry(data, repo, sequence, self.url)

    def tagged(self, repo: str, tag: str) -> Entry:
        entry = self._pointed(repo, layout.tag(repo, tag), f"tag {tag}")
        if tag not in entry.record.tags:
            raise CorruptError(f"{self.url}: tag {tag} of {repo} points at an entry without it")
        return entry

    def versioned(self, repo: str, version: str) -> Entry:
        entry = self._pointed(repo, layout.version(repo, version), f"version {version}")
        if version != entry.record.version:
            raise CorruptError(f"{self.url}: version {version} of {repo} points at another one")
        return entry

    def signs(self) -> bool:
        return False

    def append(self, repo: str, entry: Entry) -> Entry:
        self._store.create(layout.entry(repo, entry.sequence), entry.data)
        self.index(repo, entry)
        return entry

    def copy(self, repo: str, entry: Entry) -> None:
        self.append(repo, entry)

    def index(self, repo: str, entry: Entry) -> None:
        for key, name in _index(repo, entry.record).items():
            self._advance(repo, key, Pointer(name=name, sequence=entry.sequence))

    def state(self, repo: str, digest: str) -> bytes:
        try:
            data = self._store.get(layout.state(repo, digest)).data
        except NotFoundError:
            raise CorruptError(f"{self.url}: state {digest[:12]} of {repo} is not there") from None
        return chain.check_state(data, digest, self.url)

    def has_state(self, repo: str, digest: str) -> bool:
        key = layout.state(repo, digest)
        return key in self._store.list(key)

    def put_state(self, repo: str, digest: str, data: bytes) -> None:
        self._store.put(layout.state(repo, digest), data)

    def plan_keys(self, repo: str, from_hash: str = "", to_hash: str = "") -> frozenset[PlanKey]:
        keys = map(layout.plan_key, self._store.list(layout.plans(repo, from_hash, to_hash)))
        return frozenset(key for key in keys if key and to_hash in ("", key.to_hash))

    def plan(self, repo: str, key: PlanKey) -> PlanEntry:
        try:
            data = self._store.get(layout.plan(repo, key)).data
        except NotFoundError:
            raise CorruptError(f"{self.url}: plan {key.name} of {repo} is listed, but not there") from None
        return chain.open_plan(data, repo, key, self.url)

    def merge_plan(
        self,
        entry: PlanEntry,
        check: PlanCheck = lambda current, merged: None,
        sign: PlanSigning = lambda current, given: given,
    ) -> PlanEntry:
        """See `Replica`. `check` sees what is there and what will be, and may raise to leave it at that.

        `sign` signs what is given over what is there. What they have seen is what the write replaces: if that
        changes in between, they are asked again.
        """
        repo = entry.plan.repo
        key = layout.plan(repo, entry.key)
        for _ in range(ATTEMPTS):
            try:
                found = self._store.get(key)
            except NotFoundError:
                found = None
            current = chain.open_plan(found.data, repo, entry.key, self.url) if found else None
            current = current and self._standing(current, entry)
            given = sign(current, entry)
            merged = plans.merge(current, given) if current else given
            check(current, merged)
            if merged == current or self._wrote(key, encode(merged), found.etag if found else ""):
                return merged
        raise ConflictError(f'plan "{entry.plan.name}" in {self.url} changes all the time', hint="try again")

    def repositories(self) -> tuple[str, ...]:
        return inventory.repositories(self._store.list(""))

    def inventory(self, repo: str) -> Inventory:
        return inventory.take(repo, self._store.list(f"{layout.repository(repo)}/"))

    def prunings(self, repo: str) -> tuple[Pruning, ...]:
        digests = inventory.take(repo, self._store.list(layout.prunings(repo))).prunings
        return tuple(self.pruning(repo, digest) for digest in sorted(digests))

    def pruning(self, repo: str, digest: str) -> Pruning:
        data = self._store.get(layout.pruning(repo, digest)).data
        return chain.open_pruning(data, repo, digest, self.url)

    def put_pruning(self, pruning: Pruning) -> None:
        data = encode(pruning)
        self._store.put(layout.pruning(pruning.repo, chain.digest(data)), data)

    def advance_plan(self, entry: PlanEntry) -> PlanEntry:
        return self.merge_plan(entry)

    def report(self, repo: str, deployment: Deployment) -> None:
        """See `Replica`: who applies may only read the bucket."""

    def _newest(self, repo: str) -> int:
        """The highest sequence there is; 0 for none.

        A log of many pages is not read through: it has no gaps, so the last block of entries is found by
        doubling and halving.
        """
        keys = self._store.list(layout.log(repo))
        newest, count = _highest(islice(keys, layout.BLOCK))
        if count < layout.BLOCK:
            return newest
        below, above = 0, 1
        while self._has_block(repo, above):
            below, above = above, 2 * above
        while above - below > 1:
            middle = (below + above) // 2
            below, above = (middle, above) if self._has_block(repo, middle) else (below, middle)
        return max(newest, _highest(self._store.list(layout.block(repo, below)))[0])

    def _has_block(self, repo: str, block: int) -> bool:
        return any(layout.sequence(key) for key in self._store.list(layout.block(repo, block)))

    def _standing(self, current: PlanEntry, given: PlanEntry) -> PlanEntry | None:
        """What is there, to be merged with what is given: what does not count gives way to what does."""
        if not self._trust.accepts_plan(current) and self._trust.accepts_plan(given):
            return None
        return current

    def _pointed(self, repo: str, key: str, what: str) -> Entry:
        """The entry that the pointer under this key stands for."""
        try:
            pointer = chain.open_pointer(self._store.get(key).data, f"{self.url}: {what} of {repo}")
        except NotFoundError:
            raise NotFoundError(f"{repo} has no {what} in {self.url}", hint="check its spelling") from None
        try:
            return self.entry(repo, pointer.sequence)
        except NotFoundError:
            raise CorruptError(f"{self.url}: {what} of {repo} points at nothing") from None

    def _advance(self, repo: str, key: str, pointer: Pointer) -> None:
        """Move a pointer forward, never back.

        One that cannot be read is made anew, and so is one that is further on and leads nowhere.
        """
        for _ in range(ATTEMPTS):
            try:
                found = self._store.get(key)
            except NotFoundError:
                found = None
            there = _sequence(found.data) if found else 0
            if there == pointer.sequence or (there > pointer.sequence and self._leads(repo, key, there)):
                return
            if self._wrote(key, encode(pointer), found.etag if found else ""):
                return
        raise ConflictError(f"{key} in {self.url} changes all the time", hint="try again")

    def _leads(self, repo: str, key: str, sequence: int) -> bool:
        """Is there an entry that the pointer under this key may stand for?"""
        try:
            return key in _index(repo, self.entry(repo, sequence).record)
        except (NotFoundError, CorruptError, ConfigError):
            return False

    def _wrote(self, key: str, data: bytes, etag: str) -> bool:
        """Did the conditional write win? An empty etag stands for a key that is free."""
        try:
            _ = self._store.replace(key, data, etag) if etag else self._store.create(key, data)
        except ConflictError:
            return False
        return True


def _highest(keys: Iterable[str]) -> tuple[int, int]:
    """The highest sequence in a listing, whatever its order, and how many there are."""
    sequences = [found for key in keys if (found := layout.sequence(key)) is not None]
    return max(sequences, default=0), len(sequences)


def _index(repo: str, record: VersionRecord) -> dict[str, str]:
    """The keys of the pointers that stand for an entry, and the names they are of."""
    tags = {layout.tag(repo, tag): tag for tag in record.tags}
    return {layout.version(repo, record.version): record.version, **tags}


def _sequence(data: bytes) -> int:
    try:
        return chain.open_pointer(data, "").sequence
    except CorruptError:
        return 0
