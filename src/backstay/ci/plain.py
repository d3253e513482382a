"""No CI system, or one without a module of its own: words on the log, outputs as one JSON object.

Systems whose steps are commands of a shell begin here, too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

import msgspec

from backstay.ci.base import Comment, Scrub, Trigger
from backstay.ci.outputs import variable, write_file
from backstay.ci.speaker import Speaker
from backstay.credentials import from_environment
from backstay.grants.stores import GrantStore
from backstay.log import Form, Log, Text, form, is_debugging, is_in_ci

_INPUT_PREFIXES = ("BACKSTAY_INPUT_", "ATLAS_INPUT_")


class Plain(Speaker):
    """Inputs from `BACKSTAY_INPUT_<NAME>`; outputs to the file `BACKSTAY_OUTPUT_FILE` names, else to stdout.

    `stream` is the log (stderr); `stdout` gets data only.
    """

    name = "plain"
    retry_code = os.EX_TEMPFAIL
    text_form: type[Text] = Text
    """How the log looks to people."""

    def __init__(self, environ: Mapping[str, str], stream: TextIO, stdout: TextIO, scrub: Scrub) -> None:
        self._environ = environ
        self.workspace = Path(os.path.abspath("."))
        looks = self._form(stream)
        super().__init__(Log(lambda: stream, lambda: looks, scrub, debug=is_debugging(environ)))
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

    def _form(self, stream: TextIO) -> Form:
        collected = is_collected(self.name, self._environ)
        return form(self._environ, terminal=stream.isatty(), collected=collected, text=self.text_form())


def is_collected(name: str, environ: Mapping[str, str]) -> bool:
    """Does a machine keep the log, as every CI system of this name does, and others say with `CI`?"""
    return name != Plain.name or is_in_ci(environ)
