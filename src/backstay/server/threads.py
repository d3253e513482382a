"""Blocking work in threads, and how long a request waits for it.

A client gives up after six seconds without an answer, and then knows nothing. A storage that hangs is said
to be away before that. What waits in the queue by then is never begun; what has begun goes on until the
storage's own limits end it, and may still be done: whatever clients send may be sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from backstay.errors import NetworkError

T = TypeVar("T")

COUNT: Final = 64
ANSWER_SECONDS: Final = 5.0
"""For the blocking work of one request, all in all."""


class Threads:
    """A bounded number of them, for one server."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(COUNT, thread_name_prefix="backstay-request")

    async def run(self, work: Callable[[], T], *, until: float) -> T:
        """What the work gives. `until` is a time of the loop; raises `NetworkError` when it is over."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(until):
                return await loop.run_in_executor(self._pool, work)
        except TimeoutError:
            raise NetworkError("the storage did not answer in time") from None
