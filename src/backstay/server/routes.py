"""Every operation of the server, once: the router, the checks and the OpenAPI document read this table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from backstay.grants.rights import Scope
from backstay.registry.http_api import (
    GRANT,
    WHOAMI,
    Deployment,
    Identity,
    IssuedGrant,
    NamePage,
    PlanPage,
    PruningPage,
)
from backstay.registry.records import Approval, PlanEntry, RunContext, VersionRecord
from backstay.server import deployments, granted, history, planned
from backstay.server.calls import Answer, Call, Services
from backstay.server.threads import ANSWER_SECONDS

KIB: Final = 1 << 10
MIB: Final = 1 << 20
MAX_STATE: Final = 64 * MIB

PAGED: Final = ("after", "limit")
PAGE_SECONDS: Final = 30.0
"""For a page each of whose items is an object to read."""


class LogPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Entries of the log, the newest first; `next` is the cursor of the next page."""

    items: tuple[VersionRecord, ...]
    next: str = ""


class ApprovalPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Approvals in the order in which they were given."""

    items: tuple[Approval, ...]
    next: str = ""


class DeploymentPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Deployments, the newest first."""

    items: tuple[Deployment, ...]
    next: str = ""


class Stored(msgspec.Struct, frozen=True):
    """A state that is stored."""

    digest: str


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path.

    The caller needs one of `scopes` in the repository, or any token at all; a handler may ask for more.
    `largest` is the longest body that is read, in bytes. `given` and `shown` are the types of the bodies;
    `dict` stands for a state, whose form the server does not look at. `created`: it can answer 201. `seconds`
    is how long the storage may take.
    """

    method: str
    path: str
    summary: str
    handler: Callable[[Services, Call], Answer]
    scopes: tuple[Scope, ...] = ("read",)
    query: tuple[str, ...] = ()
    largest: int = 0
    given: Any = None
    shown: Any
    created: bool = False
    conditional: bool = False
    seconds: float = ANSWER_SECONDS


REPO: Final = "/v1/repos/{repo}"
PLAN: Final = f"{REPO}/plans/{{from}}/{{to}}/{{name}}"

OPERATIONS: Final = (
    Operation(
        method="GET", path=GRANT, summary="A grant: what the token allows while this server is away",
        handler=granted.grant, scopes=(), shown=IssuedGrant,
    ),
    Operation(
        method="GET", path=WHOAMI, summary="Whose token this is, and what it allows",
        handler=granted.whoami, scopes=(), shown=Identity,
    ),
    Operation(
        method="GET", path=f"{REPO}/head", summary="The newest entry of the log",
        handler=history.head, shown=VersionRecord,
    ),
    Operation(
        method="GET", path=f"{REPO}/log", summary="The log, the newest entries first",
        handler=history.log, query=PAGED, shown=LogPage, seconds=PAGE_SECONDS,
    ),
    Operation(
        method="POST", path=f"{REPO}/log", summary="Append a new entry, which the server may sign",
        handler=history.post_entry, scopes=("push",), largest=MIB,
        given=VersionRecord, shown=VersionRecord, created=True, conditional=True,
    ),
    Operation(
        method="GET", path=f"{REPO}/log/{{sequence}}", summary="An entry of the log, byte for byte",
        handler=history.entry, shown=VersionRecord,
    ),
    Operation(
        method="PUT", path=f"{REPO}/log/{{sequence}}", summary="Copy the next entry (If-None-Match: *)",
        handler=history.put_entry, scopes=("push",), largest=MIB,
        given=VersionRecord, shown=VersionRecord, created=True, conditional=True,
    ),
    Operation(
        method="GET", path=f"{REPO}/states/{{digest}}", summary="A state by its SHA-256",
        handler=history.state, shown=dict,
    ),
    Operation(
        method="PUT", path=f"{REPO}/states/{{digest}}", summary="Store a state under its SHA-256",
        handler=history.put_state, scopes=("push",), largest=MAX_STATE,
        given=dict, shown=Stored, created=True,
    ),
    Operation(
        method="GET", path=f"{REPO}/tags", summary="The names of all tags",
        handler=history.tags, query=PAGED, shown=NamePage,
    ),
    Operation(
        method="GET", path=f"{REPO}/tags/{{tag}}", summary="The entry that a tag stands for",
        handler=history.tagged, shown=VersionRecord,
    ),
    Operation(
        method="GET", path=f"{REPO}/versions", summary="The names of all versions",
        handler=history.versions, query=PAGED, shown=NamePage,
    ),
    Operation(
        method="GET", path=f"{REPO}/versions/{{version}}", summary="The newest entry of a version",
        handler=history.versioned, shown=VersionRecord,
    ),
    Operation(
        method="GET", path=f"{REPO}/plans", summary="The names of all plans, or of those from or to a state",
        handler=planned.plans, query=("from", "to", *PAGED), shown=PlanPage,
    ),
    Operation(
        method="GET", path=PLAN, summary="A plan as it stands",
        handler=planned.plan, shown=PlanEntry,
    ),
    Operation(
        method="PUT", path=PLAN, summary="Copy a plan, merged with what is there",
        handler=planned.put_plan, scopes=("plan", "approve"), largest=16 * MIB,
        given=PlanEntry, shown=PlanEntry, created=True, conditional=True,
    ),
    Operation(
        method="POST", path=PLAN, summary="Store a plan, or take it a step further; the server may sign",
        handler=planned.post_plan, scopes=("plan", "approve"), largest=16 * MIB,
        given=PlanEntry, shown=PlanEntry, created=True, conditional=True,
    ),
    Operation(
        method="GET", path=f"{PLAN}/approvals", summary="Who approved a plan, when, from which run",
        handler=planned.approvals, query=PAGED, shown=ApprovalPage,
    ),
    Operation(
        method="POST", path=f"{PLAN}/approvals", summary="Approve a plan",
        handler=planned.approve, scopes=("approve",), largest=64 * KIB,
        given=RunContext, shown=PlanEntry, conditional=True,
    ),
    Operation(
        method="GET", path=f"{REPO}/prunings", summary="Which states were removed on purpose",
        handler=history.prunings, query=PAGED, shown=PruningPage, seconds=PAGE_SECONDS,
    ),
    Operation(
        method="GET", path=f"{REPO}/deployments", summary="What was applied where, the newest first",
        handler=deployments.deployments, query=PAGED, shown=DeploymentPage, seconds=PAGE_SECONDS,
    ),
    Operation(
        method="POST", path=f"{REPO}/deployments", summary="Report an apply",
        handler=deployments.report, scopes=("apply",), largest=64 * KIB,
        given=Deployment, shown=Deployment, created=True,
    ),
    Operation(
        method="GET", path=f"{REPO}/deployments/{{id}}", summary="One deployment",
        handler=deployments.deployment, shown=Deployment,
    ),
)  # fmt: skip
