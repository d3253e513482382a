"""Operations that answer as told, and a clock that stands still, for the flows of actions."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from backstay.action.main import run
from backstay.ci.github import GitHub
from backstay.dialects.dialect import Hazard, Statement
from backstay.operations.results import (
    Analysis,
    AppliedFile,
    AppliedStatement,
    ApplyResult,
    ApproveResult,
    Diagnostic,
    Finding,
    PlanFile,
    PlanResult,
    PushResult,
    Target,
)
from backstay.registry.records import TargetResult
from tests.e2e.protocol import Log, read_file_commands, read_log, read_summary

SHA = "0123456789abcdef0123456789abcdef01234567"
NOW = datetime(2026, 9, 1, tzinfo=UTC)
TARGET = Target(driver="postgres", url="postgres://app:xxxxx@db:5432/app")
MISSED = TargetResult(url="s3://backup-b", primary=False, error="connection refused")


def analysis(*severities: str) -> Analysis:
    """An analysis with one finding of each severity."""
    diagnostics = tuple(
        Diagnostic(position=0, text=f"dropping {s}", code="DS102", severity=s) for s in severities
    )
    return Analysis(
        name="1.sql", sql="", findings=(Finding(text="destructive changes", diagnostics=diagnostics),)
    )


def plan(name: str = "pr-7-abc", status: str = "PENDING", *severities: str) -> PlanResult:
    """A plan that drops a table."""
    file = PlanFile(
        name=name,
        from_hash="from=",
        from_desc="database",
        to_hash="to=",
        to_desc="files",
        migration="DROP TABLE users;\n",
        url=f"atlas://app/plans/{name}",
        status=status,
    )
    statement = Statement(
        sql="DROP TABLE users", comment='drop "users" table', hazards=(Hazard(code="DS102", text="drops"),)
    )
    return PlanResult(repo="app", file=file, planned=(statement,), analysis=analysis(*severities))


def pushed(targets: tuple[TargetResult, ...] = ()) -> PushResult:
    return PushResult(
        repo="app",
        url=f"atlas://app?tag={SHA}",
        registry="s3://registry",
        version="20260901000000",
        tags=(SHA, "latest"),
        created=True,
        targets=targets,
    )


def applied(url: str = TARGET.url, **fields: object) -> ApplyResult:
    """A target that was migrated with one statement."""
    done = AppliedStatement(comment="", sql="DROP TABLE users;", duration=0.01)
    values = {
        "target": Target(driver="postgres", url=url),
        "start": NOW,
        "end": NOW,
        "plan": plan(status="APPROVED"),
        "applied": AppliedFile(name="1.sql", version="1", start=NOW, end=NOW, applied=(done,)),
    }
    return ApplyResult(**(values | fields))


class Fake:
    """Operations. An answer is a value, an error to raise, or a list of these, one for each call."""

    def __init__(self, **answers: object) -> None:
        self.answers = answers
        self.calls: list[tuple[str, object]] = []

    def options(self, operation: str) -> list[object]:
        """What the calls of an operation were given."""
        return [options for name, options in self.calls if name == operation]

    def _answer(self, operation, options):
        self.calls.append((operation, options))
        answer = self.answers[operation]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def push(self, options, observer):
        return self._answer("push", options)

    def plan(self, options, observer):
        return self._answer("plan", options)

    def list_plans(self, options, observer):
        return self._answer("list_plans", options)

    def read_plan(self, options, observer):
        return self._answer("read_plan", options)

    def lint_plan(self, options, observer):
        return self._answer("lint_plan", options)

    def approve_plan(self, options, observer):
        return self._answer("approve_plan", options)

    def login(self, options, observer):
        return self._answer("login", options)

    def apply(self, options, observer):
        observer.selected(self.answers.get("targets", ()))
        for result in self._answer("apply", options):
            if isinstance(result, BaseException):
                raise result
            if result.plan is not None:
                observer.planned(result.target, result.plan)
            observer.finished(result)
            yield result


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Outcome:
    exit_code: int
    outputs: dict[str, str]
    summary: str
    log: Log
    clock: Clock
    workspace: Path

    def messages(self, level: str) -> list[str]:
        return [a.message for a in self.log.annotations if a.level == level]


PULL_REQUEST = {
    "number": 7,
    "html_url": "https://github.com/octo/app/pull/7",
    "body": "",
    "head": {"sha": "a" * 40, "ref": "feature", "repo": {"full_name": "octo/app"}},
    "base": {"repo": {"full_name": "octo/app"}},
}


def act(
    path: Path,
    action: str,
    operations: Fake,
    inputs: Mapping[str, str] | None = None,
    *,
    pull_request: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    arguments: Iterable[str] | None = None,
) -> Outcome:
    """Run an action as the GitHub runner would, with these operations."""
    workspace, files = path / "workspace", path / "files"
    for directory in (workspace, files):
        directory.mkdir(exist_ok=True)
    names = {name: files / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH")}
    for file in names.values():
        file.write_text("")
    names["GITHUB_EVENT_PATH"].write_text(json.dumps({"pull_request": pull_request} if pull_request else {}))
    environ = {
        "GITHUB_EVENT_NAME": "pull_request" if pull_request else "push",
        "GITHUB_SHA": SHA,
        "GITHUB_REPOSITORY": "octo/app",
        "GITHUB_REF_NAME": "main",
        "GITHUB_WORKSPACE": str(workspace),
        **{name: str(file) for name, file in names.items()},
        **{f"INPUT_{name.upper()}": value for name, value in (inputs or {}).items()},
        **(environ or {}),
    }
    stream, clock = io.StringIO(), Clock()
    platform = GitHub(environ, stream, lambda text: text)
    code = run(platform, [action] if arguments is None else list(arguments), environ, operations, clock)
    return Outcome(
        exit_code=code,
        outputs=read_file_commands(names["GITHUB_OUTPUT"].read_text()),
        summary=read_summary(names["GITHUB_STEP_SUMMARY"].read_bytes()),
        log=read_log(stream.getvalue()),
        clock=clock,
        workspace=workspace,
    )


def approved(url: str = "atlas://app/plans/pr-7-abc") -> ApproveResult:
    return ApproveResult(url=url, status="APPROVED")
