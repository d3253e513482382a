"""Who watches an operation while it runs: progress for people, approval by people."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.dialects.dialect import Statement
from backstay.grants.stores import GrantStore
from backstay.operations.results import ApplyResult, PlanResult, Target


class Observer:
    """Hears what happens as it happens; this one stays silent and approves nothing.

    `indent` is what CREATE TABLE statements are broken into lines with, empty for one line each.
    """

    indent: str = ""

    def notice(self, text: str) -> None:
        """Something went on without a service, or in a way worth knowing. Shown once."""

    def selected(self, targets: Sequence[Target]) -> None:
        """The databases of the run, in the order in which they will be worked on."""

    def planned(self, target: Target, plan: PlanResult) -> None:
        """A plan is ready and analysed, before it is approved."""

    def approve(self, plan: PlanResult) -> bool:
        """Shall this plan go on? Asked only where nothing else decides."""
        return False

    def started(self, target: Target, plan: PlanResult) -> None:
        """The migration begins."""

    def executing(self, statement: Statement) -> None:
        """A statement is sent."""

    def executed(self, statement: Statement, seconds: float) -> None:
        """It succeeded."""

    def failed(self, statement: Statement, message: str) -> None:
        """It failed; nothing further is sent."""

    def finished(self, result: ApplyResult) -> None:
        """One target is done, whatever the outcome."""

    def progress(self, task: str, done: int, total: int) -> None:
        """So many of the objects of a long task are done. Several tasks may run at once, in threads."""

    def conceal(self, *secrets: str) -> None:
        """These came with a state that was read: no output may show them from now on."""

    def grant_stores(self, key_id: str) -> Sequence[GrantStore]:
        """Where grants are kept from run to run besides the cache directory, in the order to be asked."""
        return ()

    def locate(self, url: str) -> str:
        """Where a database URL is reached from here: a container may need another host name."""
        return url
