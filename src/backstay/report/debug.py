"""Who was asked for what, what came back, and how long it took: for people who look for a fault.

Every HTTP client that is used here stands on urllib3 and `http.client`. The first logs each answer, the
second raises an audit event when a request is sent (Python documentation, "Audit events table"); between the
two is the time. Queries are left out, as signed URLs have their signature there; so are headers and bodies.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final

ANSWERS: Final = "urllib3.connectionpool"
ANSWER_FIELDS: Final = 8
"""What urllib3 logs of an answer: scheme, host, port, method, target, protocol, status, length."""


def enable(say: Callable[[str], None]) -> None:
    """Say each answer from now on, for as long as the process lives. Secrets are for the log to take out."""
    _Answers(say).watch()


class _Answers(logging.Handler):
    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.DEBUG)
        self._say = say
        self._sent = threading.local()

    def watch(self) -> None:
        """Listen, also for the beginning of each request."""
        logger = logging.getLogger(ANSWERS)
        logger.addHandler(self)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        sys.addaudithook(self._audit)

    def emit(self, record: logging.LogRecord) -> None:
        """A line for an answer; what else urllib3 logs is about its connections."""
        if isinstance(record.args, tuple) and len(record.args) == ANSWER_FIELDS:
            scheme, host, port, method, target, _, status, _ = record.args
            path = str(target).partition("?")[0]
            seconds = time.monotonic() - getattr(self._sent, "at", time.monotonic())
            self._say(f"{method} {scheme}://{host}:{port}{path}: HTTP {status} in {seconds:.3f}s")

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "http.client.send":
            self._sent.at = time.monotonic()
