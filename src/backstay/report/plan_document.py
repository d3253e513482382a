"""The plan as our own JSON contract, version 1: the action's outputs `plan-json` and `plan-file`.

{"schemaVersion": 1, "repo": …, "status": "PENDING", "url": …, "link": …, "name": …,
 "from": {"hash": …, "description": …}, "to": {…},
 "statements": [{"sql": …, "destructive": false, "pos": 0, "lock": "ACCESS EXCLUSIVE", "rewrites": false,
                 "scans": true, "reversible": true, "reverse": [ … ]}],
 "lint": {"errors": 0, "warnings": 1, "diagnostics": [{"code": …, "severity": …, "text": …, "pos": 0}]},
 "truncated": false}
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Final, Literal

import msgspec

from backstay.dialects.dialect import Fragment
from backstay.operations.results import PlanResult
from backstay.registry.records import Effect
from backstay.report.statements import terminated

MAX_BYTES: Final = 96 * 1024
"""An output becomes an environment string of a later step; Linux takes 128 KiB, name included."""


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of the parts of the document."""


class StateRef(Part, frozen=True):
    """A state by its hash, and where it came from."""

    hash: str
    description: str


class PlannedStatement(Part, frozen=True, omit_defaults=True):
    """`pos` is the byte offset of the statement in the migration.

    The rest is there where it is known: its table lock (empty for none), whether it writes a table anew or
    reads all of it, whether it can be undone, and the statements that do.
    """

    sql: str
    destructive: bool
    pos: int
    lock: str | msgspec.UnsetType = msgspec.UNSET
    rewrites: bool | msgspec.UnsetType = msgspec.UNSET
    scans: bool | msgspec.UnsetType = msgspec.UNSET
    reversible: bool | msgspec.UnsetType = msgspec.UNSET
    reverse: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET


class LintDiagnostic(Part, frozen=True):
    """One finding; `pos` is the byte offset of its statement."""

    code: str
    severity: Literal["error", "warning"]
    text: str
    pos: int


class Lint(Part, frozen=True):
    """The analysis: how many findings of each severity, and which. All zero where there was none."""

    errors: int
    warnings: int
    diagnostics: tuple[LintDiagnostic, ...]


class PlanDocument(Part, frozen=True, kw_only=True):
    """The whole document. `truncated` says that statements (and, if need be, diagnostics) were left out."""

    schema_version: int = 1
    repo: str
    status: str
    url: str
    link: str
    name: str
    from_: StateRef = msgspec.field(name="from")
    to: StateRef
    statements: tuple[PlannedStatement, ...]
    lint: Lint
    truncated: bool = False


def whole(plan: PlanResult) -> bytes:
    """The document with all it has, as compact JSON."""
    return msgspec.json.encode(_document(plan))


def bounded(plan: PlanResult) -> bytes:
    """The document in at most 96 KiB: without its statements where it would be longer."""
    document = _document(plan)
    encoded = msgspec.json.encode(document)
    if len(encoded) > MAX_BYTES:
        document = msgspec.structs.replace(document, statements=(), truncated=True)
        encoded = msgspec.json.encode(document)
    if len(encoded) > MAX_BYTES:
        lint = msgspec.structs.replace(document.lint, diagnostics=())
        encoded = msgspec.json.encode(msgspec.structs.replace(document, lint=lint))
    return encoded


def _document(plan: PlanResult) -> PlanDocument:
    file = plan.file
    return PlanDocument(
        repo=plan.repo,
        status=file.status,
        url=file.url,
        link=file.link,
        name=file.name,
        from_=StateRef(hash=file.from_hash, description=file.from_desc),
        to=StateRef(hash=file.to_hash, description=file.to_desc),
        statements=_statements(plan),
        lint=_lint(plan),
    )


def _statements(plan: PlanResult) -> tuple[PlannedStatement, ...]:
    destructive = {
        terminated(statement.sql)
        for statement in plan.planned
        if any(hazard.code.startswith("DS") for hazard in statement.hazards)
    }
    found = zip_longest(plan.file.statements, plan.file.effects)
    return tuple(_statement(fragment, fragment.text in destructive, effect) for fragment, effect in found)


def _statement(fragment: Fragment, destructive: bool, effect: Effect | None) -> PlannedStatement:
    statement = PlannedStatement(sql=fragment.text, destructive=destructive, pos=fragment.position)
    if effect is None:
        return statement
    return msgspec.structs.replace(
        statement,
        lock=effect.lock,
        rewrites=effect.rewrites,
        scans=effect.scans,
        reversible=effect.reversible,
        reverse=tuple(terminated(sql) for sql in effect.reverse),
    )


def _lint(plan: PlanResult) -> Lint:
    analysis = plan.analysis
    if analysis is None:
        return Lint(errors=0, warnings=0, diagnostics=())
    return Lint(
        errors=analysis.errors,
        warnings=analysis.warnings,
        diagnostics=tuple(
            LintDiagnostic(code=found.code, severity=found.severity, text=found.text, pos=found.position)
            for found in analysis.diagnostics
        ),
    )
