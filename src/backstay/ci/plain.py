"""No CI system, or one without a module of its own: words on the log, outputs as one JSON object.

Systems whose steps are commands of a shell begin here, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import msgspec

from backstay.ci.base import Comment, Level, Location, Scrub, Trigger
from backstay.ci.outputs import variable, write_file
from backstay.credentials import from_environment
from backstay.grants.stores import GrantStore

_INPUT_PREFIXES = ("BACKSTAY_INPUT_", "ATLAS_INPUT_")


class Plain:
    """Inputs from `BACKSTAY_INPUT_<NAME>`; outputs to the file `BACKSTAY_OUTPUT_FILE` names, else to stdout.

    `stream` is the log (stderr); `stdout` gets data only.
    """

    name = "plain"
    retry_code = os.EX_TEMPFAIL

    def __init__(self, environ: Mapping[str, str], stream: TextIO, stdout: TextIO, scrub: Scrub) -> None:
        self.workspace = Path(os.path.abspath("."))
        self._environ = environ
        self._stream = stream
        self._stdout = stdout
        self._scrub = scrub

    def input(self, name: str) -> str:
        """The variable of that name, or the file that `…_FILE` names.

        Raises `ConfigError` for a file that cannot be read.
        """
        names = [prefix + variable(name) for prefix in _INPUT_PREFIXES]
        return from_environment(names, self._environ).text

    def trigger(self) -> Trigger:
        """Nothing is known here of what started the run."""
        return Trigger()

    def log(self, text: str) -> None:
        """Print to the log."""
        self._stream.write(self._scrub(text) + "\n")
        self._stream.flush()

    def debug(self, text: str) -> None:
        """Print only where `BACKSTAY_DEBUG` is set."""
        if self._environ.get("BACKSTAY_DEBUG"):
            self.log(f"debug: {text}")

    def annotate(self, level: Level, message: str, *, title: str = "", at: Location | None = None) -> None:
        """A line that begins with its place and level."""
        place = f"{at.file}:{at.line}: " if at else ""
        self.log(f"{place}{level}: {message}")

    def fail(self, message: str, *, title: str = "", at: Location | None = None) -> None:
        """The error line."""
        self.annotate("error", message, title=title, at=at)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """A heading."""
        self.log(title)
        yield

    def mask(self, value: str) -> None:
        """Nobody here masks; `scrub` has to do."""

    def write_outputs(self, outputs: Mapping[str, str], action: str = "") -> None:
        """One JSON object of all outputs, on one line."""
        line = msgspec.json.encode({k: self._scrub(v) for k, v in outputs.items()}).decode() + "\n"
        path = self._environ.get("BACKSTAY_OUTPUT_FILE")
        if not path:
            self._stdout.write(line)
            self._stdout.flush()
            return
        write_file(Path(path), line, "w")

    def export(self, name: str, value: str) -> None:
        """Nothing: what a process sets ends with it."""

    def write_summary(self, markdown: str) -> None:
        """The summary goes to the file that `BACKSTAY_SUMMARY_FILE` names, if any."""
        path = self._environ.get("BACKSTAY_SUMMARY_FILE")
        if path:
            Path(path).write_text(self._scrub(markdown), encoding="utf-8")

    def comment(self, comment: Comment) -> str:
        """There is nothing here to comment on."""
        return ""

    def grant_stores(self, key_id: str, *, read_only: bool) -> Sequence[GrantStore]:
        """Nothing is known here but the cache directory."""
        return ()
