"""Whatever prints while an action runs ends up on the CI system's log, where it cannot act as a command."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from backstay.ci.base import Platform


class LogStream(io.TextIOBase):
    """A text stream whose complete lines go to the platform's log."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        lines, newline, self._rest = (self._rest + text).rpartition("\n")
        if newline:
            self._platform.log(lines)
        return len(text)

    def finish(self) -> None:
        """Log what was printed without a newline at its end."""
        if self._rest:
            self._platform.log(self._rest)
            self._rest = ""


@contextmanager
def printed_to(platform: Platform) -> Iterator[None]:
    """Everything printed inside, by us or by a library, goes through the platform's log."""
    stream = LogStream(platform)
    with redirect_stdout(stream), redirect_stderr(stream):
        try:
            yield
        finally:
            stream.finish()
