"""A pod of Kubernetes: a Job, or one that a CronJob made.

Nobody looks at a pull request here. What people and controllers see of a pod that ended is its exit code,
and a few words in its termination log.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, TextIO

import msgspec

from backstay.ci.base import Location, Scrub, Trigger
from backstay.ci.plain import Plain
from backstay.registry.records import RunContext

TERMINATION_LOG: Final = "/dev/termination-log"
"""`terminationMessagePath` of a container, if nothing else is set."""

TERMINATION_BYTES: Final = 4096
"""Of a termination message, of one container alone; what is beyond is cut."""

_SHORT: Final = ("status", "url", "plan", "applied-count", "has-changes", "plan-file")
"""Outputs that a termination message tells."""


class Kubernetes(Plain):
    """Outputs go to stdout as one line of JSON, or to `BACKSTAY_OUTPUT_FILE`."""

    name = "kubernetes"

    def __init__(self, environ: Mapping[str, str], stream: TextIO, stdout: TextIO, scrub: Scrub) -> None:
        super().__init__(environ, stream, stdout, scrub)
        self._failed = False

    def trigger(self) -> Trigger:
        """What the manifest tells of where it comes from, as tools for GitOps can fill it in."""
        sha = self._environ.get("BACKSTAY_COMMIT", "")
        return Trigger(
            event="KUBERNETES",
            sha=sha,
            repository=self._environ.get("BACKSTAY_REPOSITORY", ""),
            context=RunContext(
                repo=self._environ.get("BACKSTAY_REPOSITORY", ""),
                branch=self._environ.get("BACKSTAY_BRANCH", ""),
                commit=sha,
            ),
        )

    def fail(self, message: str, *, title: str = "", at: Location | None = None) -> None:
        """The error line, which becomes the termination message as well."""
        super().fail(message, title=title, at=at)
        self._failed = True
        self._terminate(message)

    def write_outputs(self, outputs: Mapping[str, str], action: str = "") -> None:
        """Hand them over; after a success the termination message tells the short ones."""
        super().write_outputs(outputs, action)
        if not self._failed:
            short = {name: outputs[name] for name in _SHORT if outputs.get(name)}
            self._terminate(msgspec.json.encode(short).decode())

    def _terminate(self, text: str) -> None:
        """Say the last word. Nobody needs it to be heard: outside of a pod there is no such file."""
        path = Path(self._environ.get("BACKSTAY_TERMINATION_LOG") or TERMINATION_LOG)
        words = self._scrub(text).encode("utf-8", "replace")[:TERMINATION_BYTES]
        try:
            if path.exists():
                path.write_text(words.decode("utf-8", "ignore"), encoding="utf-8")
        except OSError as error:
            self.debug(f"no termination message: {error}")
