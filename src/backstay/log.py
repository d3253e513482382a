"""The log: what the program says about its doings. Results are no part of it.

Nor is the error that ends a command: that is its answer, and always text.

An event is a level, a text, and facts about it. On its way out it passes what decides whether it is said, the
filter that takes secrets out of all its texts, and a form that makes a line of it:

| where | form |
|---|---|
| GitHub Actions | its commands (`ci.github.log`) |
| `BACKSTAY_LOG` says `text` or `json` | that |
| a terminal | text |
| another CI system, a cluster, a service | JSON, one object a line |
| elsewhere, as where a person sends stderr to a file | text |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TextIO

from backstay.errors import ConfigError

if TYPE_CHECKING:
    import structlog

Level = Literal["debug", "info", "notice", "warning", "error"]
Event = MutableMapping[str, Any]
"""`event` is the text, `level` its level, `timestamp` the time in UTC (ISO 8601); the rest are facts."""

LABELS: Final[Mapping[str, str]] = {
    "debug": "debug: ",
    "info": "",
    "notice": "Notice: ",
    "warning": "Warning: ",
    "error": "Error: ",
}
ABOUT: Final = frozenset({"event", "level", "timestamp", "title", "file", "line", "column", "group", "ends"})
"""What people see of an event in other ways than as `name=value`, or not at all."""


class Form(Protocol):
    """How events look. `line` may be called from several threads; what is empty is not written."""

    def line(self, event: Event) -> str:
        """The event as a line, or as several."""

    def opened(self, title: str) -> str:
        """The beginning of a part of the log that belongs together."""

    def closed(self) -> str:
        """Its end."""


class Text:
    """For people: the text, behind its place and its level."""

    def line(self, event: Event) -> str:
        """`a.hcl:3: Warning: text name=value`."""
        place = f"{event['file']}:{event['line']}: " if event.get("file") else ""
        return f"{place}{LABELS[event['level']]}{sentence(event)}"

    def opened(self, title: str) -> str:
        """A heading."""
        return title

    def closed(self) -> str:
        """Nothing."""
        return ""


class Json:
    """For machines. What is grouped elsewhere has the group's title as a fact."""

    def line(self, event: Event) -> str:
        """One object: `timestamp`, `level`, `event`, then the facts."""
        from structlog.processors import JSONRenderer

        head = {name: event[name] for name in ("timestamp", "level", "event")}
        line = JSONRenderer(ensure_ascii=False)(None, "", {**head, **event})
        return line if isinstance(line, str) else line.decode()

    def opened(self, title: str) -> str:
        """Nothing."""
        return ""

    def closed(self) -> str:
        """Nothing."""
        return ""


def sentence(event: Event) -> str:
    """The text of an event, and its facts behind it."""
    facts = (f"{name}={fact}" for name, fact in event.items() if name not in ABOUT)
    return " ".join((event["event"], *facts))


def form(environ: Mapping[str, str], *, terminal: bool, collected: bool, text: Form = Text()) -> Form:
    """The form of a log: `terminal` says that a person reads it, `collected` that a machine keeps it.

    Raises `ConfigError` where `BACKSTAY_LOG` names no form.
    """
    given = environ.get("BACKSTAY_LOG", "").strip().lower()
    if given not in ("", "text", "json"):
        raise ConfigError(f'BACKSTAY_LOG names an unknown form "{given}"', hint="use one of: text, json")
    is_json = given == "json" or (not given and collected and not terminal)
    return Json() if is_json else text


def is_in_ci(environ: Mapping[str, str]) -> bool:
    """Does a CI system run us, as all of them say with the variable `CI`?"""
    return environ.get("CI", "").strip().lower() not in ("", "0", "false")


def is_debugging(environ: Mapping[str, str]) -> bool:
    """Are debug messages asked for: by our variable, or of a runner whose debug logging is on?"""
    return bool(environ.get("BACKSTAY_DEBUG")) or environ.get("RUNNER_DEBUG") == "1"


class Log:
    """Says what happens, as it happens; each event is written and flushed at once.

    `stream` gives what to write to at that moment: a log may outlive the stream it began with. `form` is
    asked with the first event: most commands say nothing, and what is not used need not be loaded.
    """

    def __init__(
        self,
        stream: Callable[[], TextIO],
        form: Callable[[], Form],
        scrub: Callable[[str], str],
        *,
        debug: bool = False,
    ) -> None:
        self._stream = stream
        self._find_form = form
        self._scrub = scrub
        self._debug = debug
        self._group = ""

    def debug(self, text: str) -> None:
        """What only people who look for a fault want to see."""
        self.say("debug", text)

    def info(self, text: str, **facts: object) -> None:
        """What happened."""
        self.say("info", text, **facts)

    def notice(self, text: str) -> None:
        """What is worth knowing: something went on without a service, or in a way one may not expect."""
        self.say("notice", text)

    def warning(self, text: str) -> None:
        """What somebody should do something about."""
        self.say("warning", text)

    def say(self, level: Level, text: str, **facts: object) -> None:
        """An event. The facts `title`, `file`, `line` and `column` are shown where the form has a place."""
        if level != "debug" or self._debug:
            group = {"group": self._group} if self._group else {}
            self._logger.msg(text, level=level, **group, **facts)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """What is said inside belongs together. Not to be nested."""
        self._group = title
        self._write(self._form.opened(self._scrub(title)))
        try:
            yield
        finally:
            self._group = ""
            self._write(self._form.closed())

    @cached_property
    def _form(self) -> Form:
        return self._find_form()

    @cached_property
    def _logger(self) -> structlog.BoundLogger:
        import structlog

        logger: structlog.BoundLogger = structlog.wrap_logger(
            _Lines(self._write),
            wrapper_class=structlog.BoundLogger,
            processors=[
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                self._without_secrets,
                lambda logger, method, event: self._form.line(event),
            ],
        )
        return logger

    def _without_secrets(self, logger: object, method: str, event: Event) -> Event:
        return {name: self._scrub(fact) if isinstance(fact, str) else fact for name, fact in event.items()}

    def _write(self, line: str) -> None:
        if line:
            stream = self._stream()
            stream.write(f"{line}\n")
            stream.flush()


class _Lines:
    """What structlog hands rendered events to."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.msg = write
