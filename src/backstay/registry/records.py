"""The JSON records of a registry, and what its operations return.

A state is stored as `backstay.schema.state.State`, under `states/<sha256>.json`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from backstay.schema.model import Model
from backstay.schema.state import State

PlanStatus = Literal["PENDING", "APPROVED"]

LATEST = "latest"
"""The tag that a push without one moves, and a read without one asks for."""


class RunContext(Model, frozen=True):
    """Who pushed or approved, from where; every member may be empty.

    On a pull request `commit` is its head and `merge_commit` the temporary merge that was checked out.
    """

    repo: str = ""
    branch: str = ""
    commit: str = ""
    merge_commit: str = ""
    url: str = ""
    username: str = ""
    user_id: str = ""
    scm_type: str = ""


class Signature(Model, frozen=True):
    """An Ed25519 signature: `key` is the id of the key that made it, `value` its bytes in base64url.

    What exactly is signed: see `signing`.
    """

    key: str
    value: str


class VersionRecord(Model, frozen=True):
    """`log/<sequence>.json`: one entry of a repository's history.

    `state` is the SHA-256 (hex) of the state object, `parent` that of the entry before (empty for the
    first). `sequence` starts at 1. An entry that only moves tags repeats the `version` and the `state` of
    the one before. `missed` are the targets that were away when it was written.
    """

    repo: str
    sequence: int
    version: str
    state: str
    parent: str
    time: str
    tags: tuple[str, ...] = ()
    description: str = ""
    context: RunContext = RunContext()
    missed: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()


class Pointer(Model, frozen=True):
    """`tags/<tag>.json` and `versions/<version>.json`: the entry that a name stands for."""

    name: str
    sequence: int


class Approval(Model, frozen=True):
    """Who approved a plan, and when (RFC 3339)."""

    time: str
    context: RunContext = RunContext()
    signatures: tuple[Signature, ...] = ()


class Effect(Model, frozen=True):
    """What one statement of a migration does beside what its text says.

    `lock` is the strongest table lock it takes, empty for none. `rewrites` and `scans`: it writes a table
    that is there anew, or reads all of it. `reverse` are the statements that undo it, in order; there are
    none where nothing can.
    """

    lock: str = ""
    rewrites: bool = False
    scans: bool = False
    reverse: tuple[str, ...] = ()

    @property
    def reversible(self) -> bool:
        return bool(self.reverse)


class PlanRecord(Model, frozen=True):
    """A migration from one state to another; `effects` are those of its statements, in their order."""

    repo: str
    name: str
    from_hash: str
    to_hash: str
    migration: str
    status: PlanStatus
    time: str
    from_desc: str = ""
    to_desc: str = ""
    dialect: str = ""
    effects: tuple[Effect, ...] = ()
    context: RunContext = RunContext()
    approvals: tuple[Approval, ...] = ()


class PlanKey(NamedTuple):
    """What tells the plans of a repository apart."""

    from_hash: str
    to_hash: str
    name: str


class PlanEntry(Model, frozen=True):
    """`plans/<from>/<to>/<name>.json`: a plan, and how often its name was used.

    A plan that was removed stays, with the time in `removed`, so that a copy that missed the removal
    cannot bring it back; a new plan of that name has the next `revision`. `signatures` are of the plan as
    it was made, `removed_signatures` of its removal; each approval has its own.
    """

    plan: PlanRecord
    revision: int = 1
    removed: str = ""
    signatures: tuple[Signature, ...] = ()
    removed_signatures: tuple[Signature, ...] = ()

    @property
    def key(self) -> PlanKey:
        return PlanKey(self.plan.from_hash, self.plan.to_hash, self.plan.name)


class Pruning(Model, frozen=True):
    """`pruned/<sha256>.json`: states that were removed on purpose, when entry `sequence` was the newest.

    `head` is the digest of that entry. An entry up to it may lack one of the `states`; a later one that
    names it again may not.
    """

    repo: str
    sequence: int
    head: str
    states: tuple[str, ...]
    time: str
    context: RunContext = RunContext()
    signatures: tuple[Signature, ...] = ()

    def covers(self, entry: VersionRecord) -> bool:
        """May this entry be without its state?"""
        return entry.sequence <= self.sequence and entry.state in self.states


class TargetResult(msgspec.Struct, frozen=True):
    """How one target took a write: `error` is empty where it did.

    `notice` is worth telling anyhow (`caught up 3 entries`, `ignores conditional writes`).
    """

    url: str
    primary: bool
    error: str = ""
    notice: str = ""


class Written(msgspec.Struct, frozen=True):
    """A write's outcome on every target. At least one took it."""

    targets: tuple[TargetResult, ...]


class PushedVersion(Written, frozen=True):
    """The version that now carries the content, new or found identical.

    `before` is the entry that was the newest until then; nothing for the first one.
    """

    version: VersionRecord
    created: bool
    before: VersionRecord | None = None


class WrittenPlan(Written, frozen=True):
    """The plan as it now stands (or stood, when it was removed)."""

    plan: PlanRecord


class ReadVersion(msgspec.Struct, frozen=True):
    """A version and its state; `source` is the URL that gave it, `notices` why it was not the primary."""

    version: VersionRecord
    state: State
    source: str
    notices: tuple[str, ...] = ()


class ReadLog(msgspec.Struct, frozen=True):
    """Entries of a history, the newest first; `source` and `notices` as of `ReadVersion`."""

    entries: tuple[VersionRecord, ...]
    source: str
    notices: tuple[str, ...] = ()
