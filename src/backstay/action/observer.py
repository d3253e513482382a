"""What an operation says while an action runs it, on the log of the CI system; and what it may do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backstay.action.verdict import reaches, refuse
from backstay.ci.base import Platform
from backstay.dialects.dialect import Statement
from backstay.grants.stores import GrantStore
from backstay.operations.observer import Observer
from backstay.operations.results import ApplyResult, PlanResult, Target
from backstay.report.duration import short_duration
from backstay.report.redact import process_secrets
from backstay.report.text import count
from backstay.urls import secrets_of_url


class ActionObserver(Observer):
    """Logs progress, annotates notices once, and decides where no human is there to ask.

    `review` is the severity of findings from which on a human has to approve (empty: always), `fail_on`
    the one from which on a plan is refused before it is executed. `plans` are those made so far, `targets`
    the databases of the run, `results` what became of those that are done (also where a signal ended it),
    `notices` what was worth telling. `cache` is the input of that name.
    """

    indent = "  "

    def __init__(self, platform: Platform, locate: Callable[[str], str], cache: str = "auto") -> None:
        self._platform = platform
        self._locate = locate
        self._cache = cache
        self.notices: list[str] = []
        self.review = ""
        self.fail_on = "never"
        self.plans: list[PlanResult] = []
        self.targets: tuple[Target, ...] = ()
        self.results: list[ApplyResult] = []

    def notice(self, text: str) -> None:
        """An annotation, the first time."""
        if text not in self.notices:
            self.notices.append(text)
            self._platform.annotate("notice", text)

    def selected(self, targets: Sequence[Target]) -> None:
        """Remember them: not all may be reached."""
        self.targets = tuple(targets)

    def planned(self, target: Target, plan: PlanResult) -> None:
        """Show the plan. Raises `LintError` where `fail_on` says so."""
        self.plans.append(plan)
        self.show(plan)
        refuse(plan, self.fail_on)

    def show(self, plan: PlanResult) -> None:
        """The SQL of a plan, folded."""
        with self._platform.group(f"Migration {plan.file.name}"):
            self._platform.log(plan.file.migration.rstrip())

    def approve(self, plan: PlanResult) -> bool:
        """Only where a review is asked for from some severity on, and the analysis stays below it."""
        if self.review in ("", "ALWAYS") or plan.analysis is None:
            return False
        return not reaches(plan.analysis, self.review)

    def executed(self, statement: Statement, seconds: float) -> None:
        """A line for each statement."""
        self._platform.log(f"ok    {statement.comment} ({short_duration(seconds)})")

    def failed(self, statement: Statement, message: str) -> None:
        """The statement that failed, and the database's words."""
        self._platform.log(f"error {statement.comment}: {message}\n{statement.sql}")

    def finished(self, result: ApplyResult) -> None:
        """One line on the outcome."""
        self.results.append(result)
        done = result.applied.applied if result.applied and not result.rolled_back else ()
        if result.error:
            outcome = f"failed after {count(len(done), 'statement')} that stay" if done else "failed"
        elif result.plan is None:
            outcome = "is in the desired state already"
        elif result.dry_run:
            outcome = f"would be migrated with {count(len(result.pending), 'statement')}"
        else:
            outcome = f"was migrated with {count(len(done), 'statement')}"
        self._platform.log(f"{result.target.url} {outcome}")

    def conceal(self, *secrets: str) -> None:
        """They are hidden by us, and by the CI system in what others print."""
        for form in process_secrets().add(*secrets):
            self._platform.mask(form)

    def locate(self, url: str) -> str:
        """Where a database on `localhost` is reached from inside the container.

        Every database URL passes here: project files put some together from what is no secret by its name.
        """
        self.conceal(*secrets_of_url(url))
        return self._locate(url)

    def grant_stores(self, key_id: str) -> Sequence[GrantStore]:
        """The cache of the CI system, as far as it may be used."""
        if self._cache == "off":
            return ()
        return self._platform.grant_stores(key_id, read_only=self._cache == "read-only")
