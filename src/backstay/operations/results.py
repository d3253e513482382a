"""What operations answer. Text, JSON, comments and outputs are made from these and work nothing out again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from backstay.dialects.dialect import Fragment, Statement, StatementOptions, TableName
from backstay.engine.analysis import Analysis as Analysis
from backstay.engine.analysis import Diagnostic as Diagnostic
from backstay.engine.analysis import Finding as Finding
from backstay.engine.differences import Difference as Difference
from backstay.registry.records import Effect, PlanStatus, TargetResult
from backstay.schema.changes import Change
from backstay.schema.model import Realm
from backstay.schema.state import SourceFile, State


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all results."""


class Target(Result, frozen=True):
    """A database as JSON names it: driver (`postgres`, `sqlite3`), redacted URL, bound schema or empty."""

    driver: str
    url: str
    schema: str = ""


class Account(Result, frozen=True):
    """A token of a registry server: its id and name, and what it allows in which repositories (globs).

    `expires` is when the token ends, where the server told of it; `grant_expires` when its grant does, with
    which one may go on while the server is away. Both are RFC 3339 in UTC, or empty. `renewed`: that grant
    is a new one.
    """

    server: str
    organization: str
    token: str
    name: str
    scopes: tuple[str, ...]
    repos: tuple[str, ...]
    expires: str = ""
    grant_expires: str = ""
    renewed: bool = False


class PlanFile(Result, frozen=True):
    """A plan: from which state to which, by which SQL. `url`, `link`, `status` are set once it is stored.

    `effects` are those of `statements`, one for each; empty where they are not known.
    """

    name: str
    from_hash: str
    from_desc: str
    to_hash: str
    to_desc: str
    migration: str
    statements: tuple[Fragment, ...] = ()
    effects: tuple[Effect, ...] = ()
    url: str = ""
    link: str = ""
    status: PlanStatus | Literal[""] = ""


class PlanResult(Result, frozen=True):
    """Of plan, plan push and plan lint. `planned` is empty where the SQL was written by hand.

    `before` and `after` are the states it leads from and to, `sources` the schema files of the latter.
    `rows` is about how many rows the tables of the database have that it starts from, where that is one.
    """

    repo: str
    file: PlanFile
    env: Target | None = None
    planned: tuple[Statement, ...] = ()
    analysis: Analysis | None = None
    targets: tuple[TargetResult, ...] = ()
    before: Realm = Realm()
    after: Realm = Realm()
    sources: tuple[SourceFile, ...] = ()
    rows: Mapping[TableName, int] = {}

    @property
    def destructive(self) -> bool:
        """Does the plan drop a schema, table or column?"""
        return any(h.code.startswith("DS") for s in self.planned for h in s.hazards)


class StatementError(Result, frozen=True):
    """The statement that failed, and the database's message."""

    statement: str
    text: str


class AppliedStatement(Result, frozen=True):
    """One executed statement. `duration` is in seconds."""

    comment: str
    sql: str
    duration: float


class AppliedFile(Result, frozen=True):
    """What was executed. `name` is `<version>.sql`."""

    name: str
    version: str
    start: datetime
    end: datetime
    applied: tuple[AppliedStatement, ...] = ()
    error: StatementError | None = None


class ApplyResult(Result, frozen=True):
    """One target's outcome. `plan` is absent when it was already in the desired state.

    `differences` are the objects that the plan would have left, or has left, otherwise than desired.
    `pending` are the statements not executed: all of them in a dry run, the rest after a failure.
    `rolled_back` says that a failed migration left nothing behind.
    """

    target: Target
    start: datetime
    end: datetime
    plan: PlanResult | None = None
    applied: AppliedFile | None = None
    pending: tuple[str, ...] = ()
    dry_run: bool = False
    rolled_back: bool = False
    error: str = ""
    hint: str = ""
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    source: str = ""


class VersionChanges(Result, frozen=True):
    """What lies between a version and the one before: the statements of a migration, and both states."""

    since: str
    planned: tuple[Statement, ...]
    before: Realm
    after: Realm


class PushResult(Result, frozen=True):
    """What a push made, and which targets took it.

    `url` is `atlas://repo?tag=…`; `registry` the registry's redacted URL; `created` is false where the
    newest version already had this content. `changes` are there where they were asked for and are known.
    """

    repo: str
    url: str
    registry: str
    version: str
    tags: tuple[str, ...]
    created: bool
    link: str = ""
    targets: tuple[TargetResult, ...] = ()
    changes: VersionChanges | None = None


class ApproveResult(Result, frozen=True):
    """Of plan approve and plan rm: the plan's URL, how it stands now (or stood), and each target's result."""

    url: str
    status: PlanStatus
    link: str = ""
    targets: tuple[TargetResult, ...] = ()


class InspectResult(Result, frozen=True):
    """A state, where it came from, and the database if it is one's.

    `operations.document` and `operations.creation` write it as HCL and as statements.
    """

    state: State
    target: Target | None
    url: str


class Ignored(Result, frozen=True):
    """Differences that lead to no statement, and why."""

    reason: str
    differences: tuple[Difference, ...] = ()


class DiffResult(Result, frozen=True):
    """Two states and the changes between them; `operations.difference` writes them as statements.

    `ignored` says why there is nothing to change although the hashes differ.
    """

    before: State
    after: State
    changes: tuple[Change, ...]
    options: StatementOptions
    ignored: tuple[Ignored, ...] = ()
