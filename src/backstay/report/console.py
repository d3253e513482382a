"""The observers of a command line: one for output that is data, one for output that people read."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TextIO

from backstay.dialects.dialect import Statement
from backstay.log import Log
from backstay.operations.observer import Observer
from backstay.operations.results import ApplyResult, PlanResult, Target
from backstay.report import text
from backstay.report.redact import learn_url, process_secrets, scrub
from backstay.report.visible import visible

_COLORS: Final = (
    (re.compile(r"^( *)(--)(?= (?:ok|no diagnostics))(.*)$", re.MULTILINE), "\x1b[32m"),
    (re.compile(r"^( *)(Error:|--(?= .*with errors))(.*)$", re.MULTILINE), "\x1b[31m"),
    (re.compile(r"^( *)(--|->|\?)( )", re.MULTILINE), "\x1b[36m"),
)
_APPROVED: Final = frozenset({"1", "a", "approve", "y", "yes"})
_ABORTED: Final = frozenset({"2", "n", "no", "abort", "q", ""})
_ATTEMPTS: Final = 3


class Quiet(Observer):
    """Leaves stdout to data: notices go to the log, each once, and nobody is asked."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._told: set[str] = set()

    def notice(self, text: str) -> None:
        """Said the first time."""
        if text not in self._told:
            self._told.add(text)
            self._log.notice(text)

    def conceal(self, *secrets: str) -> None:
        """Every output is filtered; this makes the filter know them."""
        process_secrets().add(*secrets)

    def locate(self, url: str) -> str:
        """Every database URL passes here: what is secret in it is hidden from now on."""
        return learn_url(url)


class Console(Quiet):
    """Prints plan and progress for people, as they happen.

    `ask` reads one line of an answer; without it nobody is there to approve. `transition` makes the heading
    of a plan say from which state to which; `approval` is the choice that lets a plan go on.
    """

    indent = "  "

    def __init__(
        self,
        out: TextIO,
        log: Log,
        *,
        ask: Callable[[str], str] | None = None,
        approval: str = "Approve and apply",
        transition: bool = False,
        colors: bool = False,
    ) -> None:
        super().__init__(log)
        self._out = out
        self._ask = ask
        self._approval = approval
        self._transition = transition
        self._colors = colors
        self._targets: list[Target] = []

    def planned(self, target: Target, plan: PlanResult) -> None:
        """The planned statements, and what the analysis says."""
        self._turn_to(target)
        self._print(text.planning_text(plan, transition=self._transition), "")
        if plan.analysis is not None:
            self._print(text.analysis_text(plan, plan.analysis), "")

    def approve(self, plan: PlanResult) -> bool:
        """Ask. No answer, an interruption, and anything but a clear yes leave the database as it is."""
        if self._ask is None:
            return False
        self._print(text.prompt_text(self._approval))
        for _ in range(_ATTEMPTS):
            try:
                answer = self._ask("> ").strip().lower()
            except (EOFError, KeyboardInterrupt):
                self._print("")
                return False
            if answer in _APPROVED | _ABORTED:
                self._print("")
                return answer in _APPROVED
            self._print("Answer 1 or 2.")
        return False

    def started(self, target: Target, plan: PlanResult) -> None:
        """The heading of the migration."""
        self._print(text.applying_text(plan), "")

    def executing(self, statement: Statement) -> None:
        """The statement, while it runs."""
        self._print(text.statement_text(statement))

    def executed(self, statement: Statement, seconds: float) -> None:
        """That it succeeded, and how long it took."""
        self._print(text.executed_text(seconds), "")

    def failed(self, statement: Statement, message: str) -> None:
        """The database's words."""
        self._print(text.failed_text(message), "")

    def finished(self, result: ApplyResult) -> None:
        """The outcome of the target."""
        self._turn_to(result.target)
        self._print(text.outcome_text(result))

    def _turn_to(self, target: Target) -> None:
        """From the second target on, say which one it is."""
        if self._targets and self._targets[-1] != target:
            self._print("", f"Target: {target.url}", "")
        if target not in self._targets[-1:]:
            self._targets.append(target)

    def _print(self, *paragraphs: str) -> None:
        for paragraph in paragraphs:
            shown = visible(scrub(paragraph))
            print(colored(shown) if self._colors else shown, file=self._out, flush=True)


def colored(shown: str) -> str:
    """The text with its marks coloured for a terminal."""
    for pattern, color in _COLORS:
        shown = pattern.sub(rf"\1{color}\2\3{chr(27)}[0m", shown)
    return shown
