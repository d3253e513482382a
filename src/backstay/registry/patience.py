"""A service that kept us waiting is not asked again: an outage costs a command its patience once.

The pattern is the circuit breaker, which here never closes: a command is short, and the next one asks anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Final, TypeVar

from backstay.errors import NetworkError

T = TypeVar("T")

SECONDS: Final = 2.0
"""Who fails after a longer time than this was silent, and did not refuse."""


class Patience:
    """Asks one service. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[object, float] = {}
        self._lost = False

    def ask(self, question: Callable[[], T]) -> T:
        """The answer to a question. Raises `NetworkError` at once where an earlier one was met with silence.

        That is one that ended in a `NetworkError` after a long time, or has not ended yet: whoever asked it
        has given up waiting.
        """
        ticket = object()
        began = self._clock()
        with self._lock:
            if self._lost or any(began - since > SECONDS for since in self._waiting.values()):
                raise NetworkError("did not answer before, and is not asked again")
            self._waiting[ticket] = began
        try:
            return question()
        except NetworkError:
            self._lost = self._lost or self._clock() - began > SECONDS
            raise
        finally:
            with self._lock:
                del self._waiting[ticket]


@cache
def patience_with(url: str) -> Patience:
    """The patience that is left with the service at a URL, in this process."""
    return Patience()
