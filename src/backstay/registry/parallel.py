"""Ask several services at once, and wait for none of them longer than agreed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

from backstay.errors import BackstayError, NetworkError

T = TypeVar("T")


def ask(
    questions: Sequence[Callable[[], T]], *, seconds: float, grace: float | None = None
) -> list[T | BackstayError]:
    """The answer to each question, or the error it ended in, in the order of the questions.

    All are asked at once. After `seconds` those that have not answered are a `NetworkError`; once the
    first of the list has answered, the others get at most `grace` seconds more. The threads are daemons:
    one that hangs holds up neither the caller nor the end of the process. An exception that is not a
    `BackstayError` is a bug, and raised.
    """
    arrived: SimpleQueue[tuple[int, T | Exception]] = SimpleQueue()

    def answer(index: int, question: Callable[[], T]) -> None:
        try:
            arrived.put((index, question()))
        except Exception as error:
            arrived.put((index, error))

    begun = time.monotonic()
    deadline = begun + seconds
    for index, question in enumerate(questions):
        threading.Thread(target=answer, args=(index, question), daemon=True).start()
    answers: dict[int, T | BackstayError] = {}
    while len(answers) < len(questions):
        try:
            index, found = arrived.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            break
        if isinstance(found, Exception) and not isinstance(found, BackstayError):
            raise found
        answers[index] = found
        if index == 0 and grace is not None:
            deadline = min(deadline, time.monotonic() + grace)
    waited = time.monotonic() - begun
    late = NetworkError(f"no answer within {waited:.1f} seconds")
    return [answers.get(index, late) for index in range(len(questions))]
