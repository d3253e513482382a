"""A registry of a primary and its backups: what is asked of a `Registry`, done on all copies.

Who is asked, who decides and in which order is written is said in `reading` and `writing`; here is what a
push and the steps of a plan mean.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec

from backstay.errors import (
    BackstayError,
    ConflictError,
    ForkError,
    NotFoundError,
    StaleError,
    UntrustedError,
)
from backstay.registry import chain, layout, plans, signing
from backstay.registry.catching_up import Copy
from backstay.registry.chain import Entry
from backstay.registry.copies import Budget
from backstay.registry.fallback import entries
from backstay.registry.http_api import Deployment
from backstay.registry.memory import CacheMemory, Memory
from backstay.registry.reading import Reader
from backstay.registry.records import (
    Approval,
    PlanEntry,
    PlanRecord,
    PushedVersion,
    ReadLog,
    ReadVersion,
    RunContext,
    VersionRecord,
    WrittenPlan,
)
from backstay.registry.replica import Replica
from backstay.registry.signing_keys import Signer
from backstay.registry.trust import Trust
from backstay.registry.writing import Stored, Writer
from backstay.schema.canonical import encode
from backstay.schema.state import State

ATTEMPTS = 50
"""How often a push begins again because another one was faster."""
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 4.0
"""Seconds before it does, at most: twice as many each time, so that hundreds that push at once come apart."""
VERSION_FORMAT = "%Y%m%d%H%M%S"


class ReplicatedRegistry:
    """See `Registry`. `notify` hears what is worth telling of reads whose result has no place for it.

    With `strict`, a primary that ignores conditional writes is refused. `trust` says whose records count, and
    `signer` signs what is written; what is written without one is held until somebody signs it.
    """

    def __init__(
        self,
        primary: Replica,
        backups: Sequence[Replica] = (),
        *,
        allow_stale: bool = False,
        strict: bool = True,
        trust: Trust = Trust(),
        signer: Signer | None = None,
        notify: Callable[[str], None] = lambda text: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        memory: Memory | None = None,
        budget: Budget = Budget(),
    ) -> None:
        self.url = primary.url
        self._replicas = (primary, *backups)
        self._notify = notify
        self._clock = clock
        self._memory = memory or CacheMemory()
        self._budget = budget
        self._strict = strict
        self._allow_stale = allow_stale
        self._trust = trust
        self._signer = signer
        self._reader = Reader(
            self._replicas, memory=self._memory, budget=budget, allow_stale=allow_stale, trust=trust
        )

    def push(
        self,
        repo: str,
        state: State,
        *,
        tags: Sequence[str] = (),
        version: str = "",
        description: str = "",
        context: RunContext = RunContext(),
    ) -> PushedVersion:
        data = encode(state)
        wanted = VersionRecord(
            repo=repo,
            sequence=0,
            version=version,
            state=chain.digest(data),
            parent="",
            time="",
            tags=tuple(dict.fromkeys(tags)),
            description=description,
            context=context,
        )
        _check_names(wanted)
        for attempt in range(ATTEMPTS):
            pushed = self._try_to_push(wanted, data)
            if pushed is not None:
                return pushed
            time.sleep(random.uniform(0, min(SHORTEST_PAUSE * 2**attempt, LONGEST_PAUSE)))
        raise ConflictError(f"{repo} in {self.url} changes all the time", hint="push again")

    def _try_to_push(self, wanted: VersionRecord, data: bytes) -> PushedVersion | None:
        """The pushed version; nothing where another writer was faster."""
        repo = wanted.repo
        writer = self._open(repo, lambda replica: replica.put_state(repo, wanted.state, data))
        self._check_base(repo, writer)
        entry = self._next_entry(writer, wanted)
        head = writer.reference.head
        try:
            stored = writer.commit(entry=entry)
        except ForkError:
            raise
        except ConflictError:
            return None
        newest = stored.entry or head
        assert newest is not None
        self._memory.remember(self.url, repo, newest.sequence)
        self._tell_if_held(lambda: self._trust.check_entry(newest, _taker(stored)))
        created = not (head and _is_same_version(newest, head))
        before = head.record if head else None
        return PushedVersion(stored.targets, newest.record, created=created, before=before)

    def _check_base(self, repo: str, writer: Writer) -> None:
        """Without the primary, do not build on a history that this machine knows to be incomplete.

        What is pushed there would be forked from what the primary has. Nor on a signed one that became
        shorter. Raises `StaleError`.
        """
        base = writer.reference
        seen = self._memory.highest(self.url, repo)
        if base.sequence >= seen or self._allow_stale:
            return
        if base.index == 0:
            if self._trust.demanded:
                less = entries(seen - base.sequence)
                raise StaleError(
                    f"{self.url} has {less} less of {repo} than this machine has seen",
                    hint="find out who removed them, or go on from there with --allow-stale",
                )
            return
        raise StaleError(
            f"the primary is away, and {base.replica.url} is {entries(seen - base.sequence)} older than "
            f"what this machine has seen of {repo}: pushing there would fork the history",
            hint="push again when the primary is back, or give up what is missing with --allow-stale",
        )

    def read(self, repo: str, *, tag: str = "", version: str = "") -> ReadVersion:
        layout.repository(repo)
        return self._reader.read(repo, tag, version)

    def log(self, repo: str, limit: int) -> ReadLog:
        layout.repository(repo)
        return self._reader.log(repo, limit)

    def plans(self, repo: str, from_hash: str = "", to_hash: str = "") -> tuple[PlanRecord, ...]:
        return self._read_plans(repo, from_hash=from_hash, to_hash=to_hash)

    def plan(self, repo: str, name: str) -> PlanRecord:
        return _only(repo, name, self._read_plans(repo, name=name), self.url)

    def create_plan(self, plan: PlanRecord) -> WrittenPlan:
        new = PlanEntry(plan=plan)
        layout.plan(plan.repo, new.key)
        writer = self._open(plan.repo)
        known = {entry.key: entry for entry in writer.plans(plan.name).counted}
        if any(not plans.same_plan(other, plan) for other in plans.living(known.values())):
            raise ConflictError(
                f'{plan.repo} already has another plan "{plan.name}"',
                hint="choose another name, or remove it",
            )
        return self._write_plan(writer, _revised(known.get(new.key), plan, self._signer))

    def approve_plan(self, repo: str, name: str, approval: Approval) -> WrittenPlan:
        writer = self._open(repo)
        found = writer.plans(name)
        refused = [error for entry, error in found.refused if not entry.removed]
        if refused and not plans.living(found.counted):
            raise refused[0]
        entry = _living_entry(repo, name, found.counted, self.url)
        if entry.plan.status != "APPROVED":
            entry = signing.sign_approval(entry, approval, self._signer)
        return self._write_plan(writer, entry)

    def delete_plan(self, repo: str, name: str) -> WrittenPlan:
        writer = self._open(repo)
        found = writer.plans(name)
        half_removed = [entry for entry in found.unfinished if entry.removed]
        if half_removed and not plans.living(found.counted):  # Whoever did that died, or missed a copy.
            return self._write_plan(writer, half_removed[0])
        entry = _living_entry(repo, name, found.counted or map(_unremoved, found.refused), self.url)
        removed = signing.sign_removal(entry, timestamp(self._clock()), self._signer)
        written = self._write_plan(writer, removed)
        return msgspec.structs.replace(written, plan=entry.plan)

    def report(self, repo: str, deployment: Deployment) -> None:
        primary = self._replicas[0]
        primary.patience.ask(partial(primary.report, repo, deployment))

    def _open(self, repo: str, bulk: Callable[[Replica], None] = lambda replica: None) -> Writer:
        self._trust.check_signer(self._signer)
        writer = Writer(repo, self._replicas, self._budget, strict=self._strict, trust=self._trust)
        writer.open(bulk)
        return writer

    def _write_plan(self, writer: Writer, entry: PlanEntry) -> WrittenPlan:
        stored = writer.commit(plan=entry)
        assert stored.plan is not None
        written = stored.plan
        self._tell_if_held(lambda: "; ".join(self._trust.check_plan(written, _taker(stored))[1]))
        return WrittenPlan(stored.targets, written.plan)

    def _tell_if_held(self, check: Callable[[], str]) -> None:
        """Say that what was written counts for nobody yet who asks for signatures."""
        try:
            doubt = check()
        except UntrustedError as error:
            doubt = f"{error.message}, so who asks for signatures does not use it; {error.hint}"
        if doubt:
            self._notify(doubt)

    def _read_plans(self, repo: str, **which: str) -> tuple[PlanRecord, ...]:
        layout.repository(repo)
        entries, notices = self._reader.plans(repo, **which)
        for notice in notices:
            self._notify(notice)
        return plans.living(entries)

    def _next_entry(self, writer: Writer, wanted: VersionRecord) -> Entry | None:
        """The entry that gives the newest version this content and these tags; `None` if it has them."""
        copy = writer.reference
        head = copy.head
        now = self._clock()
        version, tags, description = wanted.version, wanted.tags, wanted.description
        if head and head.record.state == wanted.state and version in ("", head.record.version):
            lacking = _lacking(tags, head, copy.replica, self._trust.knowing(self._signer))
            if lacking is not None and self._trust.demanded and not (self._signer or writer.signs()):
                lacking = _lacking(tags, head, copy.replica, Trust())  # Repeating it brings no signature.
            if lacking is None:
                return None
            tags = lacking
            version, description = head.record.version, description or head.record.description
        elif version:
            _check_version_is_free(wanted, copy)
        record = msgspec.structs.replace(
            wanted,
            sequence=copy.sequence + 1,
            version=version or default_version(now, head.record.version if head else ""),
            parent=head.digest if head else "",
            time=timestamp(now),
            tags=tags,
            description=description,
            missed=writer.missed,
        )
        return chain.seal(signing.sign_entry(record, self._signer))


def _taker(stored: Stored) -> str:
    """The URL of the first target that took a write."""
    return next(target.url for target in stored.targets if not target.error)


def timestamp(time: datetime) -> str:
    """RFC 3339, UTC, whole seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def default_version(now: datetime, newest: str) -> str:
    """The time as a version, and later than the newest one even where the clock is not."""
    version = now.astimezone(UTC).strftime(VERSION_FORMAT)
    if len(newest) != len(version) or newest < version:
        return version
    try:
        return (datetime.strptime(newest, VERSION_FORMAT) + timedelta(seconds=1)).strftime(VERSION_FORMAT)
    except (ValueError, OverflowError):  # No time at all, or the last there is.
        return version


