"""One run of an action: what it was given, and what it has to tell.

The flows (`push`, `plan`, `approve`, `apply`) read a `Step`, call operations and leave outputs and pages in
it; `main` hands these to the CI system at the end, also after a failure.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import quote

from backstay.action.declarations import Action
from backstay.action.inputs import Inputs
from backstay.action.observer import ActionObserver
from backstay.ci.base import Platform, Trigger
from backstay.errors import ConfigError
from backstay.operations.observer import Observer
from backstay.operations.options import (
    ApplyOptions,
    LoginOptions,
    Options,
    PlanLintOptions,
    PlanListOptions,
    PlanOptions,
    PlanURLOptions,
    PushOptions,
)
from backstay.operations.results import Account, ApplyResult, ApproveResult, PlanFile, PlanResult, PushResult
from backstay.registry.records import TargetResult
from backstay.report.markdown import Origin, Page

O = TypeVar("O", bound=Options)  # noqa: E741


class Operations(Protocol):
    """The part of `backstay.operations` that actions call."""

    def push(self, options: PushOptions, observer: Observer) -> PushResult: ...
    def plan(self, options: PlanOptions, observer: Observer) -> PlanResult: ...
    def list_plans(self, options: PlanListOptions, observer: Observer) -> tuple[PlanFile, ...]: ...
    def read_plan(self, options: PlanURLOptions, observer: Observer) -> PlanFile: ...
    def lint_plan(self, options: PlanLintOptions, observer: Observer) -> PlanResult: ...
    def approve_plan(self, options: PlanURLOptions, observer: Observer) -> ApproveResult: ...
    def apply(self, options: ApplyOptions, observer: Observer) -> Iterator[ApplyResult]: ...
    def login(self, options: LoginOptions, observer: Observer) -> Account | None: ...


class Clock:
    """Waiting, for flows that wait."""

    def now(self) -> float:
        """Seconds that never go backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; a signal ends it."""
        time.sleep(seconds)


class Step:
    """The run.

    `pages` are shown in order, in the summary and in the comment; `failure_shown` says that they tell already
    why the step fails, `has_commented` that the comment is this step's already. `problems` are those of the
    inputs: a step that has one ends before it begins, and is there to say so.
    """

    def __init__(
        self,
        *,
        action: Action,
        inputs: Inputs,
        platform: Platform,
        trigger: Trigger,
        operations: Operations,
        observer: ActionObserver,
        clock: Clock,
        problems: Sequence[ConfigError] = (),
    ) -> None:
        self.action = action
        self.inputs = inputs
        self.problems = problems
        self.platform = platform
        self.trigger = trigger
        self.operations = operations
        self.observer = observer
        self.clock = clock
        self.outputs: dict[str, str] = {}
        self.pages: list[Page] = []
        self.failure_shown = False
        self.has_commented = False

    def output(self, **values: str | int | bool) -> None:
        """Set outputs that the manifest declares; underscores in a name stand for hyphens."""
        declared = {output.name for output in self.action.outputs}
        for key, value in values.items():
            name = key.replace("_", "-")
            if name not in declared:
                raise KeyError(f"{self.action.path} declares no output {name}")
            self.outputs[name] = str(value).lower() if isinstance(value, bool) else str(value)

    def options(self, kind: type[O], **more: object) -> O:
        """Options of an operation, from the inputs and the trigger."""
        return self.inputs.options(kind, context=self.trigger.context, **more)

    def plan_namer(self, branch: str) -> Callable[[str, str], str]:
        """Names for plans that stay the same while the pull request and the current state do.

        `pr-<number>-<8 characters of the state's hash>`; outside a pull request `<branch>-<commit>-…`.
        Called with the hashes of the current and the desired state; answers an empty name where
        there is nothing to name a plan after.
        """
        request, sha = self.trigger.pull_request, self.trigger.sha
        if request is not None:
            head = f"pr-{request.number}"
        else:
            head = f"{branch}-{sha[:8]}" if re.fullmatch(r"[0-9a-f]{8,}", sha) else ""
        return lambda from_hash, to_hash: head and f"{head}-{_base64url(from_hash)[:8]}"

    def origin(self) -> Origin:
        """What the small print names, and where files and documents are linked to."""
        context, page = self.trigger.context, self.trigger.repository_url
        request = self.trigger.pull_request
        env = self.inputs.text("env")
        known = context.commit and page
        return Origin(
            env=env,
            sha=context.commit,
            commit_url=f"{page}/{self.trigger.commit_page.format(sha=context.commit)}" if known else "",
            run_url=self.trigger.run_url,
            request_url=request.url if request else "",
            docs=self.trigger.docs_url,
            time=datetime.now(UTC),
            source_url=self._source_url if known else _nowhere,
        )

    def _source_url(self, name: str, line: int) -> str:
        """A line of a file of the checkout, at the commit under review."""
        path = quote(self.in_checkout(name))
        page = self.trigger.line_page.format(sha=self.trigger.context.commit, path=path, line=line)
        return f"{self.trigger.repository_url}/{page}" if path else ""

    def in_checkout(self, name: str) -> str:
        """The path of a file from the root of the checkout; empty for one that is not in it."""
        path, workspace = Path(name).resolve(), self.platform.workspace.resolve()
        inside = path.is_relative_to(workspace) and path.is_file()
        return path.relative_to(workspace).as_posix() if inside else ""

    def warn_of_missed_targets(self, targets: Iterable[TargetResult]) -> None:
        """One warning for each registry or backup that did not take a write that others took."""
        for target in targets:
            if target.error:
                kind = "registry" if target.primary else "backup"
                self.platform.annotate(
                    "warning", f"{target.url}: {target.error}", title=f"The {kind} missed this write"
                )
            elif target.notice:
                self.observer.notice(f"{target.url}: {target.notice}")


def _nowhere(name: str, line: int) -> str:
    return ""


Flow = Callable[[Step], None]


def _base64url(text: str) -> str:
    return text.replace("+", "-").replace("/", "_").rstrip("=")
