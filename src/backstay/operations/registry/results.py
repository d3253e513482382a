"""What the commands that look after registries answer."""

from __future__ import annotations

from typing import Literal

from backstay.operations.results import Result
from backstay.registry.records import VersionRecord
from backstay.registry.survey import Problem

Status = Literal["ok", "damaged", "behind", "forked", "empty", "unreachable"]


class CopyReport(Result, frozen=True):
    """One copy of a repository: where its history ends, and how many objects of each kind it has."""

    url: str
    primary: bool
    status: Status
    head: int = 0
    digest: str = ""
    entries: int = 0
    states: int = 0
    tags: int = 0
    versions: int = 0
    plans: int = 0
    branches: tuple[str, ...] = ()


class RepositoryReport(Result, frozen=True):
    """A repository on all its copies; `pruned` is how many contents were removed on purpose."""

    repo: str
    head: int
    version: str
    copies: tuple[CopyReport, ...]
    problems: tuple[Problem, ...]
    pruned: int = 0


class VerifyResult(Result, frozen=True):
    """All repositories that were looked at."""

    repositories: tuple[RepositoryReport, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for report in self.repositories for problem in report.problems)


class StepResult(Result, frozen=True):
    """A change of one copy, made or (in a dry run) to be made. `error` is why it was not made."""

    repo: str
    url: str
    text: str
    error: str = ""


class RepairResult(Result, frozen=True):
    """Of sync and restore: the steps, and the problems that are left; in a dry run, all there are."""

    steps: tuple[StepResult, ...]
    problems: tuple[Problem, ...]
    dry_run: bool = False

    @property
    def failed(self) -> bool:
        return any(step.error for step in self.steps) or (bool(self.problems) and not self.dry_run)


class LogResult(Result, frozen=True):
    """Entries, the newest first, and the URL of the copy they were read from."""

    repo: str
    source: str
    entries: tuple[VersionRecord, ...]
    branch: str = ""


class PrunedCopy(Result, frozen=True):
    """How many states one copy lost; `error` is why it went no further."""

    url: str
    states: int = 0
    error: str = ""


class PruneResult(Result, frozen=True):
    """What was pruned, or is to be: versions by name, how many states they had, and how many stay."""

    repo: str
    versions: tuple[str, ...]
    removed: int
    left_over: int
    kept: int
    copies: tuple[PrunedCopy, ...] = ()
    dry_run: bool = False