def _check_names(wanted: VersionRecord) -> None:
    layout.repository(wanted.repo)
    for tag in wanted.tags:
        layout.tag(wanted.repo, tag)
    if wanted.version:
        layout.version(wanted.repo, wanted.version)


def _is_same_version(entry: Entry, other: Entry) -> bool:
    return (entry.record.version, entry.record.state) == (other.record.version, other.record.state)


def _lacking(tags: tuple[str, ...], head: Entry, replica: Replica, trust: Trust) -> tuple[str, ...] | None:
    """The tags that a new entry has to give to the newest version; `None` where none is needed."""
    if not trust.accepts(head):
        return tags
    return tuple(tag for tag in tags if not _stands_for(tag, head, replica, trust)) or None


def _stands_for(tag: str, head: Entry, replica: Replica, trust: Trust) -> bool:
    """Does the tag already stand for this version? If in doubt it does not: moving it again is harmless."""
    if tag in head.record.tags:
        return True
    try:
        entry = replica.tagged(head.record.repo, tag)
        return _is_same_version(entry, head) and trust.accepts(entry)
    except BackstayError:
        return False


def _check_version_is_free(wanted: VersionRecord, copy: Copy) -> None:
    try:
        taken = copy.replica.versioned(wanted.repo, wanted.version)
    except NotFoundError:
        return
    if taken.record.state != wanted.state:
        raise ConflictError(
            f'version "{wanted.version}" of {wanted.repo} is already there with other content',
            hint="choose another version",
        )


