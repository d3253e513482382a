"""The shapes of `schema plan` and its family: the plan file, its analysis, its backups."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import msgspec

from backstay.dialects.dialect import Fragment
from backstay.operations.results import Analysis, Finding, PlanFile, PlanResult, Target
from backstay.registry.records import Effect, TargetResult
from backstay.report.documents.url import Env, env_document
from backstay.report.gojson import Document
from backstay.report.statements import terminated


class Stmt(Document, frozen=True):
    """One statement of a migration. `pos` is its byte offset; comments keep their line break."""

    pos: int
    text: str
    comments: tuple[str, ...] = ()


class KnownStmt(Stmt, frozen=True, kw_only=True):
    """One whose effect is known: its table lock, what it costs, and the statements that undo it."""

    lock: str
    rewrites: bool
    scans: bool
    reversible: bool
    reverse: tuple[str, ...] = ()


class PlanDocument(Document, frozen=True):
    """A plan file. `url`, `link` and `status` are there once it is stored."""

    name: str = ""
    from_hash: str = ""
    from_desc: str = ""
    to_hash: str = ""
    to_desc: str = ""
    migration: str = ""
    stmts: tuple[Stmt, ...] = ()
    url: str = msgspec.field(default="", name="URL")
    link: str = ""
    status: str = ""


class DiagnosticDocument(Document, frozen=True):
    """One finding. `pos` is the byte offset of its statement."""

    pos: int
    text: str
    code: str


class Report(Document, frozen=True):
    """The findings of one analyzer."""

    text: str
    desc: str = ""
    diagnostics: tuple[DiagnosticDocument, ...] = ()


class FileReport(Document, frozen=True):
    """The analysed file. `error` is set when an analyzer in error mode found something."""

    name: str
    text: str
    reports: tuple[Report, ...] = ()
    error: str = ""


class Step(Document, frozen=True):
    """One step of the analysis and what it gave."""

    name: str
    text: str
    error: str = ""
    result: FileReport | None = None


class SchemaPair(Document, frozen=True):
    """Current and desired schema as text; not given for plans, so that the object is empty."""

    current: str = ""
    desired: str = ""


class SummaryReport(Document, frozen=True, kw_only=True):
    """The analysis. The file is repeated in its step and in the list of files."""

    env: Env | None
    schema: SchemaPair
    url: str = msgspec.field(default="", name="URL")
    steps: tuple[Step, ...] = ()
    files: tuple[FileReport, ...] = ()


class Backup(Document, frozen=True):
    """How one backup took a write; `error` is absent where it did."""

    url: str = msgspec.field(name="URL")
    error: str = ""


class SchemaPlan(Document, frozen=True):
    """What `schema plan`, `plan push` and `plan lint` print."""

    env: Env | None = None
    repo: str = ""
    lint: SummaryReport | None = None
    file: PlanDocument | None = None
    backups: tuple[Backup, ...] = ()
    error: str = ""


class PlanName(Document, frozen=True):
    """What a template for the name of a plan sees."""

    from_hash: str
    to_hash: str


def schema_plan(result: PlanResult, *, error: str = "") -> SchemaPlan:
    """A plan with its analysis and what its backups answered. `error` is why it went no further."""
    return SchemaPlan(
        env=env_document(result.env) if result.env else None,
        repo=result.repo,
        lint=summary_report(result.analysis, result.env) if result.analysis else None,
        file=plan_file(result.file),
        backups=backups(result.targets),
        error=error,
    )


def plan_file(plan: PlanFile) -> PlanDocument:
    """A plan as `plan list` prints it."""
    return PlanDocument(
        name=plan.name,
        from_hash=plan.from_hash,
        from_desc=plan.from_desc,
        to_hash=plan.to_hash,
        to_desc=plan.to_desc,
        migration=plan.migration,
        stmts=tuple(
            _stmt(fragment, effect) for fragment, effect in zip_longest(plan.statements, plan.effects)
        ),
        url=plan.url,
        link=plan.link,
        status=plan.status,
    )


def backups(targets: Sequence[TargetResult]) -> tuple[Backup, ...]:
    """What the backups answered, in configured order. The primary speaks through the result itself."""
    return tuple(Backup(url=target.url, error=target.error) for target in targets if not target.primary)


def summary_report(analysis: Analysis, target: Target | None) -> SummaryReport:
    """The analysis of one file as a report of one step."""
    file = FileReport(
        name=analysis.name,
        text=analysis.sql,
        reports=tuple(_report(finding) for finding in analysis.findings),
        error=next((finding.text for finding in analysis.findings if _is_error(finding)), ""),
    )
    step = Step(
        name=f"Analyze {analysis.name}",
        text=f"{len(file.reports)} reports were found in analysis",
        result=file,
    )
    return SummaryReport(
        env=env_document(target) if target else None, schema=SchemaPair(), steps=(step,), files=(file,)
    )


def _is_error(finding: Finding) -> bool:
    return any(diagnostic.severity == "error" for diagnostic in finding.diagnostics)


def _report(finding: Finding) -> Report:
    return Report(
        text=finding.text,
        diagnostics=tuple(
            DiagnosticDocument(pos=diagnostic.position, text=diagnostic.text, code=diagnostic.code)
            for diagnostic in finding.diagnostics
        ),
    )


def _stmt(fragment: Fragment, effect: Effect | None) -> Stmt:
    comments = tuple(comment.rstrip("\n") + "\n" for comment in fragment.comments)
    if effect is None:
        return Stmt(pos=fragment.position, text=fragment.text, comments=comments)
    return KnownStmt(
        pos=fragment.position,
        text=fragment.text,
        comments=comments,
        lock=effect.lock,
        rewrites=effect.rewrites,
        scans=effect.scans,
        reversible=effect.reversible,
        reverse=tuple(terminated(sql) for sql in effect.reverse),
    )
