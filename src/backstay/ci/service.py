"""Requests to the service that hosts the code, within a budget of time.

Requests that change nothing twice are repeated where the service does not answer, or asks for patience.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

T = TypeVar("T")

LIMIT_SECONDS: Final = 60.0
"""How long a limit lasts that does not say when it ends."""

REQUEST_SECONDS: Final = 10
"""How long one request may take."""

PAUSES: Final = (0.5, 2.0)
"""Before the second and the third attempt."""


class ServiceError(Exception):
    """The service did not do it: `status` is that of its answer, 0 where there was none."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text

    @property
    def is_lost(self) -> bool:
        """May it have been done all the same?"""
        return self.status == 0 or self.status >= 500


class AgainError(ServiceError):
    """It may go better in so many seconds."""

    def __init__(self, status: int, text: str, seconds: float) -> None:
        super().__init__(status, text)
        self.seconds = seconds


class Budget:
    """A number of seconds, from now on."""

    def __init__(
        self,
        seconds: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._end = now() + seconds
        self.seconds = seconds

    @property
    def left(self) -> float:
        """Seconds until the end, which may be over."""
        return self._end - self._now()

    @property
    def request_seconds(self) -> int:
        """How long one request may take."""
        return max(1, int(min(REQUEST_SECONDS, self.seconds)))

    def check(self) -> None:
        """Raise `ServiceError` where the time is over."""
        if self.left <= 0:
            raise ServiceError(0, "the service took too long to answer")

    def wait(self, seconds: float) -> bool:
        """Wait, if the budget has that much left; has it?"""
        if seconds >= self.left:
            return False
        self._sleep(seconds)
        return True

    def patiently(self, request: Callable[[], T]) -> T:
        """The answer to a request that may be repeated. Raises `ServiceError`."""
        for pause in PAUSES:
            self.check()
            try:
                return request()
            except AgainError as error:
                if not self.wait(max(pause, error.seconds)):
                    raise
        return request()


def refusal(status: int, message: str, headers: Mapping[str, str]) -> ServiceError:
    """What an answer means; `headers` by lower-case name. Of limits, some say 403 and mean 429."""
    text = f"HTTP {status}: {message}" if message else f"HTTP {status}"
    if status >= 500:
        return AgainError(status, text, 0)
    pause = _pause(headers)
    if status == 429 or (status == 403 and (pause is not None or "rate limit" in text.lower())):
        return AgainError(429, text, LIMIT_SECONDS if pause is None else pause)
    return ServiceError(status, text)


def _pause(headers: Mapping[str, str]) -> float | None:
    """How long a service asks to be left alone, in seconds; nothing where it does not.

    GitHub says when with `retry-after`, or that nothing remains until `x-ratelimit-reset` (Unix time).
    """
    after, reset = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
    if after:
        return float(after) if after.isdigit() else LIMIT_SECONDS
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(0.0, float(reset) - time.time())
    return None