def _revised(before: PlanEntry | None, plan: PlanRecord, signer: Signer | None) -> PlanEntry:
    """A plan stored over what is there under its name: the next revision after a removed one."""
    if before is None or before.removed:
        return signing.sign_plan(PlanEntry(plan=plan, revision=before.revision + 1 if before else 1), signer)
    return plans.merge(before, signing.sign_plan(PlanEntry(plan=plan, revision=before.revision), signer))


def _unremoved(refused: tuple[PlanEntry, UntrustedError]) -> PlanEntry:
    """A plan that does not count, as if nobody had removed it either."""
    return msgspec.structs.replace(refused[0], removed="", removed_signatures=())


def _living_entry(repo: str, name: str, known: Iterable[PlanEntry], where: str) -> PlanEntry:
    entries = {entry.key: entry for entry in known if not entry.removed}
    only = _only(repo, name, plans.living(entries.values()), where)
    return entries[PlanEntry(plan=only).key]


def _only(repo: str, name: str, found: Sequence[PlanRecord], where: str) -> PlanRecord:
    if not found:
        raise NotFoundError(
            f'{repo} has no plan "{name}" in {where}', hint="list the plans of the repository"
        )
    if len(found) > 1:
        raise ConflictError(
            f'{repo} has {len(found)} plans "{name}", for different transitions', hint="remove one of them"
        )
    return found[0]
