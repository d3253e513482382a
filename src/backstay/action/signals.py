"""Cancelling a run: the runner sends SIGINT, 7.5 seconds later SIGTERM, 2.5 seconds later it kills.

As process 1 of a container we get no default behaviour for signals, so this is set up before anything else.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """A signal asked us to stop.

    Like its base it passes every `except Exception`, and makes the database driver cancel the running
    statement; transactions roll back and locks are released on the way.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


def install() -> None:
    """Turn the first signal into `Interrupted`; a second one ends the process at once."""
    for number in SIGNALS:
        signal.signal(number, _first)


def _first(number: int, frame: FrameType | None) -> None:
    for other in SIGNALS:
        signal.signal(other, _second)
    raise Interrupted(number)


def _second(number: int, frame: FrameType | None) -> None:
    os._exit(128 + number)
