"""How far long tasks are: bars on a terminal, lines of the log elsewhere."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Final, TextIO

from backstay.log import Log
from backstay.report.console import Quiet
from backstay.report.redact import scrub
from backstay.report.visible import visible

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINES: Final = 4
"""Lines that a task has at most where there is no terminal."""
SHORT: Final = 100
"""A task of fewer objects has one line, at its end."""


class PlainProgress(Quiet):
    """A line for each quarter of a long task: enough to see that a job lives, and where."""

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self._quarters: dict[str, int] = {}
        self._lock = threading.Lock()

    def progress(self, task: str, done: int, total: int) -> None:
        """See `Observer`."""
        quarter = LINES * done // total if total >= SHORT else LINES * (done == total)
        with self._lock:
            if quarter > self._quarters.get(task, 0):
                self._quarters[task] = quarter % LINES
                self._log.info(f"{task}: {done} of {total}")


class BarProgress(Quiet):
    """Bars that go away when they are done. Used as a context; without it nothing is drawn."""

    def __init__(self, log: Log, screen: TextIO) -> None:
        super().__init__(log)
        self._screen = screen
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()
        self._bars: Progress | None = None

    def __enter__(self) -> BarProgress:
        from rich.console import Console
        from rich.progress import Progress

        self._bars = Progress(console=Console(file=self._screen), transient=True)
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()

    def progress(self, task: str, done: int, total: int) -> None:
        """See `Observer`."""
        if self._bars is None:
            return
        with self._lock:
            if task not in self._tasks:
                from rich.markup import escape

                self._tasks[task] = self._bars.add_task(escape(visible(scrub(task))))
        self._bars.update(self._tasks[task], completed=done, total=total)
