"""The shapes of `registry verify`, `sync`, `restore`, `log` and `prune`."""

from __future__ import annotations

import msgspec

from backstay.operations.registry.results import (
    CopyReport,
    LogResult,
    PruneResult,
    RepairResult,
    RepositoryReport,
    VerifyResult,
)
from backstay.registry.records import VersionRecord
from backstay.registry.survey import Problem
from backstay.report.gojson import Document


class CopyDocument(Document, frozen=True, kw_only=True):
    """One copy: its status, where its history ends, how many objects it has."""

    url: str = msgspec.field(name="URL")
    primary: bool
    status: str
    head: int
    digest: str
    entries: int
    states: int
    tags: int
    versions: int
    plans: int
    branches: tuple[str, ...] = ()


class ProblemDocument(Document, frozen=True, kw_only=True):
    """Something that is wrong. `object` is its key below the repository."""

    url: str = msgspec.field(name="URL")
    kind: str
    object: str = ""
    text: str


class RepositoryDocument(Document, frozen=True, kw_only=True):
    """A repository on all its copies."""

    repo: str
    head: int
    version: str = ""
    pruned: int = 0
    copies: tuple[CopyDocument, ...]
    problems: tuple[ProblemDocument, ...]


class RegistryVerify(Document, frozen=True, kw_only=True):
    """What `registry verify` prints."""

    ok: bool = msgspec.field(name="OK")
    repositories: tuple[RepositoryDocument, ...]


class StepDocument(Document, frozen=True, kw_only=True):
    """One change of one copy; `error` is why it was not made."""

    repo: str
    url: str = msgspec.field(name="URL")
    text: str
    error: str = ""


class RegistryRepair(Document, frozen=True, kw_only=True):
    """What `registry sync` and `registry restore` print."""

    ok: bool = msgspec.field(name="OK")
    dry_run: bool
    steps: tuple[StepDocument, ...]
    problems: tuple[ProblemDocument, ...]


class ContextDocument(Document, frozen=True, kw_only=True):
    """The run that pushed."""

    repo: str = ""
    branch: str = ""
    commit: str = ""
    url: str = msgspec.field(default="", name="URL")
    username: str = ""


class EntryDocument(Document, frozen=True, kw_only=True):
    """An entry of the history; `missed` are the targets that were away when it was written."""

    sequence: int
    version: str
    time: str
    tags: tuple[str, ...] = ()
    state: str
    description: str = ""
    missed: tuple[str, ...] = ()
    context: ContextDocument
    signed_by: tuple[str, ...] = ()


class RegistryLog(Document, frozen=True, kw_only=True):
    """What `registry log` prints, the newest entry first."""

    repo: str
    source: str
    branch: str = ""
    entries: tuple[EntryDocument, ...]


class PrunedDocument(Document, frozen=True, kw_only=True):
    """What one target lost."""

    url: str = msgspec.field(name="URL")
    states: int
    error: str = ""


class RegistryPrune(Document, frozen=True, kw_only=True):
    """What `registry prune` prints."""

    repo: str
    dry_run: bool
    versions: tuple[str, ...]
    removed: int
    left_over: int
    kept: int
    targets: tuple[PrunedDocument, ...] = ()


def registry_verify(result: VerifyResult) -> RegistryVerify:
    """The state of everything that was looked at."""
    repositories = tuple(_repository(report) for report in result.repositories)
    return RegistryVerify(ok=not result.problems, repositories=repositories)


def registry_repair(result: RepairResult) -> RegistryRepair:
    """The steps of a repair, and what is still wrong."""
    return RegistryRepair(
        ok=not result.failed,
        dry_run=result.dry_run,
        steps=tuple(StepDocument(repo=s.repo, url=s.url, text=s.text, error=s.error) for s in result.steps),
        problems=tuple(map(_problem, result.problems)),
    )


def registry_log(result: LogResult) -> RegistryLog:
    """A part of the history."""
    entries = tuple(map(_entry, result.entries))
    return RegistryLog(repo=result.repo, source=result.source, branch=result.branch, entries=entries)


def registry_prune(result: PruneResult) -> RegistryPrune:
    """What was pruned, or is to be."""
    return RegistryPrune(
        repo=result.repo,
        dry_run=result.dry_run,
        versions=result.versions,
        removed=result.removed,
        left_over=result.left_over,
        kept=result.kept,
        targets=tuple(PrunedDocument(url=c.url, states=c.states, error=c.error) for c in result.copies),
    )


def _repository(report: RepositoryReport) -> RepositoryDocument:
    return RepositoryDocument(
        repo=report.repo,
        head=report.head,
        version=report.version,
        pruned=report.pruned,
        copies=tuple(map(_copy, report.copies)),
        problems=tuple(map(_problem, report.problems)),
    )


def _copy(copy: CopyReport) -> CopyDocument:
    return CopyDocument(**msgspec.structs.asdict(copy))


def _problem(problem: Problem) -> ProblemDocument:
    return ProblemDocument(**msgspec.structs.asdict(problem))


def _entry(record: VersionRecord) -> EntryDocument:
    context = record.context
    return EntryDocument(
        sequence=record.sequence,
        version=record.version,
        time=record.time,
        tags=record.tags,
        state=record.state,
        description=record.description,
        missed=record.missed,
        context=ContextDocument(
            repo=context.repo,
            branch=context.branch,
            commit=context.commit,
            url=context.url,
            username=context.username,
        ),
        signed_by=tuple(signature.key for signature in record.signatures),
    )
