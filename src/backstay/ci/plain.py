"""No CI system, or one without a module of its own: words on the log, outputs as one JSON object."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import msgspec

from backstay.ci.base import Comment, Level, Location, Scrub, Trigger
from backstay.errors import ConfigError
from backstay.grants.stores import GrantStore

_INPUT_PREFIXES = ("BACKSTAY_INPUT_", "ATLAS_INPUT_")
_SEPARATORS = str.maketrans({" ": "_", "-": "_", "/": "_"})


class Plain:
    """Inputs from `BACKSTAY_INPUT_<NAME>`; outputs to the file `BACKSTAY_OUTPUT_FILE` names, else to stdout.

    `stream` is the log (stderr); `stdout` gets data only.
    """

    name = "plain"

    def __init__(self, environ: Mapping[str, str], stream: TextIO, stdout: TextIO, scrub: Scrub) -> None:
        self.workspace = Path(os.path.abspath("."))
        self._environ = environ
        self._stream = stream
        self._stdout = stdout
        self._scrub = scrub

    def input(self, name: str) -> str:
        """The variable of that name: upper case, with spaces, hyphens and slashes as underscores."""
        key = name.upper().translate(_SEPARATORS)
        return next((v for p in _INPUT_PREFIXES if (v := self._environ.get(p + key))), "")

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

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """One JSON object of all outputs, on one line."""
        line = msgspec.json.encode({k: self._scrub(v) for k, v in outputs.items()}).decode() + "\n"
        path = self._environ.get("BACKSTAY_OUTPUT_FILE")
        if not path:
            self._stdout.write(line)
            self._stdout.flush()
            return
        try:
            Path(path).write_text(line, encoding="utf-8")
        except OSError as error:
            raise ConfigError(
                f"cannot write the outputs to {path}: {error.strerror}",
                hint="let BACKSTAY_OUTPUT_FILE name a file in a directory that can be written",
            ) from error

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
