"""The part of every platform that speaks: on the log, in the form of the platform."""

from __future__ import annotations

from contextlib import AbstractContextManager

from backstay.ci.base import Level, Location
from backstay.log import Log


class Speaker:
    """See `Platform` for what each of these is for."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def log(self, text: str) -> None:
        """Said to whoever reads the log."""
        self._log.info(text)

    def debug(self, text: str) -> None:
        """Said where the log goes that far."""
        self._log.debug(text)

    def annotate(self, level: Level, message: str, *, title: str = "", at: Location | None = None) -> None:
        """Said at its place."""
        self._log.say(level, message, **_facts(title, at))

    def fail(self, message: str, *, title: str = "", at: Location | None = None) -> None:
        """Said as the error that ends the step."""
        self._log.say("error", message, ends=True, **_facts(title, at))

    def group(self, title: str) -> AbstractContextManager[None]:
        """What is said inside belongs together."""
        return self._log.group(title)


def _facts(title: str, at: Location | None) -> dict[str, object]:
    place = {"file": at.file, "line": at.line, "column": at.column} if at else {}
    return {name: fact for name, fact in {"title": title, **place}.items() if fact}
